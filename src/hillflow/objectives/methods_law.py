"""The method of the logic law: flow matching, then simulation of all times from the first."""

from __future__ import annotations

from dataclasses import replace

from hillflow.objectives.match import Match
from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.transport import ExactOT

_ROLLOUT = Stage(Rollout(steps=None), steps=400, cells=400, rate=3e-2, clip=1.0, penalty=1.0)

register(
    Method(
        name="law",
        formula="E‖f(x_s) − (x1 − x0)/Δ‖² on optimal-transport pairs, then Σ D(cells simulated "
        "from the first population with noise and proteins, data), regulators without use dropped",
        source="hillflow: proteins and chemical Langevin noise (Gillespie 2000), by simulation",
        learns=("velocity", "noise", "protein"),
        trains="logic",
        data="snapshots",
        cost="about two minutes for 11 genes, 5 conditions and 5 times",
        when_not="a gene may have more than a few regulators at once, or no field of logic is "
        "wanted: use 'default'",
        coupling=ExactOT(),
        stages=(
            Stage(Match(), steps=1000, cells=512, rate=5e-2, clip=5.0),
            replace(_ROLLOUT, settle=True),
            replace(_ROLLOUT, rate=2e-2),
        ),
    ),
    module=__name__,
)
