"""The Schrödinger bridge between two Gaussians in closed form, in NumPy and SciPy alone.

Source: Bunne, Hsieh, Cuturi & Krause 2023 (Gaussian Schrödinger bridges), Theorem 3 for a Brownian
reference; in 1-d also Mallasto, Gerolin & Minh 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import sqrtm

from hillflow.data import Snapshots


@dataclass(frozen=True)
class GaussianBridge:
    """From N(m0, S0) at time 0 to N(m1, S1) at time `gap`, closest to dx = σ dW."""

    m0: np.ndarray
    S0: np.ndarray
    m1: np.ndarray
    S1: np.ndarray
    sigma: float
    gap: float

    @property
    def noise(self) -> float:
        return self.sigma**2 * self.gap

    @property
    def coupled(self) -> np.ndarray:
        """Cov(x0, x1) of the entropic plan."""
        eye, root = np.eye(len(self.m0)), np.real(sqrtm(self.S0))
        inner = np.real(sqrtm(4 * root @ self.S1 @ root + self.noise**2 * eye))
        return (root @ inner @ np.linalg.inv(root) - self.noise * eye) / 2

    def marginal(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        s, c = t / self.gap, self.coupled
        mean = (1 - s) * self.m0 + s * self.m1
        spread = (1 - s) ** 2 * self.S0 + s**2 * self.S1
        return mean, spread + s * (1 - s) * (c + c.T + self.noise * np.eye(len(c)))

    def score(self, x: np.ndarray, t: float) -> np.ndarray:
        mean, spread = self.marginal(t)
        return -(x - mean) @ np.linalg.inv(spread)

    def drift(self, x: np.ndarray, t: float) -> np.ndarray:
        """Of the stochastic process, per time."""
        s, c = t / self.gap, self.coupled
        ends = s * self.S1 + (1 - s) * c - (1 - s) * self.S0 - s * c.T
        slope = ends - s * self.noise * np.eye(len(c))
        mean, spread = self.marginal(t)
        return (self.m1 - self.m0 + (x - mean) @ np.linalg.inv(spread) @ slope) / self.gap

    def sample(self, t: float, cells: int, seed: int, *, exact: bool = False) -> np.ndarray:
        """Cells of time t; if `exact`, with the very mean and covariance of the marginal."""
        mean, spread = self.marginal(t)
        z = np.random.default_rng(seed).normal(size=(cells, len(mean)))
        if exact:
            z -= z.mean(0)
            z = np.linalg.solve(np.linalg.cholesky(np.cov(z.T, bias=True)), z.T).T
        return mean + z @ np.linalg.cholesky(spread).T

    def snapshots(self, cells: int) -> Snapshots:
        """Both ends, with their very means and covariances."""
        ends = [self.sample(t, cells, seed, exact=True) for seed, t in enumerate((0.0, self.gap))]
        x = np.concatenate(ends).astype(np.float32)
        return Snapshots.from_arrays(x, np.repeat([0.0, self.gap], cells), ("A", "B"), unit="h")


BRIDGE = GaussianBridge(
    np.array([0.0, 0.0]), np.array([[0.5, 0.2], [0.2, 0.3]]),
    np.array([2.0, -1.0]), np.array([[0.4, -0.25], [-0.25, 0.9]]), sigma=0.6, gap=2.0,
)  # fmt: skip
