"""The table of a network's edges: its columns, and checks of its rows.

``source, target, weight, sign, confidence`` come first; other columns follow under their own
names (``both``, ``evidence``, readouts). Each pair occurs once, the strongest first. ``weight``
is signed, and |weight| ranks. ``sign`` is 1 (activates), −1 (inhibits), or 0 if it is unknown or
reported both ways; the weight of such an edge is positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hillflow.errors import FileFormatError, GeneNameError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("source", "target", "weight", "sign", "confidence")
_OPTIONAL = ("both", "evidence")  # left out if no edge has them
INTERACTION = {1: "activates", -1: "inhibits", 0: "regulates"}


def checked_edges(edges: pd.DataFrame, genes: Sequence[str]) -> pd.DataFrame:
    """Check the table, and return it with the columns in the above order and numbers as numbers.

    Cost O(E log E).
    """
    missing = [name for name in COLUMNS if name not in edges.columns]
    if missing:
        raise FileFormatError(
            f"edges with the columns {', '.join(COLUMNS)}",
            f"none called {', '.join(missing)}",
            "rename the columns, or read another tool's table with hillflow.networks.read_network",
        )
    known = set(genes)
    unknown = [name for end in ("source", "target") for name in edges[end] if name not in known]
    if unknown:
        name = min(map(str, unknown))
        raise GeneNameError(
            "edges between the genes of the network", repr(name), did_you_mean(name, tuple(genes))
        )
    refuse_repeated(edges)
    if tuple(edges.columns[: len(COLUMNS)]) != COLUMNS:
        others = [name for name in edges.columns if name not in COLUMNS]
        edges = edges[[*COLUMNS, *others]]
    edges = edges.drop(columns=[name for name in _OPTIONAL if _is_empty(edges, name)])
    edges = edges.assign(
        weight=_numbers(edges, "weight"),
        sign=_signs(edges),
        confidence=_numbers(edges, "confidence"),
    )
    return ranked(edges)


def _is_empty(edges: pd.DataFrame, name: str) -> bool:
    return name in edges and not edges[name].astype(bool).any()


def ranked(edges: pd.DataFrame) -> pd.DataFrame:
    """Sort edges by falling |weight|, ties in the given order, NaN last."""
    size = edges["weight"].abs().fillna(-1).to_numpy()
    if (np.diff(size) > 0).any():
        edges = edges.iloc[np.argsort(-size, kind="stable")]
    return edges.reset_index(drop=True)


def refuse_repeated(edges: pd.DataFrame) -> None:
    """Refuse pairs with several rows."""
    repeated = edges[edges.duplicated(["source", "target"])]
    if len(repeated):
        first = repeated.iloc[0]
        raise FileFormatError(
            "each pair of source and target once",
            f"{len(repeated):,} more than once, the first {first['source']} → {first['target']}",
            "keep one row for each pair, for example the strongest, or let Network.from_frame "
            "merge them",
        )


def _numbers(edges: pd.DataFrame, column: str) -> NDArray[np.float64]:
    numbers = pd.to_numeric(edges[column], errors="coerce")
    wrong = edges[column][numbers.isna() & edges[column].notna()]
    if len(wrong):
        raise FileFormatError(
            f"numbers in the column {column} of the edges", repr(wrong.iloc[0]),
            "correct this row, or rename the column",
        )  # fmt: skip
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def _signs(edges: pd.DataFrame) -> NDArray[np.int64]:
    signs, weights = _numbers(edges, "sign"), _numbers(edges, "weight")
    wrong = (
        ~np.isin(signs, (-1, 0, 1)) | ((weights > 0) & (signs < 0)) | ((weights < 0) & (signs > -1))
    )
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        row = edges.iloc[first]
        raise FileFormatError(
            "1, −1 or 0 as the sign of every edge, and a negative weight if and only if it is −1",
            f"{row['source']} → {row['target']} with sign {signs[first]:g} and weight "
            f"{weights[first]:g}",
            "write inhibition as sign −1 and a negative weight, and an unknown sign as 0 with a "
            "positive weight",
        )
    return signs.astype(np.int64)
