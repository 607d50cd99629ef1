"""From counts to what a field is fitted to: normalise, take logs, choose genes.

scanpy does the work. Normalisation and log act on each cell alone; the choice of genes looks
at all cells it is given, so give it the training cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data.checks import check_not_negative
from hillflow.data.snapshots import Snapshots
from hillflow.errors import InputError

if TYPE_CHECKING:
    import anndata


def normalize(snapshots: Snapshots, target_sum: float = 1e4) -> Snapshots:
    """log(1 + counts · target_sum / total counts of the cell); drops the basis."""
    import scanpy as sc

    if snapshots.scale != "counts":
        raise InputError(
            "counts",
            f"data of scale {snapshots.scale!r}",
            "leave normalisation out, or load the counts (scale='counts' if they are not whole)",
        )
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
    """The most variable genes of *these* cells (scanpy, Seurat's dispersion), in panel order.

    Genes in `keep` and perturbed genes stay whatever their variance.
    """
    import scanpy as sc

    if snapshots.scale == "counts":
        raise InputError("log1p data", "counts", "call hillflow.data.normalize(snapshots) first")
    if size >= len(snapshots.genes):
        return snapshots
    data = _as_anndata(snapshots)
    sc.pp.highly_variable_genes(data, n_top_genes=size, flavor="seurat")
    perturbed = {gene for condition in snapshots.conditions for gene in condition.genes}
    wanted = data.var["highly_variable"] | data.var_names.isin([*keep, *perturbed])
    return snapshots.select_genes(list(data.var_names[wanted.to_numpy()]))


def _as_anndata(snapshots: Snapshots) -> anndata.AnnData:
    import anndata
    import pandas as pd

    return anndata.AnnData(snapshots.x.copy(), var=pd.DataFrame(index=list(snapshots.genes)))
