"""Unbalanced transport: marginals hold approximately, so outliers need not be coupled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hillflow.transport.chunks import mean_squared_distance
from hillflow.transport.coupling import check_positive
from hillflow.transport.entropic import Relaxation, entropic_pairs
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register
from hillflow.transport.sinkhorn import EntropicCoupling


@register(
    name="unbalanced",
    formula="min Σ γ_ij |z_i − z_j|² + ε KL(γ | a⊗b) + τ KL(γ1 | a) + τ' KL(γᵀ1 | b)",
    source="Chizat, Peyré, Schmitzer & Vialard 2018; Schiebinger et al. 2019; Eyring et al. 2024",
    cost="time O(iterations · n · chunk), memory O(chunk²) and O(targets · n) pairs",
    when_not="a population without growth or death, where it explains motion by growth",
)
@dataclass(frozen=True)
class Unbalanced(EntropicCoupling):
    """The plan with relaxed marginals; `growth` is a pair's mass at the end over the start.

    Cell weights need not sum to 1: their sums are the sizes of the populations.

    Attributes
    ----------
    tau
        Penalty on deviations from the marginal of the start, relative to the mean squared
        distance: over distances much larger than √τ times the root of that, mass is created
        and lost rather than moved.
    tau_target
        The same for the end; None: as `tau`. `inf` fixes a marginal.
    """

    conserves_mass: ClassVar[bool] = False

    tau: float = 1.0
    tau_target: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(tau=self.tau, tau_target=self.tau_target)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        scale = mean_squared_distance(z0, z1, a, b) or 1.0
        end = self.tau if self.tau_target is None else self.tau_target
        relaxation = Relaxation(self.tau * scale, end * scale)
        if math.isinf(self.tau) and math.isinf(end):
            a, b = a / a.sum(), b / b.sum()
        return entropic_pairs(z0, z1, a, b, rng, self, scale=scale, relaxation=relaxation)
