"""The coupling of a Schrödinger bridge: entropic transport whose ε is the noise of the cells.

Among all processes with the measured populations at both ends, the bridge is the one closest (in
relative entropy) to Brownian motion dx = σ dW. A Brownian path goes from z to z' in the time Δ with
a density ∝ exp(−|z − z'|² / 2σ²Δ), so the ends of the bridge are coupled by the entropic plan with
ε = 2σ²Δ for the cost |z − z'|², and between two coupled ends the path is a Brownian bridge of the
same σ (Léonard 2014, "A survey of the Schrödinger problem", Theorem 2.4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hillflow.transport.chunks import mean_squared_distance
from hillflow.transport.coupling import Seed, Span, check_positive
from hillflow.transport.entropic import Relaxation, entropic_pairs
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register
from hillflow.transport.sinkhorn import EntropicCoupling

if TYPE_CHECKING:
    from hillflow.data.snapshots import Snapshots


@register(
    name="schrodinger",
    formula="min Σ γ_ij |z_i − z_j|² + 2σ²Δ KL(γ | a⊗b) over plans with marginals a, b",
    source="Léonard 2014; Tong et al. 2024",
    cost="time O(iterations · n · chunk), memory O(chunk²) and O(targets · n) pairs",
    when_not="cells without noise: a small σ needs many iterations, and exact gives its limit",
)
@dataclass(frozen=True)
class Schrodinger(EntropicCoupling):
    """The plan of the Schrödinger bridge of dx = σ dW, with ε = 2σ²Δ in an interval Δ.

    Distances are those of the data along the basis, also if its coordinates are whitened.

    Attributes
    ----------
    sigma
        σ, in units of expression per √time, the same in all intervals. None: chosen from the
        data by `epsilon`.
    epsilon
        Without σ: σ²Δ as a share of the mean squared distance, per coordinate of the basis, between
        the two populations. σ² is the median over the intervals of the data. This is a choice of
        scale, not an estimate: snapshots alone do not tell noise from motion.
    tau
        Penalty on deviations from both marginals, relative to the mean squared distance; pairs then
        have growth. None: the marginals hold.
    gap
        Δ of two populations given to `couple`; `fit_plan` takes it from the times of the data.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import Schrodinger
    >>> x0, x1 = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
    >>> plan = Schrodinger(sigma=1.0, gap=2.0, precision="float64").couple(x0, x1).matrix(2, 2)
    >>> bool(np.isclose(plan[0, 1] / plan[0, 0], np.exp(-1 / 4)))  # ε = 2σ²Δ = 4
    True
    """

    bridges: ClassVar[bool] = True

    sigma: float | None = None
    tau: float | None = None
    gap: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(sigma=self.sigma, tau=self.tau, gap=self.gap)

    def of_sigma(self, sigma: float) -> Self:
        """Return the coupling with a given σ."""
        return replace(self, sigma=sigma)

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Self:
        """Set the chunk size that fits in memory, and choose σ unless it is given."""
        sized = super().prepare(snapshots, spans, memory_mb)
        if self.sigma is not None:
            return sized
        rates = []
        for start, end in spans:
            z0, z1 = (_unscaled(snapshots, population.rows) for population in (start, end))
            a, b = (np.ones(len(z)) for z in (z0, z1))
            squared = mean_squared_distance(z0, z1, a, b) / z0.shape[1]
            rates.append(squared / (end.time - start.time))
        return replace(sized, sigma=math.sqrt(self.epsilon * float(np.median(rates)) or 1.0))

    def between(
        self, snapshots: Snapshots, rows0: np.ndarray, rows1: np.ndarray, seed: Seed
    ) -> Pairs:
        """Couple two populations of the snapshots over the time between them."""
        timed = replace(self, gap=float(snapshots.time[rows1[0]] - snapshots.time[rows0[0]]))
        pairs = super(Schrodinger, timed).between(snapshots, rows0, rows1, seed)
        # The dense plan is kept for the coordinates of the basis, which whitening changes.
        return pairs if _is_plain(snapshots) else replace(pairs, entropic=None)

    def _states(self, snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
        return _unscaled(snapshots, rows)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        if self.sigma is None:
            raise RuntimeError("coupled before prepare")
        relaxation = Relaxation()
        if self.tau is not None:
            tau = self.tau * (mean_squared_distance(z0, z1, a, b) or 1.0)
            relaxation = Relaxation(tau, tau)
        options = replace(self, epsilon=2 * self.sigma**2 * self.gap)
        return entropic_pairs(z0, z1, a, b, rng, options, scale=1.0, relaxation=relaxation)


def _unscaled(snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
    """Coordinates along the orthonormal components, in units of expression, [cells, d]."""
    states = snapshots.states(rows)
    return states if snapshots.basis is None else states * snapshots.basis.scale


def _is_plain(snapshots: Snapshots) -> bool:
    return snapshots.basis is None or bool((snapshots.basis.scale == 1).all())
