"""Truth tables of few regulators in closed form, from sums over blocks of rows.

The model of `hillflow.baselines.truth_tables`, on the terms of screened candidates: those
regulators that explain most of a target's production by themselves, beside its own level. Each
resampling solves the tables of all sets of at most three candidates on the resampled sums.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.truth_tables import REGULATORS, averaged, table_terms
from hillflow.closed_form.steps import Array, Levels, varying
from hillflow.closed_form.sums import block_dots, block_products

FEW, MANY = 12, 6  # candidates of a target, in panels of at most PANEL regulators and above it
PANEL = 40
ROWS = 3_000  # most rows of a target in a panel above PANEL


def table_weights(
    levels: Levels,
    own: Levels,
    y: Levels,
    regulators: NDArray[np.int64],
    targets: NDArray[np.int64],
    bounds: NDArray[np.int64],
    counts: Array,
    observations: float,
    allowed: NDArray[np.bool_] | None = None,
) -> Array:
    """Signed roots of the share of variance due to each regulator, [members, targets, regulators].

    Parameters
    ----------
    levels, own, y
        Of the regulators, and of the targets themselves; productions of the targets; [rows, …].
    regulators, targets
        Columns of the steps.
    bounds, counts
        As for `linear_weights`.
    observations
        Effective number of independent rows, for the BIC.
    allowed
        Which pairs may be edges, [targets, regulators]; by default all.
    """
    levels = switched(levels)
    gains = _gains(levels, own, y)
    possible = varying(y)[:, None] & varying(levels) & (regulators != targets[:, None])
    if allowed is not None:
        possible &= allowed
    gains = np.where(possible, gains, -1.0)
    count = FEW if len(regulators) <= PANEL else MANY
    if len(regulators) > PANEL and len(levels) > ROWS:
        levels, own, y, bounds = _thinned(levels, own, y, bounds)
    best = [_best(one, count) for one in gains]
    weights = np.zeros((len(counts), len(targets), len(regulators)))
    for k, found in enumerate(_solved(levels, own, y, best, bounds, counts, observations)):
        weights[:, k, best[k]] = found
    return weights


def _best(gains: Array, count: int) -> NDArray[np.int64]:
    """The regulators that explain most of a target, at most so many, in order of their columns."""
    best = np.argsort(-gains, kind="stable")[:count]
    return np.sort(best[gains[best] >= 0])


def _solved(
    levels: Levels,
    owns: Levels,
    productions: Levels,
    bests: list[NDArray[np.int64]],
    bounds: NDArray[np.int64],
    counts: Array,
    observations: float,
) -> Iterator[Array]:
    """For each target, with its own level and production, weights of its best regulators.

    [members, regulators] each.
    """
    n = counts @ np.diff(bounds)
    able = n > 2**REGULATORS + 1
    n, drawn = n[able], counts[able]
    for own, y, best in zip(owns.T, productions.T[..., None], bests, strict=True):
        weights = np.zeros((len(counts), len(best)))
        if not len(best) or len(y) <= 2**REGULATORS + 1:
            yield weights
            continue
        terms = table_terms(levels[:, best], own)
        gram, moment = block_products(terms, terms, bounds), block_products(terms, y, bounds)
        squares = block_dots(y, y, bounds)[:, 0]
        total = block_products(np.ones((len(y), 1)), y, bounds)[:, 0, 0]
        square, mean = drawn @ squares / n, drawn @ total / n
        weights[able] = averaged(
            np.tensordot(drawn, gram, axes=1) / n[:, None, None],
            drawn @ moment[..., 0] / n[:, None], square, np.maximum(square - mean**2, 1e-12),
            len(best), observations,
        )  # fmt: skip
        yield weights


def switched(levels: Levels) -> Levels:
    """Hill curves of power 2 that are half on at half of the top, which is 1."""
    squares = levels**2
    return squares / (squares + np.float32(0.25))


def _gains(levels: Levels, own: Levels, y: Levels) -> Array:
    """Squares of y that each regulator explains beside the mean and the target's own level.

    [targets, regulators].
    """
    levels, own, y = (a - a.mean(axis=0) for a in (levels, own, y))
    square = (own**2).sum(axis=0)
    slope = np.where(square > 0, (own * y).sum(axis=0) / np.where(square > 0, square, 1), 0)
    both = own.T @ levels  # [targets, regulators]
    share = both / np.where(square > 0, square, np.inf)[:, None]
    left = (levels**2).sum(axis=0)[None, :] - share * both
    explained = y.T @ levels - slope[:, None] * both
    return np.asarray(explained**2 / np.where(left > 1e-6, left, np.inf), dtype=float)


def _thinned(
    levels: Levels, own: Levels, y: Levels, bounds: NDArray[np.int64]
) -> tuple[Levels, Levels, Levels, NDArray[np.int64]]:
    """Every k-th row, within blocks."""
    rows = np.arange(0, len(levels), -(-len(levels) // ROWS))
    return levels[rows], own[rows], y[rows], np.searchsorted(rows, bounds)
