"""From counts to what a field is fitted to: normalise, take logs, choose genes.

scanpy does the work. Normalisation and log act on each cell alone; the choice of genes looks
at all cells it is given, so give it the training cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data.checks import check_not_negative, locate_genes
from hillflow.data.snapshots import Snapshots
from hillflow.errors import InputError

if TYPE_CHECKING:
    import anndata

_LARGEST_LOG = 50.0  # exp(50) is more molecules than any cell holds


def normalize(snapshots: Snapshots, target_sum: float = 1e4) -> Snapshots:
    """log(1 + counts · target_sum / total counts of the cell); drops the basis."""
    import scanpy as sc

    if snapshots.scale != "counts":
        raise InputError(
            "counts",
            f"data of scale {snapshots.scale!r}",
            "leave normalisation out, or load the counts (scale='counts' if they are not whole)",
        )
    if not target_sum > 0:
        raise InputError("a target_sum above 0", f"{target_sum:g}", "leave it at 1e4")
    check_not_negative(snapshots.x, snapshots.genes, "normalisation")
    empty = int((snapshots.x.sum(axis=1) == 0).sum())
    if empty:
        raise InputError(
            "counts in every cell",
            f"{empty:,} cells without any",
            "leave them out with .take(snapshots.x.sum(axis=1) > 0)",
        )
    data = _as_anndata(snapshots)
    sc.pp.normalize_total(data, target_sum=target_sum)
    sc.pp.log1p(data)
    return replace(snapshots, x=np.asarray(data.X), scale="log1p", basis=None)


def select_variable_genes(snapshots: Snapshots, size: int, keep: Sequence[str] = ()) -> Snapshots:
    """The `size` most variable genes of *these* cells, in panel order.

    scanpy ranks them by Seurat's dispersion. Genes in `keep` and perturbed genes stay beside
    them, whatever their variance.
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
        raise InputError("at least 1 gene to choose", str(size), "ask for more genes")
    if keep:
        locate_genes(snapshots.genes, keep)
    if size >= len(snapshots.genes):
        return snapshots
    data = _as_anndata(snapshots)
    sc.pp.highly_variable_genes(data, n_top_genes=size, flavor="seurat")
    # scanpy keeps every gene at its threshold, ties too; rank them to keep exactly `size`
    spread = data.var["dispersions_norm"].to_numpy(np.float64)
    best = np.argsort(-np.nan_to_num(spread, nan=-np.inf), kind="stable")[:size]
    perturbed = {gene for condition in snapshots.conditions for gene in condition.genes}
    chosen = {snapshots.genes[place] for place in best} | perturbed | set(keep)
    return snapshots.select_genes([gene for gene in snapshots.genes if gene in chosen])


def _as_anndata(snapshots: Snapshots) -> anndata.AnnData:
    import anndata
    import pandas as pd

    return anndata.AnnData(snapshots.x.copy(), var=pd.DataFrame(index=list(snapshots.genes)))
