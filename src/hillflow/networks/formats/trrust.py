"""TRRUST v2 (Han et al. 2018): one row for each pair and mode, without a header.

TF, target, Activation | Repression | Unknown, PubMed numbers joined by ``;``.
"""

from __future__ import annotations

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.source import NetworkSource

_MODES = {"activation", "repression", "unknown"}


def looks_like_trrust(source: NetworkSource) -> bool:
    """Return whether the first line has a mode in its third field."""
    first = source.first_line()
    return len(first) in (3, 4) and first[2].casefold() in _MODES


def read_trrust(source: NetworkSource) -> pd.DataFrame:
    """Read signs from the modes, and the PubMed numbers as evidence."""
    table = source.table
    table.require_width(3, 4)
    rows = [[*row[:3], row[3] if len(row) > 3 else ""] for row in table.rows]
    return pd.DataFrame(rows, columns=["source", "target", "sign", "evidence"])


FORMATS.add(
    NetworkFormat(
        "trrust",
        "TRRUST v2",
        columns="TF, target, Activation|Repression|Unknown, PMIDs (no header)",
        recognises=looks_like_trrust,
        read=read_trrust,
    ),
    __name__,
)
