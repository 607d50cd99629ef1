"""Wasserstein–Fisher–Rao coupling: one cost for motion, division and death."""

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
    name="wfr",
    formula="min Σ γ_ij c_ij + KL(γ1 | a) + KL(γᵀ1 | b), c = −log cos²₊(|z_i − z_j| / 2δ)",
    source="Chizat et al. 2018; Liero, Mielke & Savaré 2018",
    cost="time O(iterations · n · chunk), memory O(chunk²) and O(targets · n) pairs",
    when_not="no evidence of growth: with an unsuitable δ, it explains motion by growth",
)
@dataclass(frozen=True)
class WassersteinFisherRao(EntropicCoupling):
    """Pairs with mass: Σ_j weight_ij = a_i and Σ_i weight_ij growth_ij = b_j.

    Between two cells of mass m0 and m1 at distance d the squared distance is
    m0 + m1 − 2 √(m0 m1) cos(d/2δ): pure growth for d = 0, and for d ≥ πδ one dies while the
    other is born. A small entropy (ε) makes the plan fast to compute. Cell weights need not sum
    to 1: their sums are the sizes of the populations.

    Attributes
    ----------
    delta
        Length δ, in the coordinates of the basis. None: the root mean square distance between
        the two populations, so that nearly all mass can be moved.
    """

    conserves_mass: ClassVar[bool] = False

    delta: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(delta=self.delta)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        mean = mean_squared_distance(z0, z1, a, b) or 1.0
        delta = self.delta or math.sqrt(mean)
        return entropic_pairs(
            z0, z1, a, b, rng, self,
            # c ≈ d²/4δ² for close cells; growth has the cost 1, so ε must stay below it
            scale=min(mean / (4 * delta**2), 1.0),
            relaxation=Relaxation(1.0, 1.0), delta=delta, whole_start=True,
        )  # fmt: skip
