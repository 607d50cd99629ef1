"""Control means pooled with perturbed populations that do not differ from the control.

    μ_gt = Σ_p n_p m_pgt / Σ_p n_p   over the control and every p with |m_pgt − m_cgt| < 2 s_pgt,

where m_pgt is the mean of gene g in population p at time t, and s_pgt the standard error of its
difference from the control mean. Most genes do not respond to most perturbations, so a screen
measures most control means many times, while the control cells at one time are few and their
sampling error enters every prediction made from them. Populations in which gene g itself is
perturbed are not used for it. The price is a bias: a response too small to be detected is pooled
too. `benchmarks held_out_knockouts` measures gain and loss.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hillflow.data.snapshots import CONTROL, Snapshots
from hillflow.errors import InputError, listing

_DIFFERS = 2.0  # standard errors: excludes one in twenty populations that do not differ


class _Moments(NamedTuple):
    mean: np.ndarray
    error: np.ndarray  # squared standard error of the mean
    cells: float  # effective number, by weight


def pooled_control(snapshots: Snapshots) -> Snapshots:
    """Move the control cells so that their means are pooled with unaffected populations.

    At each time, each gene of the control cells is scaled to its pooled mean, or shifted if
    control cells have values below 0; nothing else changes. A gene that is 0 in all control
    cells of a time cannot be scaled and stays 0. Cells count by their weights, and a population
    with weights w counts as n = (Σ w)² / Σ w² cells. Cost: one pass over the cells.

    Parameters
    ----------
    snapshots
        Control cells, and perturbed cells at the same times.

    Returns
    -------
    Snapshots
        The same cells with the control moved, to predict from:
        ``fit.predict(pooled_control(run.data), "GATA1=ko")``. Do not pool cells on which a
        prediction will be scored, and do not fit to the result: its cells are not independent.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> x = np.random.default_rng(1).gamma(9.0, size=(440, 2))  # SPI1 has no effect on KLF1
    >>> condition = ["control"] * 40 + ["SPI1=ko"] * 400
    >>> cells = Snapshots.from_arrays(x, np.tile([0, 1], 220), ["SPI1", "KLF1"], condition)
    >>> pooled = pooled_control(cells)
    >>> rows = cells.rows(0.0, "control")  # the true mean of KLF1 is 9
    >>> cells.x[rows, 1].mean().round(1).item(), pooled.x[rows, 1].mean().round(1).item()
    (8.8, 9.0)
    """
    if not isinstance(snapshots, Snapshots):
        raise InputError(
            "Snapshots", type(snapshots).__name__,
            "build them with Snapshots.from_anndata, or take the data of a run (run.data)",
        )  # fmt: skip
    names = [condition.name for condition in snapshots.conditions]
    perturbations = [condition for condition in snapshots.conditions if not condition.is_control]
    is_control = np.array([condition.is_control for condition in snapshots.conditions])
    control_cell = is_control[snapshots.condition]
    times = np.unique(snapshots.time[control_cell])
    if not np.isin(snapshots.time[~control_cell], times).any():
        raise InputError(
            "control cells, and perturbed cells at the same times",
            f"the conditions {listing(names)}, never both at one time",
            "predict from the cells as they are (leave --pooled out)",
        )
    x = snapshots.x.copy()
    scaled = bool((x[control_cell] >= 0).all())
    for time in times:
        rows = snapshots.rows(time, CONTROL)
        if not _weight(snapshots, rows).sum():
            continue
        control = _moments(snapshots, rows)
        total = control.cells * control.mean
        count = np.full(control.mean.shape, control.cells)
        for condition in perturbations:
            perturbed_rows = snapshots.rows(time, condition)
            if not _weight(snapshots, perturbed_rows).sum():
                continue
            other = _moments(snapshots, perturbed_rows)
            near = (control.mean - other.mean) ** 2 < _DIFFERS**2 * (control.error + other.error)
            near[[snapshots.genes.index(gene) for gene in condition.genes]] = False
            total += np.where(near, other.cells * other.mean, 0.0)
            count += np.where(near, other.cells, 0.0)
        x[rows] = _moved(x[rows], control.mean, total / count, scaled)
    return replace(snapshots, x=x, basis=None)


def _moments(snapshots: Snapshots, rows: np.ndarray) -> _Moments:
    """Return the weighted moments of each gene over some cells."""
    x, weight = snapshots.x[rows].astype(np.float64), _weight(snapshots, rows)
    weight = weight / weight.sum()
    mean, cells = weight @ x, 1.0 / (weight**2).sum()
    return _Moments(mean, weight @ (x - mean) ** 2 / max(cells - 1.0, 1.0), cells)


def _weight(snapshots: Snapshots, rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows)) if snapshots.weights is None else snapshots.weights[rows]


def _moved(x: np.ndarray, mean: np.ndarray, wanted: np.ndarray, scaled: bool) -> np.ndarray:
    """Shift cells [n, genes] to the wanted means, or scale them, which keeps zeros."""
    if not scaled:
        return (x + (wanted - mean)).astype(x.dtype)
    expressed = mean > 0
    factor = np.where(expressed, wanted / np.where(expressed, mean, 1.0), 1.0)
    return (x * factor).astype(x.dtype)
