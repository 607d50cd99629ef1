"""Read a table of edges from the edge attributes of graphs and drawing programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from hillflow.networks.signs_and_weights import SIGN_OF

ADDED = "missing"  # status of edges that only the compared prior has


def frame_of_attributes(edges: Iterable[tuple[str, str, Mapping[str, Any]]]) -> pd.DataFrame:
    """Return ``source, target`` and, if some edge has them, ``sign, both, weight, evidence``.

    Without a sign, the interaction gives it (``activates``, ``inhibits``; unknown words leave it
    unknown). Edges that were added from a prior (status ``missing``) are left out.
    """
    rows = [edge for edge in edges if edge[2].get("status") != ADDED]
    marks = [edge[2] for edge in rows]
    table = pd.DataFrame(
        {"source": [edge[0] for edge in rows], "target": [edge[1] for edge in rows]}, dtype=object
    )
    if any({"sign", "interaction"} & set(mark) for mark in marks):
        table["sign"] = [mark.get("sign", _of_word(mark.get("interaction", ""))) for mark in marks]
    if "sign" in table and any("both" in mark for mark in marks):
        table["both"] = [mark.get("both", False) for mark in marks]
    for name in ("weight", "evidence"):
        if any(name in mark for mark in marks):
            table[name] = pd.Series([mark.get(name, "") for mark in marks], dtype=object)
    return table


def _of_word(interaction: Any) -> str:
    word = str(interaction).strip()
    return word if word.casefold() in SIGN_OF else ""
