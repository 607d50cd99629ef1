"""The control's means, borrowing from populations that do not differ from it.

    μ_gt = Σ_p n_p m_pgt / Σ_p n_p   over the control and every p with |m_pgt − m_cgt| < 2 s_pgt,

m_pgt being the mean of gene g in population p at time t, and s_pgt the standard error of its
difference from the control's. Most genes do not answer to most perturbations, so that a screen
measures the control many times over, while its own cells at a time are few: what is predicted from
them inherits the chance of who was drawn. Populations in which the gene itself was acted on lend
nothing. A gene that answers less than its noise shows lends a little of its answer, too: the price.
What is gained and lost stands in `benchmarks held_out_knockouts`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hillflow.data.snapshots import CONTROL, Snapshots
from hillflow.errors import InputError, listing

_DIFFERS = 2.0  # standard errors: one in twenty of those that do not differ is left out


class _Moments(NamedTuple):
    mean: np.ndarray
    error: np.ndarray  # squared standard error of the mean
    cells: float  # by weight


def pooled_control(snapshots: Snapshots) -> Snapshots:
    """The same cells, the control's moved so that its means are the pooled ones.

    At each time each gene of the control cells is scaled to its pooled mean, or shifted where
    control cells fall below 0; nothing else changes. A gene that no control cell of a time shows
    cannot be scaled, and stays at 0. Cells count by their weights, and a population of weights w
    as n = (Σ w)² / Σ w² cells. Costs one look at the cells.

    Parameters
    ----------
    snapshots
        Control cells, and cells under interventions at the same times.

    Returns
    -------
    Snapshots
        To predict from: ``model.predict(pooled_control(run.data), "GATA1=ko")``. Cells that a
        prediction will be scored on must not be among those that lend, so pool what was trained
        on. Fit to the cells as they are: the moved ones are not independent any more.
    """
    if not isinstance(snapshots, Snapshots):
        raise InputError(
            "Snapshots", type(snapshots).__name__,
            "build them with Snapshots.from_anndata, or take the data of a run (run.data)",
        )  # fmt: skip
    treated = [one for one in snapshots.conditions if not one.is_control]
    acted_on = ~np.array([one.is_control for one in snapshots.conditions])[snapshots.condition]
    times = np.unique(snapshots.time[~acted_on])
    if not np.isin(snapshots.time[acted_on], times).any():
        raise InputError(
            "control cells, and cells under interventions at the same times, to borrow from",
            f"the conditions {listing(one.name for one in snapshots.conditions)}, at no time both",
            "predict from the cells as they are (leave --pooled out)",
        )
    x = snapshots.x.copy()
    scaled = bool((x[~acted_on] >= 0).all())
    for time in times:
        rows = snapshots.rows(time, CONTROL)
        if not _weight(snapshots, rows).sum():
            continue
        own = _moments(snapshots, rows)
        total, count = own.cells * own.mean, np.full(own.mean.shape, own.cells)
        for condition in treated:
            there = snapshots.rows(time, condition)
            if not _weight(snapshots, there).sum():
                continue
            other = _moments(snapshots, there)
            near = (own.mean - other.mean) ** 2 < _DIFFERS**2 * (own.error + other.error)
            near[[snapshots.genes.index(gene) for gene in condition.genes]] = False
            total += np.where(near, other.cells * other.mean, 0.0)
            count += np.where(near, other.cells, 0.0)
        x[rows] = _moved(x[rows], own.mean, total / count, scaled)
    return replace(snapshots, x=x, basis=None)


def _moments(snapshots: Snapshots, rows: np.ndarray) -> _Moments:
    """Of each gene over some cells, by their weights."""
    x, weight = snapshots.x[rows].astype(np.float64), _weight(snapshots, rows)
    weight = weight / weight.sum()
    mean, cells = weight @ x, 1.0 / (weight**2).sum()
    return _Moments(mean, weight @ (x - mean) ** 2 / max(cells - 1.0, 1.0), cells)


def _weight(snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows)) if snapshots.weights is None else snapshots.weights[rows]


def _moved(x: np.ndarray, mean: np.ndarray, wanted: np.ndarray, scaled: bool) -> np.ndarray:
    """Cells [n, genes] whose means are the wanted ones; zeros stay zeros where cells scale."""
    if not scaled:
        return (x + (wanted - mean)).astype(x.dtype)
    seen = mean > 0
    return (x * np.where(seen, wanted / np.where(seen, mean, 1.0), 1.0)).astype(x.dtype)
