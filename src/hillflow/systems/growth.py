"""Division and death: cells with more descendants are sampled more often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError
from hillflow.findings import warn
from hillflow.systems.hill import Array


def no_rate(state: Array) -> Array:
    """Return 0 for every cell."""
    return np.zeros(len(state))


@dataclass(frozen=True)
class Growth:
    """Rates of division and death that depend on a cell's state.

    A cell path has the mass w(t) = exp ∫₀ᵗ (birth − death) ds, the expected number of its
    descendants, and a snapshot samples cells in proportion to w (the Feynman–Kac form of the
    branching process).

    Attributes
    ----------
    birth, death
        Functions of the state, [cells, states], that return rates per unit of time, [cells],
        of 0 or more.
    pool
        Number of simulated paths per sampled cell; more paths give fewer duplicate cells.
    """

    birth: Callable[[Array], Array] = no_rate
    death: Callable[[Array], Array] = no_rate
    pool: int = 4

    def __post_init__(self) -> None:
        if self.pool < 1:
            raise InputError("a pool of at least 1 path per cell", f"{self.pool}", "use pool=4")

    def rate(self, state: Array) -> Array:
        """Return the net growth rate, [cells]."""
        birth, death = self.birth(state), self.death(state)
        for what, rate in (("birth", birth), ("death", death)):
            if np.shape(rate) != (len(state),) or not (rate >= 0.0).all():
                raise InputError(
                    f"one {what} rate of 0 or more for each of {len(state):,} cells",
                    f"shape {np.shape(rate)}, smallest {np.min(rate):g}",
                    f"return an array [cells] of 0 or more from {what}(state)",
                )
        return birth - death


def resample(log_mass: Array, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Draw `cells` paths in proportion to their mass; return their indices in random order.

    Systematic resampling (Kitagawa 1996): path i, of share p_i, is drawn ⌊cells · p_i⌋ times or
    once more.
    """
    mass = np.exp(log_mass - log_mass.max())
    share = mass / mass.sum()
    effective = 1.0 / np.sum(share**2)
    if effective < 0.1 * cells:
        warn(
            f"{cells:,} sampled cells come from about {effective:,.0f} paths, so many are "
            "duplicates; raise Growth(pool=…) or lower the rates.",
            "simulate.twins",
        )
    points = (np.arange(cells) + rng.random()) / cells
    chosen = np.minimum(np.searchsorted(np.cumsum(share), points), len(share) - 1)
    return rng.permutation(chosen)
