"""RNA velocities of cells of one time, from their unspliced and spliced mRNA.

    v = u − γ s,   γ = Σ u s / Σ s² over the cells with the most and the least mRNA of a gene

At rest u = γ s, in units where splicing has the rate 1. The cells at both ends of a gene's levels,
the highest and the lowest twentieth, are taken to be at rest. The time of each gene is its own:
its velocities are per 1/β, the mean time to be spliced.

Source: La Manno et al. 2018 (velocyto), as scVelo computes its steady-state mode (Bergen et al.
2020). Cost O(cells · genes).
When not: cells of several times are there, which tell β and γ; or few cells are at rest, as in a
short process, in which case γ is too small of genes that rise.
"""

from __future__ import annotations

import numpy as np

from hillflow.data.checks import check_unspliced
from hillflow.data.h5ad import Table
from hillflow.errors import UnsupportedError
from hillflow.findings import note

SHARE = 0.05  # of the cells, at either end


def steady_state_velocity(spliced: np.ndarray, unspliced: np.ndarray) -> np.ndarray:
    """Return v, [cells, genes]; NaN for genes without unspliced or spliced mRNA.

    Parameters
    ----------
    spliced, unspliced
        Levels s and u, [cells, genes].

    Examples
    --------
    >>> s = np.linspace(0, 1, 40)[:, None]
    >>> steady_state_velocity(s, 0.5 * s).round(6).any()  # all at rest
    False
    """
    s, u = spliced.astype(np.float64), unspliced.astype(np.float64)
    measured = (s.max(axis=0) > 0) & (u.max(axis=0) > 0)
    s, u = s[:, measured], u[:, measured]
    size = s / s.max(axis=0) + u / u.max(axis=0)
    low, high = np.quantile(size, (SHARE, 1 - SHARE), axis=0)
    rests = (size <= low) | (size >= high)
    gamma = (rests * u * s).sum(axis=0) / np.maximum((rests * s * s).sum(axis=0), 1e-300)
    velocity = np.full(spliced.shape, np.nan, dtype=spliced.dtype)
    velocity[:, measured] = u - gamma * s
    return velocity


def motion_or_layers(
    table: Table, unspliced: np.ndarray, velocity: np.ndarray | None, *, one_time: bool
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return velocities for cells of one time, unspliced levels for others; the rest is None.

    `velocity` is that of another layer, which is refused.
    """
    if velocity is not None:
        raise UnsupportedError(
            "a velocity or an unspliced layer", "both",
            "leave the velocity out, which programs compute from these two layers",
        )  # fmt: skip
    if not one_time:
        return None, unspliced
    check_unspliced(unspliced, table.x, table.genes)
    note(
        "cells of one time: their velocities u − γ s are fitted, with γ from the cells with "
        "the most and the least mRNA of each gene. Rates of a gene are relative to its rate of "
        "splicing, which cells of several times (or a latent time, pseudotime=…) would tell",
        "data.steady-state-velocity",
    )
    return steady_state_velocity(table.x, unspliced), None
