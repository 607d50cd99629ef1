"""Metacells: few similar cells of one population, averaged into one.

    level of a metacell = mean over its cells of their levels (counts are added)

The levels of a cell are its values, or exp(x) − 1 of logged ones, whose logs are taken again
afterwards. Counting noise of m molecules has the variance m, so that the average of n cells has n
times less, and a regression on levels that are mostly noise is biased towards 0 by it. Averages
across populations would mix times or perturbations, so cells are grouped within them (and within
batches), by k-means in principal components. The price is a smaller sample, and that differences
between the cells of a group are lost: not for cells of good depth. In a panel of a few genes the
groups follow the noise of single genes: not below some twenty genes.

Sources: Baran et al. 2019 (MetaCell); Persad et al. 2023. Cost: O(cells · size of a chunk ·
components), with chunks of at most a thousand cells.
"""

from __future__ import annotations

import numpy as np

from hillflow.data.snapshots import Snapshots
from hillflow.errors import InputError, UnsupportedError

SIZE = 5  # cells in the mean; chosen among 3, 5, 8 and 15 on simulated systems that are not scored
MANY_ZEROS = 0.4  # of the values: from here on, knockout networks gain by metacells of this size
COMPONENTS = 10
CHUNK = 1000  # cells among which groups are sought


def metacells(snapshots: Snapshots, size: int = SIZE, *, seed: int = 0) -> Snapshots:
    """Average about `size` similar cells of one population into one.

    Parameters
    ----------
    snapshots
        Cells of any scale; counts are added, all else is averaged.
    size
        Cells of a metacell, in the mean.
    seed
        Seed of the groups.

    Returns
    -------
    Snapshots
        One row a metacell, with the time, condition and batch of its cells and their commonest
        label. Weights of cells weigh in the mean, and add.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.data import metacells
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=60, times=[0, 1]))
    >>> len(cells), len(metacells(cells))
    (120, 24)
    """
    if size < 1:
        raise InputError("one cell or more of a metacell", f"{size}", "write 5")
    for name in ("velocity", "growth", "clone"):
        if getattr(snapshots, name) is not None:
            raise UnsupportedError(
                f"cells without a {name} of their own", f"a {name}",
                "leave metacells out: it is no level that can be averaged",
            )  # fmt: skip
    if size == 1:
        return snapshots
    groups = _groups(snapshots, size, seed)
    logged, counts = snapshots.scale == "log1p", snapshots.scale == "counts"
    weights = snapshots.weights
    x = np.empty((len(groups), len(snapshots.genes)), dtype=snapshots.x.dtype)
    for row, cells in enumerate(groups):
        levels = snapshots.x[cells].astype(np.float64)
        levels = np.expm1(levels) if logged else levels
        if counts:
            x[row] = levels.sum(axis=0)
            continue
        mean = np.average(levels, axis=0, weights=None if weights is None else weights[cells])
        x[row] = np.log1p(mean) if logged else mean
    first = np.array([cells[0] for cells in groups])
    labels = snapshots.labels
    return Snapshots(
        x, snapshots.genes, snapshots.time[first], snapshots.condition[first],
        snapshots.conditions, snapshots.time_unit, snapshots.scale,
        weights=None if weights is None else np.array([weights[c].sum() for c in groups]),
        labels=None if labels is None else np.array([_commonest(labels[c]) for c in groups]),
        batch=None if snapshots.batch is None else snapshots.batch[first],
    )  # fmt: skip


def many_zeros(snapshots: Snapshots) -> float:
    """The share of values that are 0."""
    return float(np.mean(snapshots.x == 0))


def _groups(snapshots: Snapshots, size: int, seed: int) -> list[np.ndarray]:
    """Rows of each metacell, in the order of their first cells within a population."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    x = snapshots.x.astype(np.float64)
    x = np.log1p(x) if snapshots.scale == "counts" else x
    components = min(COMPONENTS, *x.shape)
    z = PCA(components, random_state=0).fit_transform(x)
    random, groups = np.random.default_rng(seed), []
    for population in snapshots.populations():
        batch = np.zeros(len(population)) if snapshots.batch is None else (
            np.unique(snapshots.batch[population.rows], return_inverse=True)[1]
        )  # fmt: skip
        for one in np.unique(batch):
            rows = random.permutation(population.rows[batch == one])
            for part in np.array_split(rows, -(-len(rows) // CHUNK)):
                part = np.sort(part)
                count = max(round(len(part) / size), 1)
                found = KMeans(count, n_init=1, random_state=seed).fit_predict(z[part])
                order = np.unique(found, return_index=True)
                groups += [part[found == k] for k in order[0][np.argsort(order[1])]]
    return groups


def _commonest(labels: np.ndarray) -> object:
    values, counts = np.unique(labels, return_counts=True)
    return values[counts.argmax()]
