"""Measurement error: Gaussian noise, dropout, and counts of molecules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError
from hillflow.systems.hill import Array


@dataclass(frozen=True)
class Measurement:
    """The measurement of true expression x. The defaults measure without error.

    With counts, cell c has the depth s_c (log-normal, mean 1) and gene i has the count

        y ~ negative binomial with mean μ = s_c m x_i and variance μ + φ μ²,

    which is Poisson for φ = 0. Dropout then sets an entry to 0 with probability p.

    Attributes
    ----------
    noise
        Standard deviation of a Gaussian error on x; the result is clipped at 0 if levels
        cannot be negative.
    dropout
        p, the same for every entry.
    counts
        Whether to count molecules.
    molecules
        m, mean count at expression 1.
    overdispersion
        φ.
    depth_variation
        Coefficient of variation of s_c.
    """

    noise: float = 0.0
    dropout: float = 0.0
    counts: bool = False
    molecules: float = 20.0
    overdispersion: float = 0.1
    depth_variation: float = 0.3

    def __post_init__(self) -> None:
        for what in ("noise", "molecules", "overdispersion", "depth_variation"):
            value = getattr(self, what)
            if not (np.isfinite(value) and value >= 0.0):
                raise InputError(
                    f"{what} of 0 or more",
                    f"{value}",
                    f"use for example {getattr(type(self), what):g}",
                )
        if not 0.0 <= self.dropout < 1.0:
            raise InputError(
                "a dropout probability from 0 to below 1", f"{self.dropout}", "use for example 0.2"
            )

    def observe(
        self, expression: Array, nonnegative: bool, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Measure cells [cells, genes]; return the data and each cell's depth [cells]."""
        cells = len(expression)
        depth = np.ones(cells)
        data = expression
        if self.noise:
            data = data + self.noise * rng.standard_normal(data.shape)
            data = np.maximum(data, 0.0) if nonnegative else data
        if self.counts:
            depth = _unit_lognormal(self.depth_variation, cells, rng)
            mean = depth[:, None] * self.molecules * data
            if self.overdispersion:
                shape = 1.0 / self.overdispersion
                mean = rng.gamma(shape, mean * self.overdispersion)
            data = rng.poisson(mean).astype(float)
        if self.dropout:
            data = data * (rng.random(data.shape) >= self.dropout)
        return data, depth


def _unit_lognormal(variation: float, cells: int, rng: np.random.Generator) -> Array:
    """Draw positive numbers with mean 1 and this coefficient of variation."""
    spread = np.sqrt(np.log1p(variation**2))
    return np.exp(spread * rng.standard_normal(cells) - 0.5 * spread**2)
