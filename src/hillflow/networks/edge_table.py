"""Whatever holds an edge's weight, as one table ``source, target, weight``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from hillflow.errors import InputError, listing
from hillflow.genes import check_gene_names

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks import Network, PriorNetwork

COLUMNS = ("source", "target", "weight")

Weights: TypeAlias = "Network | pd.DataFrame | np.ndarray"
Truth: TypeAlias = "PriorNetwork | pd.DataFrame"


def edge_table(weights: Weights, genes: Sequence[str] | None = None) -> pd.DataFrame:
    """The edges of a graph, a table or a matrix, each pair once, every weight finite.

    Parameters
    ----------
    weights
        A `Network`; a table with the columns source, target, weight; or a matrix
        [target, source], as fields and Jacobians have them.
    genes
        Names of the rows and columns of a matrix.
    """
    import pandas as pd

    if isinstance(weights, pd.DataFrame):
        return _checked(weights)
    if isinstance(weights, np.ndarray):
        return _of_matrix(weights, genes)
    if isinstance(getattr(weights, "edges", None), pd.DataFrame):  # without importing torch
        return _checked(weights.edges)
    raise InputError(
        "a Network, a table source, target, weight, or a matrix [target, source]",
        type(weights).__name__,
        "read a file with hillflow.networks.read_edges, and take a run's graph first",
    )


def reference_of(truth: Truth) -> PriorNetwork:
    """A reference as a network: each pair once, signs +1, −1 or 0 (not known)."""
    from hillflow.networks import PriorNetwork

    if isinstance(truth, PriorNetwork):
        return truth
    there = getattr(truth, "columns", ())
    columns = [name for name in ("source", "target", "sign") if name in there]
    if columns[:2] != ["source", "target"]:
        raise InputError(
            "a PriorNetwork or a table source, target, sign as the truth",
            listing(there, 9) if len(there) else type(truth).__name__,
            "read a file with hillflow.networks.load_prior, or rename its columns",
        )
    return PriorNetwork.from_frame(truth[columns], name="the reference")


def pairs_of(edges: pd.DataFrame | PriorNetwork) -> list[tuple[str, str]]:
    """Source and target of each edge."""
    return list(zip(edges.source, edges.target, strict=True))


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise InputError(
            "a table with the columns source, target, weight",
            listing(table.columns, 9),
            f"rename the columns: {listing(missing)} missing (of a square table of weights give "
            "table.to_numpy().T, which is [target, source], and genes=…)",
        )
    table = table[list(COLUMNS)].reset_index(drop=True)
    table = table.astype({"source": str, "target": str, "weight": float})
    twice = table.duplicated(["source", "target"])
    if twice.any():
        names = [f"{s} → {t}" for s, t in pairs_of(table[twice])]
        raise InputError(
            "each pair once", f"{listing(names, 3)} several times",
            "keep one row a pair, for example the strongest: sort by |weight|, then "
            "drop_duplicates(['source', 'target'])",
        )  # fmt: skip
    lost = ~np.isfinite(table["weight"].to_numpy())
    if lost.any():
        names = [f"{s} → {t}" for s, t in pairs_of(table[lost])]
        raise InputError(
            "a finite weight for every edge", f"none for {listing(names, 3)}",
            "write 0 for a pair without support, or leave its row out",
        )  # fmt: skip
    return table


def _of_matrix(matrix: np.ndarray, genes: Sequence[str] | None) -> pd.DataFrame:
    import pandas as pd

    if genes is None:
        raise InputError("genes=… beside a matrix", "none", "name its rows and columns")
    names = np.array(check_gene_names(genes), dtype=object)
    if matrix.shape != (len(names),) * 2:
        raise InputError(
            f"a matrix [target, source] of {len(names)} × {len(names)}",
            f"shape {matrix.shape}",
            "give one row and one column a gene",
        )
    target, source = np.divmod(np.arange(matrix.size), len(names))
    columns = {"source": names[source], "target": names[target], "weight": matrix.reshape(-1)}
    return _checked(pd.DataFrame(columns))
