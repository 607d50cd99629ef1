"""The network beside the genes it is about, in an AnnData object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.errors import GeneNameError, listing
from hillflow.model.provenance import note
from hillflow.networks.checks import check_graph
from hillflow.networks.formats.tables import regvelo_skeleton
from hillflow.networks.network import Network
from hillflow.notice import warn

if TYPE_CHECKING:
    import anndata


def add_network(adata: anndata.AnnData, graph: Network) -> tuple[str, ...]:
    """Write the network into `adata`, and return the keys that were written.

    ``varp["grn"]`` holds the weights, sparse, [source, target] in the order of the genes of
    `adata`; ``uns["hillflow"]["edges"]`` the whole table of edges, those of other genes too.
    """
    from scipy.sparse import csr_matrix

    place = _places(adata, graph)
    edges = graph.edges
    rows, columns = (
        np.array([place.get(gene, -1) for gene in edges[end]], dtype=int)
        for end in ("source", "target")
    )
    kept = (rows >= 0) & (columns >= 0) & (edges["weight"].to_numpy() != 0)
    values = edges["weight"].to_numpy(dtype=float)[kept]
    size = (adata.n_vars, adata.n_vars)
    adata.varp[keys.NETWORK] = csr_matrix((values, (rows[kept], columns[kept])), shape=size)
    table = edges.copy()
    table.index = table.index.astype(str)  # files hold no other
    about = {keys.EDGES: table, keys.ORIENTATION: keys.SOURCE_BY_TARGET}
    return f"varp[{keys.NETWORK!r}]", *note(adata, about)


def add_regvelo_prior(adata: anndata.AnnData, graph: Network) -> tuple[str, ...]:
    """Write the network as RegVelo looks for one, and return the keys that were written.

    ``uns["skeleton"]`` is 0 or 1, [regulator, target], over all genes of `adata`, and
    ``uns["regulators"]``, ``uns["targets"]`` and ``uns["network"]`` go with it. For its model:
    ``W = torch.tensor(adata.uns["skeleton"].to_numpy()).int().T``.
    """
    _places(adata, graph)
    genes = adata.var_names.to_numpy().astype(str)
    adata.uns["skeleton"] = regvelo_skeleton(graph, list(genes))
    adata.uns["regulators"] = adata.uns["targets"] = genes
    adata.uns["network"] = np.ones((adata.n_vars, adata.n_vars))
    return tuple(f"uns[{key!r}]" for key in ("skeleton", "regulators", "targets", "network"))


def _places(adata: anndata.AnnData, graph: Network) -> dict[str, int]:
    """Position of each gene of `adata`; it must have some of the graph's."""
    check_graph(graph)
    place = {str(gene): k for k, gene in enumerate(adata.var_names)}
    absent = [gene for gene in graph.genes if gene not in place]
    if len(absent) == len(graph.genes):
        raise GeneNameError(
            "the genes of the graph among adata.var_names",
            f"{listing(absent, 3)} in the graph, {listing(adata.var_names, 3)} there",
            "pass the AnnData object that was fitted, or rename its genes",
        )
    if absent:
        warn(
            f"{len(absent):,} of the graph's {len(graph.genes):,} genes are not in adata: "
            f"{listing(absent)}. Their edges are left out of the matrix."
        )
    return place
