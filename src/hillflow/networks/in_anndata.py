"""Write a network into an AnnData object, as hillflow or RegVelo read it."""

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
    """Write the network into `adata`.

    ``varp["grn"]`` holds the weights, sparse, [source, target] in the order of the genes of
    `adata`; ``uns["hillflow"]["edges"]`` the whole table of edges, including other genes.

    Parameters
    ----------
    adata
        Changed in place.
    network
        At least one of its genes must be among ``adata.var_names``.

    Returns
    -------
    tuple of str
        The keys that were written.

    Examples
    --------
    >>> import anndata
    >>> import numpy as np
    >>> import pandas as pd
    >>> from hillflow.networks import Network, add_network
    >>> adata = anndata.AnnData(np.ones((2, 2)), var=pd.DataFrame(index=["GATA1", "KLF1"]))
    >>> network = Network.from_columns(["GATA1"], ["KLF1"], weight=[0.5])
    >>> add_network(adata, network)[0]
    "varp['grn']"
    >>> adata.varp["grn"].toarray().tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    from scipy.sparse import csr_matrix

    position = _positions(adata, network)
    edges = network.edges
    rows, columns = (
        np.array([position.get(gene, -1) for gene in edges[end]], dtype=int)
        for end in ("source", "target")
    )
    kept = (rows >= 0) & (columns >= 0) & (edges["weight"].to_numpy() != 0)
    values = edges["weight"].to_numpy(dtype=float)[kept]
    size = (adata.n_vars, adata.n_vars)
    adata.varp[keys.NETWORK] = csr_matrix((values, (rows[kept], columns[kept])), shape=size)
    table = edges.copy()
    table.index = table.index.astype(str)  # h5ad files allow no other index
    about = {keys.EDGES: table, keys.ORIENTATION: keys.SOURCE_BY_TARGET}
    return f"varp[{keys.NETWORK!r}]", *add_entries(adata, about)


def add_regvelo_prior(adata: anndata.AnnData, network: Network) -> tuple[str, ...]:
    """Write the network under the keys that RegVelo reads.

    ``uns["skeleton"]`` is 0 or 1, [regulator, target], for all genes of `adata`;
    ``uns["regulators"]``, ``uns["targets"]`` and ``uns["network"]`` accompany it. RegVelo's model
    takes ``W = torch.tensor(adata.uns["skeleton"].to_numpy()).int().T``.

    Parameters
    ----------
    adata
        Changed in place.
    network
        At least one of its genes must be among ``adata.var_names``.

    Returns
    -------
    tuple of str
        The keys that were written.

    Examples
    --------
    >>> import anndata
    >>> import numpy as np
    >>> import pandas as pd
    >>> from hillflow.networks import Network, add_regvelo_prior
    >>> adata = anndata.AnnData(np.ones((2, 2)), var=pd.DataFrame(index=["GATA1", "KLF1"]))
    >>> network = Network.from_columns(["GATA1"], ["KLF1"], weight=[0.5])
    >>> add_regvelo_prior(adata, network)[0]
    "uns['skeleton']"
    >>> adata.uns["skeleton"].loc["GATA1"].tolist()
    [0.0, 1.0]
    """
    _positions(adata, network)
    genes = adata.var_names.to_numpy().astype(str)
    adata.uns["skeleton"] = regvelo_skeleton(network, list(genes))
    adata.uns["regulators"] = adata.uns["targets"] = genes
    adata.uns["network"] = np.ones((adata.n_vars, adata.n_vars))
    return tuple(f"uns[{key!r}]" for key in ("skeleton", "regulators", "targets", "network"))


def regvelo_skeleton(network: Network, genes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return RegVelo's ``uns["skeleton"]``: which gene may regulate which, 0 or 1.

    Parameters
    ----------
    network
        The network.
    genes
        Rows and columns, usually ``adata.var_names`` (RegVelo matches genes by position); by
        default all genes of the network. Edges of other genes are left out.

    Returns
    -------
    pandas.DataFrame
        [regulator, target].

    Examples
    --------
    >>> from hillflow.networks import Network, regvelo_skeleton
    >>> network = Network.from_columns(["GATA1", "SPI1"], ["KLF1", "CSF1R"])
    >>> regvelo_skeleton(network, ["GATA1", "KLF1"]).loc["GATA1", "KLF1"].item()
    1.0
    """
    check_writable(network.genes, network.edges)
    present = (network.matrix() != 0).astype(float)
    names = list(network.genes if genes is None else genes)
    return present.reindex(index=names, columns=names, fill_value=0.0)


def _positions(adata: anndata.AnnData, network: Network) -> dict[str, int]:
    """Return the position of each gene of `adata`; refuse if it has no gene of the network."""
    check_writable(network.genes, network.edges)
    position = {str(gene): k for k, gene in enumerate(adata.var_names)}
    missing = [gene for gene in network.genes if gene not in position]
    if len(missing) == len(network.genes):
        raise GeneNameError(
            "genes of the network among adata.var_names",
            f"{listing(missing, 3)} in the network, {listing(adata.var_names, 3)} in adata",
            "pass the AnnData object that was fitted, or rename its genes",
        )
    if missing:
        warn(
            f"{len(missing):,} of the network's {len(network.genes):,} genes are not in adata: "
            f"{listing(missing)}. Their edges are left out of the matrix.",
            "network.genes-left-out",
        )
    return position
