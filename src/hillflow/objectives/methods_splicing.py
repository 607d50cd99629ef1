"""The method of spliced and unspliced mRNA: flow matching, then rollout at a high rate."""

from __future__ import annotations

from hillflow.objectives.method import Method
from hillflow.objectives.methods_match import MATCH
from hillflow.objectives.registry import register
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.transport import ExactOT

register(
    Method(
        name="splicing",
        formula="E‖F(s_r, u_r) − (s1 − s0, u1 − u0)/Δ‖² on optimal-transport pairs, then "
        "Σ D(rollout, data) of both; F = (β u − γ s, production(s) − β u)",
        source="kinetics of La Manno et al. 2018, regulation as in Wang et al. 2024 (RegVelo), "
        "fitted to populations of several times in place of latent times",
        learns=("velocity", "splicing"),
        trains="any",
        data="snapshots",
        cost="twice that of default",
        when_not="unspliced mRNA is not measured, or no time is known, nor a latent time",
        coupling=ExactOT(),
        stages=(
            MATCH,
            Stage(Rollout(starts="every", horizon=1), steps=400, cells=1024, rate=5e-2),
        ),
    ),
    module=__name__,
)
