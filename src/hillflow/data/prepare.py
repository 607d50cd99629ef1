"""Prepare counts for a fit: normalise, take logs, select genes, all by scanpy.

Normalisation and log act on each cell separately. The selection of genes uses all cells it is
given, so give it the training cells only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data.checks import check_not_negative, locate_genes
from hillflow.data.snapshots import Snapshots
from hillflow.errors import InputError, UnsupportedError

if TYPE_CHECKING:
    import anndata

_LARGEST_LOG = 50.0  # exp(50) is more molecules than any cell holds


def normalize(snapshots: Snapshots, target_sum: float = 1e4) -> Snapshots:
    """Return log(1 + counts · target_sum / total counts of the cell).

    Parameters
    ----------
    snapshots
        Data of scale "counts".
    target_sum
        Total that every cell is scaled to.

    Returns
    -------
    Snapshots
        Data of scale "log1p", without a basis.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, normalize
    >>> counts = np.tile([[1.0, 3.0], [2.0, 2.0]], (10, 1))
    >>> cells = Snapshots.from_arrays(counts, np.repeat([0, 1], 10), ["GATA1", "SPI1"])
    >>> np.expm1(normalize(cells, target_sum=100.0).x[:2]).round().tolist()
    [[25.0, 75.0], [50.0, 50.0]]
    """
    if snapshots.scale != "counts":
        raise InputError(
            "counts",
            f"data of scale {snapshots.scale!r}",
            "skip normalisation, or load the counts (scale='counts' if they are not whole)",
        )
    if snapshots.velocity is not None:
        raise UnsupportedError(
            "counts without a velocity", "a velocity of the counts, not of their logs",
            "normalise first, and compute the velocity of what was normalised",
        )  # fmt: skip
    if snapshots.unspliced is not None:
        raise UnsupportedError(
            "counts without an unspliced layer", "spliced and unspliced counts, whose logs obey no "
            "rate of splicing", "scale both layers (layers Ms and Mu of scVelo), and fit those",
        )  # fmt: skip
    if not target_sum > 0:
        raise InputError("a target_sum above 0", f"{target_sum:g}", "leave it at 1e4")
    check_not_negative(snapshots.x, snapshots.genes, "normalisation")
    empty = int((snapshots.x.sum(axis=1) == 0).sum())
    if empty:
        raise InputError(
            "counts in every cell",
            f"{empty:,} cells without any",
            "drop these cells with .take(snapshots.x.sum(axis=1) > 0)",
        )
    import scanpy as sc

    data = _as_anndata(snapshots)
    sc.pp.normalize_total(data, target_sum=target_sum)
    sc.pp.log1p(data)
    return replace(snapshots, x=np.asarray(data.X), scale="log1p", basis=None)


def select_variable_genes(snapshots: Snapshots, size: int, keep: Sequence[str] = ()) -> Snapshots:
    """Keep the most variable genes of *these* cells, by Seurat's dispersion (scanpy).

    Parameters
    ----------
    snapshots
        Data of scale "log1p".
    size
        Number of variable genes.
    keep
        Genes to keep as well, whatever their variance. Perturbed genes are always kept.

    Returns
    -------
    Snapshots
        The cells with the selected genes in their original order, without a basis.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots, select_variable_genes
    >>> x = np.random.default_rng(0).random((40, 4)) * [0.1, 3.0, 0.2, 2.0]
    >>> cells = Snapshots.from_arrays(x, np.repeat([0, 1], 20), ["A", "B", "C", "D"])
    >>> select_variable_genes(cells, 2, keep=["A"]).genes
    ('A', 'B', 'D')
    """
    import scanpy as sc

    if snapshots.scale == "counts":
        raise InputError("log1p data", "counts", "call hillflow.data.normalize(snapshots) first")
    lowest, highest = snapshots.x.min(), snapshots.x.max()
    if lowest < 0 or highest > _LARGEST_LOG:
        raise InputError(
            f"log1p data, between 0 and {_LARGEST_LOG}",
            f"values from {lowest:.3g} to {highest:.3g}",
            "choose genes before scaling, or name them with .select_genes([…])",
        )
    if size < 1:
        raise InputError("at least 1 gene to choose", str(size), "request more genes")
    if keep:
        locate_genes(snapshots.genes, keep)
    if size >= len(snapshots.genes):
        return snapshots
    data = _as_anndata(snapshots)
    sc.pp.highly_variable_genes(data, n_top_genes=size, flavor="seurat")
    # scanpy keeps all genes that tie at its threshold; rank them to keep exactly `size`
    dispersion = data.var["dispersions_norm"].to_numpy(np.float64)
    best = np.argsort(-np.nan_to_num(dispersion, nan=-np.inf), kind="stable")[:size]
    perturbed = {gene for condition in snapshots.conditions for gene in condition.genes}
    chosen = {snapshots.genes[index] for index in best} | perturbed | set(keep)
    return snapshots.select_genes([gene for gene in snapshots.genes if gene in chosen])


def _as_anndata(snapshots: Snapshots) -> anndata.AnnData:
    import anndata
    import pandas as pd

    return anndata.AnnData(snapshots.x.copy(), var=pd.DataFrame(index=list(snapshots.genes)))
