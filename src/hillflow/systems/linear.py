"""The linear system with additive noise, whose moments are known in closed form."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm, solve_continuous_lyapunov

from hillflow.errors import InputError
from hillflow.systems.hill import Array
from hillflow.systems.noise import Noise
from hillflow.systems.system import Edge, RegulatorySystem


class Linear(RegulatorySystem):
    """The Ornstein–Uhlenbeck process dx = (W x + b − γ x) dt + σ dW; cells are always Gaussian.

    With A = W − diag(γ), stable, and fixed point μ = −A⁻¹ b,

        mean(t) = μ + e^{At} (m₀ − μ),    cov(t) = S + e^{At} (P₀ − S) e^{Aᵀt},

    where A S + S Aᵀ + σ² I = 0 (Gardiner 2009, section 4.5.6). Levels may be negative.

    Parameters
    ----------
    weights
        W, [target, source]; its diagonal is autoregulation. By default a random sparse and
        stable matrix is drawn from `genes`, `density` and `seed`.
    genes
        Number of genes (ignored if `weights` is given).
    density
        Probability of a random edge.
    decay
        γ.
    offset
        b, [genes] or one number.
    seed
        Seed of the random weights.
    noise
        Additive; by default σ = 0.3.
    """

    name = "linear"

    def __init__(
        self,
        weights: Array | None = None,
        *,
        genes: int = 10,
        density: float = 0.2,
        decay: Array | float = 1.0,
        offset: Array | float = 1.0,
        seed: int = 0,
        noise: Noise | None = None,
    ) -> None:
        if weights is None:
            weights = random_stable_weights(genes, density, np.min(decay), seed)
        weights = np.asarray(weights, dtype=float)
        if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
            raise InputError(
                "a square matrix of weights [target, source]",
                f"shape {weights.shape}",
                "give one row and one column per gene",
            )
        noise = noise or Noise("additive", 0.3)
        super().__init__(
            tuple(f"G{i}" for i in range(len(weights))),
            decay=decay,
            start=0.0,
            spread=0.2,
            noise=noise,
            step=0.02,
            nonnegative=False,
        )
        self.weights = weights
        self.offset = self._per_gene("offset", offset, signed=True)
        self.parameters = {"weights": weights, "offset": self.offset}

    @property
    def matrix(self) -> Array:
        """Return A = W − diag(γ) under the intervention, [target, source]."""
        effects = self.effects
        visible = np.where(np.eye(len(self.genes), dtype=bool), 1.0, effects.visible[0])
        weights = self.weights * visible
        for target, share in effects.edges:
            weights[target] *= share[0]
        matrix = effects.production_factor[0][:, None] * weights
        return matrix - np.diag(self._total_decay[0])

    def production(self, seen: Array, own: Array) -> Array:
        """Return W x + b, [cells, genes]."""
        total = np.tile(self.offset, (len(seen), 1))
        # Summed gene by gene: in a matrix product, rounding depends on the number of cells.
        for source, weights in enumerate(self.weights.T):
            total += seen[:, source, None] * weights
        if own is not seen:
            total += (own - seen) * np.diag(self.weights)
        return total

    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return W for every cell."""
        return np.repeat(self.weights[None], len(seen), axis=0)

    def edges(self) -> tuple[Edge, ...]:
        """Return the non-zero weights as edges."""
        targets, sources = np.nonzero(self.weights)
        return tuple(
            (self.genes[j], self.genes[i], int(np.sign(self.weights[i, j])))
            for i, j in zip(targets, sources, strict=True)
        )

    def mean(self, t: float) -> Array:
        """Return the exact mean at time t from the start distribution, [genes]."""
        limit = self.stationary_mean()
        return limit + expm(self.matrix * t) @ (self.start - limit)

    def covariance(self, t: float) -> Array:
        """Return the exact covariance at time t, [genes, genes]."""
        limit, flow = self.stationary_covariance(), expm(self.matrix * t)
        return limit + flow @ (np.diag(self.spread**2) - limit) @ flow.T

    def stationary_mean(self) -> Array:
        """Return the mean of the stationary distribution, μ = −A⁻¹ (u b), [genes]."""
        self._refuse_clamp()
        return np.linalg.solve(self.matrix, -self.effects.production_factor[0] * self.offset)

    def stationary_covariance(self) -> Array:
        """Return S, the solution of the Lyapunov equation, [genes, genes]."""
        self._refuse_clamp()
        size = self.noise.amplitude(np.zeros((1, len(self.genes))))[0]
        return np.asarray(solve_continuous_lyapunov(self.matrix, -np.diag(size**2)), dtype=float)

    def _refuse_clamp(self) -> None:
        if self.effects.clamps or self.noise.kind != "additive":
            raise InputError(
                "additive noise and no clamped gene for closed-form moments",
                f"{self.noise.kind} noise and the intervention {self.intervention.name!r}",
                "estimate the moments from simulated cells",
            )


def random_stable_weights(genes: int, density: float, decay: float, seed: int) -> Array:
    """Draw sparse signed weights, [target, source], with decay − spectral abscissa ≥ decay/3."""
    if genes < 1 or not 0.0 <= density <= 1.0:
        raise InputError(
            "at least one gene and a density between 0 and 1",
            f"{genes} genes, density {density}",
            "use for example genes=10 (--genes 10), density=0.2",
        )
    rng = np.random.default_rng(seed)
    shape = (genes, genes)
    weights = rng.uniform(0.4, 1.2, shape) * rng.choice([-1.0, 1.0], shape)
    weights *= rng.random(shape) < density
    abscissa = float(np.linalg.eigvals(weights).real.max())
    return weights * min(1.0, 2.0 * decay / 3.0 / abscissa) if abscissa > 0.0 else weights
