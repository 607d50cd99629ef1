"""Methods of the Variational family: gradient flows."""

from __future__ import annotations

from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.objectives.variational import Variational
from hillflow.transport import ExactOT

register(
    Method(
        name="action-matching",
        formula="E s(x0, t0) − E s(x1, t1) + ∫E[∂_t s + ½‖∇s‖²]dt, velocity ∇s",
        source="Neklyudov, Brekelmans, Severo & Makhzani 2023 (Action matching)",
        learns=("velocity", "potential"),
        trains="potential",
        data="snapshots",
        cost="three evaluations of s and a second derivative per step",
        when_not="you want a regulatory law (no gradient), or have little noise: use ot-cfm",
        coupling=ExactOT(),
        stages=(Stage(Variational(), steps=2000, cells=1024, rate=3e-3),),
    ),
    module=__name__,
)
