"""Convert edges in any form (a table, a matrix or a network) to a `Network`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from hillflow.errors import InputError, listing
from hillflow.genes import check_gene_names
from hillflow.networks.checks import refuse_infinite
from hillflow.networks.network import Network

Weights: TypeAlias = "Network | pd.DataFrame | np.ndarray"
_COLUMNS = ("source", "target", "weight")


def as_network(
    edges: Weights, genes: Sequence[str] | None = None, *, inferred: bool = True
) -> Network:
    """Convert edges in any form to a network with each pair once and every weight finite.

    Parameters
    ----------
    edges
        A `Network`; a table; or a matrix [target, source], as fields and Jacobians have them.
    genes
        Names of the rows and columns of a matrix.
    inferred
        True: an inferred ranking; a table has the columns source, target, weight. False: a
        known network; a table has source, target and optionally sign, and only edges of
        non-zero weight are kept.

    Returns
    -------
    Network

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.networks import as_network
    >>> weights = np.array([[0.0, -0.8], [0.3, 0.0]])  # [target, source]
    >>> as_network(weights, ["GATA1", "SPI1"]).pairs()
    [('SPI1', 'GATA1'), ('GATA1', 'SPI1')]
    """
    if not inferred:
        return _known(edges)
    if isinstance(edges, pd.DataFrame):
        return _of_table(edges)
    if isinstance(edges, np.ndarray):
        return _of_matrix(edges, genes)
    if not isinstance(edges, Network):
        raise InputError(
            "a Network, a table source, target, weight, or a matrix [target, source]",
            type(edges).__name__,
            "read a file with hillflow.networks.read_network(path, inferred=True); for a run "
            "use run.graph",
        )
    refuse_infinite(edges.edges)
    return edges


def _known(edges: Weights) -> Network:
    if isinstance(edges, Network):
        if len(edges) == len(edges.edges):
            return edges
        return Network(edges.genes, edges.edges[edges.edges["weight"] != 0], edges.about)
    table = edges if isinstance(edges, pd.DataFrame) else pd.DataFrame()
    columns = [name for name in ("source", "target", "sign") if name in table]
    if columns[:2] != ["source", "target"]:
        raise InputError(
            "a Network or a table source, target, sign as the reference",
            listing(table.columns, 9) if len(table.columns) else type(edges).__name__,
            "read a file with hillflow.networks.load_prior, or rename its columns",
        )
    return Network.from_frame(table[columns], name="the reference")


def _of_table(table: pd.DataFrame) -> Network:
    missing = [name for name in _COLUMNS if name not in table]
    if missing:
        raise InputError(
            "a table with the columns source, target, weight",
            listing(table.columns, 9),
            f"rename the columns: {listing(missing)} missing (for a square table of weights give "
            "table.to_numpy().T, which is [target, source], and genes=…)",
        )
    weight = table["weight"].astype(float)
    signed = (weight < 0).any()
    edges = (
        table[["source", "target"]]
        .astype(str)
        .assign(weight=weight, sign=np.nan_to_num(np.sign(weight)) * signed, confidence=np.nan)
    )
    refuse_infinite(edges)
    return Network(tuple(dict.fromkeys([*edges["source"], *edges["target"]])), edges)


def _of_matrix(matrix: np.ndarray, genes: Sequence[str] | None) -> Network:
    if genes is None:
        raise InputError("genes=… beside a matrix", "none", "name its rows and columns")
    names = check_gene_names(genes)
    if matrix.shape != (len(names),) * 2:
        raise InputError(
            f"a matrix [target, source] of {len(names)} × {len(names)}",
            f"shape {matrix.shape}",
            "give one row and one column per gene",
        )
    network = Network.from_matrix(names, matrix)
    refuse_infinite(network.edges)
    return network
