"""The method of the Likelihood family: a continuous normalising flow through all times."""

from __future__ import annotations

from hillflow.objectives.likelihood import Likelihood
from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.transport import ExactOT

register(
    Method(
        name="trajectorynet",
        formula="−mean_k E log p_k(x) of cells that flow back to a base, + λ_E∫‖f‖² + "
        "λ_J∫‖∂f/∂x‖² + λ_H Σ max(0, distance to the nearest cells − h)",
        source="Tong et al. 2020 (TrajectoryNet), without its growth network, with λ of our own; "
        "its base, a normal before the first time, is for fields that depend on time, and the "
        "Gaussian of the first population takes its place for others",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="16 Jacobians per cell and interval (above 40 genes, as many backward passes)",
        when_not="decay is fast beside the intervals, cells were perturbed or divide: use default",
        coupling=ExactOT(),
        stages=(
            Stage(
                Likelihood(energy=0.01, jacobian=1e-3, density=0.1, noise=0.1), steps=400,
                cells=256, rate=1e-2,
            ),
        ),
    ),
    module=__name__,
)  # fmt: skip
