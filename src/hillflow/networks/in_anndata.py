"""The network beside the genes it is about, in an AnnData object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hillflow import keys
from hillflow.data.anndata_uns import add_entries
from hillflow.errors import GeneNameError, listing
from hillflow.findings import warn
from hillflow.networks.checks import check_writable
from hillflow.networks.network import Network

if TYPE_CHECKING:
    import anndata


def add_network(adata: anndata.AnnData, network: Network) -> tuple[str, ...]:
    """Write the network into `adata`, and return the keys that were written.

    ``varp["grn"]`` holds the weights, sparse, [source, target] in the order of the genes of
    `adata`; ``uns["hillflow"]["edges"]`` the whole table of edges, those of other genes too.
    """
    from scipy.sparse import csr_matrix

    place = _places(adata, network)
    edges = network.edges
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
    return f"varp[{keys.NETWORK!r}]", *add_entries(adata, about)


def add_regvelo_prior(adata: anndata.AnnData, network: Network) -> tuple[str, ...]:
    """Write the network as RegVelo looks for one, and return the keys that were written.

    ``uns["skeleton"]`` is 0 or 1, [regulator, target], over all genes of `adata`, and
    ``uns["regulators"]``, ``uns["targets"]`` and ``uns["network"]`` go with it. For its model:
    ``W = torch.tensor(adata.uns["skeleton"].to_numpy()).int().T``.
    """
    _places(adata, network)
    genes = adata.var_names.to_numpy().astype(str)
    adata.uns["skeleton"] = regvelo_skeleton(network, list(genes))
    adata.uns["regulators"] = adata.uns["targets"] = genes
    adata.uns["network"] = np.ones((adata.n_vars, adata.n_vars))
    return tuple(f"uns[{key!r}]" for key in ("skeleton", "regulators", "targets", "network"))


def regvelo_skeleton(network: Network, genes: Sequence[str] | None = None) -> pd.DataFrame:
    """Who may regulate whom, 0 or 1, [regulator, target], as RegVelo's ``uns["skeleton"]``.

    Parameters
    ----------
    genes
        Rows and columns: ``adata.var_names``. RegVelo goes by position. All genes of the network
        unless given; edges of other genes are left out.
    """
    check_writable(network.genes, network.edges)
    present = (network.matrix() != 0).astype(float)
    names = list(network.genes if genes is None else genes)
    return present.reindex(index=names, columns=names, fill_value=0.0)


def _places(adata: anndata.AnnData, network: Network) -> dict[str, int]:
    """Position of each gene of `adata`; it must have some of the network's."""
    check_writable(network.genes, network.edges)
    place = {str(gene): k for k, gene in enumerate(adata.var_names)}
    absent = [gene for gene in network.genes if gene not in place]
    if len(absent) == len(network.genes):
        raise GeneNameError(
            "the genes of the network among adata.var_names",
            f"{listing(absent, 3)} in the network, {listing(adata.var_names, 3)} there",
            "pass the AnnData object that was fitted, or rename its genes",
        )
    if absent:
        warn(
            f"{len(absent):,} of the network's {len(network.genes):,} genes are not in adata: "
            f"{listing(absent)}. Their edges are left out of the matrix.",
            "network.genes-left-out",
        )
    return place
