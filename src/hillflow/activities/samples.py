"""The rows that a network from activities is read from.

Of series, the rows as they were measured. Of snapshots, the mean of each population (the cells of
one condition at one time) where there are `MEANS` populations or more: counting noise is averaged
away, and what conditions and times change is left. Of fewer means every correlation would be large,
so that cells are taken as they are, at most `MOST_CELLS` of them. Do not expect much of these: on
the one set of cells with a known network, dendritic cells at four times, the network is at chance
(`benchmarks real`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError
from hillflow.findings import warn

MEANS = 10  # fewest populations whose means are rows
MOST_CELLS = 2_000
FEWEST = 5  # rows; the correlation of fewer says nothing


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows for `activity_network`.

    Attributes
    ----------
    x
        [rows, genes].
    what
        What the rows are, in words.
    """

    x: NDArray[np.float64] = field(repr=False)
    what: str


def samples(data: Cells, seed: int = 0) -> Samples:
    """Choose the rows.

    Parameters
    ----------
    data
        Snapshots or series, on a log scale.
    seed
        Seed of the cells that are drawn, where there are more than `MOST_CELLS`.

    Returns
    -------
    Samples
        Cost O(cells · genes).

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.activities import samples
    >>> cells = hf.simulate("toggle", cells=20, times=[0, 1, 2, 3, 4], knockouts="A")
    >>> found = samples(hf.Snapshots.from_anndata(cells))
    >>> found.x.shape, found.what
    ((10, 2), 'means of 10 populations')
    """
    if not isinstance(data, Snapshots):
        chosen = Samples(_dense(data.x), f"{len(data.x):,} rows of series")
    else:
        populations = list(data.populations())
        if len(populations) >= MEANS:
            means = [_mean(data, one.rows) for one in populations]
            return Samples(np.stack(means), f"means of {len(means):,} populations")
        rows = np.arange(len(data))
        if len(data) > MOST_CELLS:
            drawn = np.random.default_rng(seed).choice(len(data), MOST_CELLS, replace=False)
            rows = np.sort(drawn)
        chosen = Samples(_dense(data.x[rows]), f"{len(rows):,} cells")
        warn(
            f"{len(populations)} populations are too few for their means ({MEANS} or more), so "
            f"that activities are read from {len(rows):,} single cells: counting noise lowers "
            "every correlation, most of all those of lowly expressed genes",
            "graph.activity-of-cells",
        )
    if len(chosen.x) < FEWEST:
        raise InputError(
            f"{FEWEST} rows or more to correlate", chosen.what,
            "pass more samples, times or cells",
        )  # fmt: skip
    return chosen


def _mean(data: Snapshots, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of a population, by the weights of its cells."""
    weights = None if data.weights is None else data.weights[rows]
    if weights is not None and not weights.sum():
        weights = None
    return np.asarray(np.average(_dense(data.x[rows]), axis=0, weights=weights))


def _dense(x: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(x, dtype=float)
