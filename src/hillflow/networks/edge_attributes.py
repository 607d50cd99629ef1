"""Edges with attributes, as graphs and drawing programs keep them, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from hillflow.networks.spelling import SIGN_OF

ADDED = "missing"  # status of edges that only the known network beside it has


def frame_of_attributes(edges: Iterable[tuple[str, str, Mapping[str, Any]]]) -> pd.DataFrame:
    """``source, target`` and, where some edge has them, ``sign, both, weight, evidence``.

    Without a sign the interaction tells it (``activates``, ``inhibits``; unknown words say
    nothing). Edges that were laid over from a known network (status ``missing``) are left out.
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
