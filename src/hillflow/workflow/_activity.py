"""``activity``: the activity of each regulator in each cell, from its known targets."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hillflow.activities import METHODS, Activity, Regulons, infer_activity, regulons
from hillflow.activities.left_out import Windows
from hillflow.data.h5ad import pick_matrix
from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.findings import collect_findings, note, unique_findings
from hillflow.workflow.cells import CellsLike, read_adata
from hillflow.workflow.files import path_or_none, write_h5ad
from hillflow.workflow.options.activity import ACTIVITY, ActivityOptions
from hillflow.workflow.options.base import named
from hillflow.workflow.options.prior import NetworkOptions
from hillflow.workflow.priors_options import read_names, read_network
from hillflow.workflow.reading import gene_list
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    import anndata


@verb(ACTIVITY)
def activity(
    cells: CellsLike,
    out: str | PathLike[str] | None,
    network: NetworkOptions,
    options: ActivityOptions,
) -> Activity:
    """Do what `hillflow.activity` promises.

    Returns
    -------
    Activity
        Its tables are ``scores`` and ``padj``; ``adata`` is a copy of the data with both in
        `obsm`.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("hematopoiesis", cells=20, times=[0, 32, 64])
    >>> found = hf.activity(cells, prior="hematopoiesis", tmin=3)
    >>> sorted(found.scores.columns)
    ['CEBPA', 'GATA1', 'GATA2', 'SPI1']
    >>> sorted(found.adata.obsm)
    ['padj_ulm', 'score_ulm']
    """
    METHODS[options.method]  # its error lists the others
    path = path_or_none(out)
    with collect_findings() as said:
        adata = read_adata(cells)
        x = pick_matrix(adata.X, adata.layers, options.layer)
        kept = np.setdiff1d(_not_empty(x), _left_out(adata, options))
        found = _regulons(network, [str(adata.var_names[k]) for k in kept], options)
        x = x if len(kept) == adata.n_vars else x[:, kept]
        result = infer_activity(x, found, options.method, cells=list(adata.obs_names))
    result.add_to(adata)
    write_h5ad(adata, path)
    return replace(result, adata=adata, noted=unique_findings(said))


def _regulons(options: NetworkOptions, genes: list[str], own: ActivityOptions) -> Regulons:
    """The prior's targets among these genes."""
    return regulons(
        read_network(options), genes, tmin=own.tmin, fold_case=options.fold_case,
        aliases=read_names(options.aliases),
    )  # fmt: skip


def _not_empty(x: Any) -> NDArray[np.int64]:
    """Columns with a value other than 0; decoupler too takes the others out."""
    nonzero = x.getnnz(axis=0) if hasattr(x, "getnnz") else np.count_nonzero(x, axis=0)
    empty = int((nonzero == 0).sum())
    if empty:
        note(f"{empty:,} genes are 0 in every cell and are left out", "activity.empty-genes")
    return np.flatnonzero(nonzero)


def _left_out(adata: anndata.AnnData, options: ActivityOptions) -> NDArray[np.int64]:
    """Columns of the genes that no activity may contain, and of their neighbours."""
    genes = gene_list(options.leave_out)
    if genes is None:
        return np.empty(0, dtype=np.int64)
    rows = _beside(genes, adata, options)
    note(
        f"{len(rows):,} genes are part of no activity: {listing(adata.var_names[rows])}",
        "activity.left-out",
    )
    return rows


def _beside(
    genes: tuple[str, ...], adata: anndata.AnnData, options: ActivityOptions
) -> NDArray[np.int64]:
    """Columns of these genes and of their neighbours."""
    names = [str(name) for name in adata.var_names]
    unknown = [gene for gene in genes if gene not in names]
    if unknown:
        raise GeneNameError(
            f"genes of the data in {named('leave_out')}", listing(unknown),
            did_you_mean(unknown[0], names),
        )  # fmt: skip
    windows = Windows.beside(len(names), options.neighbours, _order(adata, options.order))
    place = np.argsort(windows.order)[[names.index(gene) for gene in genes]]
    spans = [windows.order[windows.start[k] : windows.stop[k]] for k in place]
    return np.unique(np.concatenate(spans))


def _order(adata: anndata.AnnData, order: str) -> list[int]:
    """Columns in the order in which genes are neighbours."""
    if order == "data":
        return list(range(adata.n_vars))
    if order == "name":
        return [int(k) for k in np.argsort([str(name) for name in adata.var_names], kind="stable")]
    if order not in adata.var.columns:
        known = ["data", "name", *map(str, adata.var.columns)]
        raise InputError(
            f"{named('order')}: data, name or a column of var", repr(order),
            did_you_mean(order, known),
        )  # fmt: skip
    column = adata.var[order]
    if column.isna().any():
        raise InputError(
            f"a position of every gene in the column {order!r}",
            f"{int(column.isna().sum()):,} missing", "fill them in, or order by name",
        )  # fmt: skip
    return [int(k) for k in np.argsort(column.to_numpy(), kind="stable")]
