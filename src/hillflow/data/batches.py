"""Take the differences between batches out of cells whose batches measured the same populations.

    x_c = μ_{p(c)} + β_{b(c)} + rest,    Σ_c β_{b(c)} = 0,

with the population p (time and condition) and the batch b of each cell, by least squares for each
gene; β is subtracted. This is the location part of ComBat (Johnson, Li & Rabinovic 2007) with the
population as covariate, without its shrinkage. What a batch adds must be about the same for all
cells on the scale of x, which is more nearly so of logarithms than of counts.

Populations that only one batch measured tell nothing of its β. Batches that are not linked by a
chain of shared populations keep what differs between them: it may be biology.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hillflow.data.on_disk import new_matrix
from hillflow.data.snapshots import Snapshots
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.findings import note, warn

LEAST_CELLS = 5  # of a batch, in the mean
_ROWS = 4096  # cells changed at a time, which bounds memory


def without_batches(snapshots: Snapshots) -> Snapshots:
    """Subtract from each cell what its batch adds to every gene.

    Parameters
    ----------
    snapshots
        Cells with a `batch` each.

    Returns
    -------
    Snapshots
        The same cells. Levels that were not below 0 stay so. Cost O(cells · genes).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, without_batches
    >>> x = np.random.default_rng(0).normal(5, 1, (80, 2))
    >>> batch = np.tile(["a", "b"], 40)
    >>> x[batch == "b", 0] += 2
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1], 40), ["GATA1", "SPI1"], batch=batch)
    >>> same = without_batches(cells).x[:, 0]
    >>> bool(abs(same[batch == "a"].mean() - same[batch == "b"].mean()) < 1e-6)
    True
    """
    if snapshots.batch is None:
        raise InputError(
            "a batch for each cell", "none",
            "name its column with batch=…, or give from_arrays batch=…",
        )  # fmt: skip
    if snapshots.unspliced is not None:
        raise UnsupportedError(
            "cells of one layer, from which batches are subtracted", "spliced and unspliced mRNA",
            "correct both layers before, or couple cells within batches (within_batches=True)",
        )  # fmt: skip
    names, batch = np.unique(snapshots.batch, return_inverse=True)
    if len(names) < 2:
        note("all cells are of one batch: nothing is subtracted", "data.one-batch")
        return snapshots
    if len(names) > len(snapshots) / LEAST_CELLS:
        raise InputError(
            f"batches of {LEAST_CELLS} cells or more", f"{len(names):,} batches of "
            f"{len(snapshots):,} cells: {listing(names, 3)}",
            "name the column of batches with batch=… (--batch), not one with a value for each cell",
        )  # fmt: skip
    population = np.empty(len(snapshots), dtype=np.int64)
    for index, one in enumerate(snapshots.populations()):
        population[one.rows] = index
    cells = np.zeros((population.max() + 1, len(names)))
    np.add.at(cells, (population, batch), 1)
    part = _linked(cells > 0)
    if len(set(part)) == len(names):
        raise InputError(
            "batches that measured the same populations (a time under a condition)",
            f"{len(names):,} batches, of which no two share one",
            "leave batch=… (--batch) out: what differs between these batches cannot be told from "
            "what differs between their populations",
        )  # fmt: skip
    if part.max() > 0:
        groups = [listing(names[part == k]) for k in range(min(part.max() + 1, 3))]
        more = "" if part.max() < 3 else f"; and {part.max() - 2:,} more groups"
        warn(
            f"batches without a population in common keep what differs between them: "
            f"{'; '.join(groups)}{more}", "data.batches-apart",
        )  # fmt: skip
    sums = np.zeros((*cells.shape, len(snapshots.genes)))
    for rows in _blocks(len(snapshots)):
        np.add.at(sums, (population[rows], batch[rows]), snapshots.x[rows])
    shift = _offsets(cells, sums, part)
    floor = np.where(snapshots.x.min(axis=0) >= 0, 0.0, -np.inf)
    x = new_matrix(len(snapshots), len(snapshots.genes), snapshots.x.dtype)
    for rows in _blocks(len(snapshots)):
        x[rows] = np.maximum(snapshots.x[rows] - shift[batch[rows]], floor)
    note(
        f"differences between {len(names):,} batches are subtracted, of "
        f"{np.sqrt(np.mean(shift**2)):.2g} in the root mean square over genes", "data.batches",
    )  # fmt: skip
    scale = "unknown" if snapshots.scale == "counts" else snapshots.scale  # no whole numbers
    return replace(snapshots, x=x, scale=scale, basis=None)


def _linked(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which batches are linked by populations: a number for each, [batches]."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    shared = there.T.astype(float) @ there.astype(float)
    return np.asarray(connected_components(csr_matrix(shared), directed=False)[1], dtype=np.int64)


def _offsets(
    cells: NDArray[np.float64], sums: NDArray[np.float64], part: NDArray[np.int64]
) -> NDArray[np.float64]:
    """β of each batch and gene, [batches, genes], with mean 0 over the cells of linked batches.

    The normal equations after the μ are eliminated: with the cells n_pb and their sums s_pb,
    (diag(n_·b) − nᵀ diag(1/n_p·) n) β = s_·b − nᵀ (s_p· / n_p·).
    """
    of_population, of_batch = cells.sum(axis=1), cells.sum(axis=0)
    share = cells / of_population[:, None]
    left = np.diag(of_batch) - cells.T @ share
    right = sums.sum(axis=0) - share.T @ sums.sum(axis=1)
    shift = np.asarray(np.linalg.lstsq(left, right, rcond=None)[0])
    for k in range(part.max() + 1):
        linked = part == k
        shift[linked] -= np.average(shift[linked], axis=0, weights=of_batch[linked])
    return shift


def _blocks(rows: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, rows, _ROWS)]
