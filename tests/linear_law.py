"""A linear law of motion as a field with nothing to learn, and its exact flow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from hillflow.fields import VectorField


class LinearLaw(VectorField):
    """ẋ = W x + b − γ x, in double precision."""

    def __init__(
        self, genes: Sequence[str], weights: np.ndarray, offset: np.ndarray, rate: np.ndarray
    ) -> None:
        super().__init__(genes)
        for name, value in (("weights", weights), ("offset", offset), ("rate", rate)):
            self.register_buffer(name, torch.tensor(np.asarray(value), dtype=torch.float64))

    def production(self, x, t=None):
        return x @ self.weights.T + self.offset

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate

    def edge_weights(self):
        return self.weights


def exact_flow(
    x0: np.ndarray, time: float, weights: np.ndarray, offset: np.ndarray, rate: np.ndarray
) -> np.ndarray:
    """Where the law takes states in a time, by SciPy."""
    from scipy.linalg import expm

    matrix = weights - np.diag(rate)
    rest = -np.linalg.solve(matrix, offset)
    return rest + (x0 - rest) @ expm(time * matrix).T
