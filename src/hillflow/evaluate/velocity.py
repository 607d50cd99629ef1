"""Does the fitted field point where RNA velocity points? Cosines, cell by cell.

RNA velocity has a direction but no common unit of time, so only the angle is compared. Cells at
one time move alike, so a field that knew nothing of single cells would score well: the null
gives each cell the RNA velocity of another cell of its time.
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
        Of each cell; NaN where either velocity is 0; [cells].
    mean, median
        Over the other cells.
    null_mean, null_low, null_high
        Mean and central 95 % of the mean, RNA velocities permuted among the cells of a time.
    p
        How often the permuted reach the mean: one-sided, never 0.
    genes
        How many genes have an RNA velocity and were compared.
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
    model: Member,
    cells: anndata.AnnData | str | Path,
    layer: str = keys.VELOCITY,
    *,
    states: str | None = None,
    time: str = keys.TIME,
    draws: int = 199,
    seed: int = 0,
) -> VelocityAgreement:
    """Compare the fitted field with RNA velocity at measured cells.

    Parameters
    ----------
    model
        Its genes (or coordinates) must be among those of the cells.
    cells
        AnnData or the path of an ``.h5ad`` file.
    layer
        With the RNA velocity. Genes without one (NaN, as scVelo leaves them) are left out.
    states
        Layer with the states that the model was fitted to; None: X.
    time
        Column of obs.
    draws, seed
        Permutations of the null.
    """
    from hillflow.data import parse_times
    from hillflow.data.anndata_io import time_of
    from hillflow.data.h5ad import read_table

    if draws < 1:
        raise InputError("one permutation or more", f"draws={draws}", "take draws=199")
    kind = "float64"
    rna = read_table(cells, layer, model.genes, kind).x
    table = read_table(cells, states, model.genes, kind)
    when = parse_times(time_of(table.obs, time), model.time_unit or None).values
    known = np.isfinite(rna).all(axis=0)
    if not known.any():
        raise InputError(
            f"genes with a velocity in the layer {layer!r}", "NaN in each",
            "compute RNA velocities first, or name another layer",
        )  # fmt: skip
    fitted = model.velocity(model.denoise(table.x), when)[:, known].astype(np.float64)
    ours, theirs = _directions(fitted), _directions(rna[:, known])
    cosine = (ours * theirs).sum(axis=1)
    able = np.isfinite(cosine)
    if not able.any():
        raise InputError("cells that move", "velocities of 0 alone", "look at the layer again")
    random = np.random.default_rng(seed)
    groups = [np.flatnonzero(able & (when == t)) for t in np.unique(when)]
    null = np.empty(draws)
    for draw in range(draws):
        total = sum((ours[rows] * theirs[random.permutation(rows)]).sum() for rows in groups)
        null[draw] = total / able.sum()
    mean = float(cosine[able].mean())
    low, high = np.quantile(null, (0.025, 0.975))
    return VelocityAgreement(
        cosine, mean, float(np.median(cosine[able])), float(null.mean()), float(low), float(high),
        float((1 + (null >= mean).sum()) / (1 + draws)), int(known.sum()),
    )  # fmt: skip


def _directions(velocity: Array) -> Array:
    """Unit vectors, NaN where there is no motion."""
    length = np.linalg.norm(velocity, axis=1, keepdims=True)
    return velocity / np.where(length > 0, length, np.nan)
