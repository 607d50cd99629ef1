"""Agreement of the fitted velocity with RNA velocity: the cosine between them, cell by cell.

RNA velocity has no common unit of time, so only directions are compared. Cells of one time have
similar velocities, so that even a field without any information on single cells would score well.
The null distribution therefore assigns each cell the RNA velocity of another cell of the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hillflow import keys
from hillflow.errors import InputError

if TYPE_CHECKING:
    import anndata

    from hillflow.model import Member

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VelocityAgreement:
    """Cosine between fitted and RNA velocity.

    Attributes
    ----------
    cosine
        The cosine of each cell, [cells]; NaN where either velocity is 0.
    mean, median
        Mean and median over all other cells.
    null_mean, null_low, null_high
        Mean and central 95 % interval of the mean cosine, with RNA velocities permuted among the
        cells of each time.
    p
        One-sided p of the mean under these permutations; never 0.
    genes
        Number of genes with an RNA velocity, which were compared.
    """

    cosine: Array = field(repr=False)
    mean: float
    median: float
    null_mean: float
    null_low: float
    null_high: float
    p: float
    genes: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "mean": self.mean, "median": self.median, "null_mean": self.null_mean,
            "null_interval": [self.null_low, self.null_high], "p": self.p,
            "cells": int(np.isfinite(self.cosine).sum()), "genes": self.genes,
        }  # fmt: skip


def velocity_cosine(
    member: Member,
    cells: anndata.AnnData | str | Path,
    layer: str = keys.VELOCITY,
    *,
    states: str | None = None,
    time: str = keys.TIME,
    draws: int = 199,
    seed: int = 0,
) -> VelocityAgreement:
    """Compare the fitted velocity with RNA velocity at measured cells.

    Parameters
    ----------
    member
        A member of a fit, such as ``run.fit[0]``. Its genes (or coordinates) must be among those of
        the cells.
    cells
        AnnData, or the path of an ``.h5ad`` file.
    layer
        Layer with the RNA velocity. Genes without one (NaN, as from scVelo) are left out.
    states
        Layer with the states that were fitted; None: X.
    time
        Column of obs with the times.
    draws, seed
        Number of permutations for the null distribution, and their seed.

    Returns
    -------
    VelocityAgreement
        Cost: one evaluation of the field per cell, and O(draws · cells · genes).

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.evaluate import velocity_cosine
    >>> cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> member = hf.fit(cells, field="linear", effort=0.02).fit[0]
    >>> cells.layers["velocity"] = 2 * member.velocity(cells.X)
    >>> round(velocity_cosine(member, cells, draws=9).mean, 3)
    1.0
    """
    from hillflow.data import parse_times
    from hillflow.data.anndata_io import time_of
    from hillflow.data.h5ad import read_table

    if draws < 1:
        raise InputError("one permutation or more", f"draws={draws}", "take draws=199")
    kind = "float64"
    rna = read_table(cells, layer, member.genes, kind).x
    table = read_table(cells, states, member.genes, kind)
    when = parse_times(time_of(table.obs, time), member.time_unit or None).values
    known = np.isfinite(rna).all(axis=0)
    if not known.any():
        raise InputError(
            f"genes with a velocity in the layer {layer!r}", "NaN in each",
            "compute RNA velocities first, or choose another layer",
        )  # fmt: skip
    fitted = member.velocity(member.denoise(table.x), when)[:, known].astype(np.float64)
    own, measured = _directions(fitted), _directions(rna[:, known])
    cosine = (own * measured).sum(axis=1)
    moving = np.isfinite(cosine)
    if not moving.any():
        raise InputError("cells that move", "velocities of 0 only", "check the layer")
    random = np.random.default_rng(seed)
    groups = [np.flatnonzero(moving & (when == t)) for t in np.unique(when)]
    null = np.empty(draws)
    for draw in range(draws):
        total = sum((own[rows] * measured[random.permutation(rows)]).sum() for rows in groups)
        null[draw] = total / moving.sum()
    mean = float(cosine[moving].mean())
    low, high = np.quantile(null, (0.025, 0.975))
    return VelocityAgreement(
        cosine, mean, float(np.median(cosine[moving])), float(null.mean()), float(low), float(high),
        float((1 + (null >= mean).sum()) / (1 + draws)), int(known.sum()),
    )  # fmt: skip


def _directions(velocity: Array) -> Array:
    """Unit vectors; NaN for a velocity of 0."""
    length = np.linalg.norm(velocity, axis=1, keepdims=True)
    return velocity / np.where(length > 0, length, np.nan)
