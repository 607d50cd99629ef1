"""Methods of the Rollout family: simulated populations compared with measured ones."""

from __future__ import annotations

from hillflow.objectives.flow_score import FlowScore
from hillflow.objectives.lagrangian_growth import Growth
from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.transport import ExactOT, Schrodinger

_SCORE = Stage(FlowScore(), steps=400, cells=512, rate=1e-2, penalty=0.0, train=("score",))

register(
    Method(
        name="mioflow",
        formula="Σ W₂(rollout, data) + λ∫‖f‖² + density hinge",
        source="Huguet et al. 2022 (MIOFlow); its autoencoder is hillflow.latent",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="an exact plan per time and step: about 20 ms for 256 cells",
        when_not="you want a fast first answer: use default",
        coupling=ExactOT(),
        stages=(
            Stage(
                Rollout("wasserstein", energy=1e-3, density=0.1), steps=400, cells=256,
                rate=3e-3,
            ),
        ),
    ),
    Method(
        name="tigon",
        formula="Σ D(weighted rollout, data) + log²(mass/cells) + λ E∫w(‖f‖² + g²), growth g",
        source="Sha et al. 2024 (TIGON); its density loss replaced by the energy distance",
        learns=("velocity", "growth"),
        trains="any",
        data="snapshots",
        cost="four solver steps of field and growth per interval",
        when_not="numbers of cells say nothing about growth (sorted or sampled to equal size)",
        coupling=ExactOT(),
        stages=(
            Stage(
                Rollout(mass=0.1, energy=1e-3, lagrangian=Growth(1.0)), steps=600, cells=512,
                rate=3e-3,
            ),
        ),
    ),
    Method(
        name="deepruot",
        formula="Σ D(weighted rollout, data) + log²(mass/cells) + λ E∫w(‖b‖² + αg²), b = f + "
        "σ²s/2, growth g, score s of the rollout; cells move by dx = b dt + σ dW",
        source="Zhang, Li & Zhou 2025 (DeepRUOT); its W₂ and mass of each cell replaced by energy "
        "distance and total mass, its score of bridges and residual of the continuity equation by "
        "score matching on the rollout",
        learns=("velocity", "score", "growth", "diffusion"),
        trains="any",
        data="snapshots",
        cost="that of tigon, and the score: 800 steps of a small network",
        when_not="numbers of cells say nothing about growth; without noise use tigon, without "
        "growth sf2m",
        coupling=Schrodinger(),  # for its σ
        stages=(
            Stage(Rollout(mass=0.1), steps=400, cells=512, rate=3e-3, train=("field", "growth")),
            _SCORE,
            Stage(
                Rollout(mass=0.1, energy=1e-3, lagrangian=Growth(1.0)), steps=200, cells=512,
                rate=1e-3, train=("field", "growth"),
            ),
            _SCORE,
        ),
    ),
    Method(
        name="prescient",
        formula="Σ Sinkhorn divergence(rollout of dx = −∇Ψ(x) dt + σ dW, data), weighed by growth",
        source="Yeo et al. 2021 (PRESCIENT), without its pretraining and its penalty on Ψ",
        learns=("velocity", "diffusion"),
        trains="potential",
        data="snapshots",
        cost="ten solver steps per interval and a Sinkhorn divergence per time: about 0.1 s",
        when_not="a regulatory law is needed, or gene expression does not follow a gradient",
        coupling=Schrodinger(),  # for its σ
        stages=(
            Stage(
                Rollout("sinkhorn", solver="euler-maruyama", steps=10), steps=500, cells=256,
                rate=3e-3,
            ),
        ),
        field_options=(("time", False),),
    ),
    Method(
        name="nlsb",
        formula="Σ Sinkhorn divergence(rollout of dx = f dt + σ dW, data) + λ E∫‖f‖² "
        "(2L of other Lagrangians), σ learned; of a potential also its HJB equation",
        source="Koshizuka & Sato 2023 (Neural Lagrangian Schrödinger bridge), with one σ per gene "
        "in place of σ(t, x)",
        learns=("velocity", "diffusion"),
        trains="any",
        data="snapshots",
        cost="ten solver steps per interval and a Sinkhorn divergence per time: about 0.1 s",
        when_not="few times, or steady populations: noise and drift are then not told apart; or "
        "noise that grows with expression: use law",
        coupling=Schrodinger(),  # for the σ it starts from
        stages=(
            Stage(
                Rollout(
                    "sinkhorn", solver="euler-maruyama", steps=10, energy=1e-3, hjb=1e-3,
                    learns_noise=True,
                ),
                steps=500, cells=256, rate=3e-3,
            ),
        ),
    ),
    Method(
        name="cell-mnn",
        formula="Σ_k γ^{k−1} MMD_Laplace(exp(Aτ) from every time, data) + λ∫‖f‖²",
        source="von Bassewitz et al. 2025 (Cell-MNN), without its invertibility term",
        learns=("velocity",),
        trains="locally-linear",
        data="snapshots",
        cost="four exact steps in the d components of the state per cell, interval and start",
        when_not="cells were perturbed (no exact flow under a clamp): use default",
        coupling=ExactOT(),
        stages=(
            Stage(
                Rollout("mmd", starts="every", discount=0.8, energy=1e-3, solver="exact"),
                steps=400, cells=1024, rate=3e-3,
            ),
        ),
    ),
    module=__name__,
)  # fmt: skip
