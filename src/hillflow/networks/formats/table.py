"""A plain table of edges, such as hillflow's ``edges.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.networks.about_file import about_path
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource
from hillflow.spreadsheet import unescaped

_KNOWN_WEIGHTS = ("weight", "mor")
_INFERRED_WEIGHTS = ("weight", "mor", "score", "importance")


def looks_like_table(source: NetworkSource) -> bool:
    """Return whether there are columns source and target, and for an inferred network a weight."""
    weighted = any(source.has(name) for name in _INFERRED_WEIGHTS)
    return source.has("source", "target") and (weighted or not source.inferred)


def read_table_of_edges(source: NetworkSource) -> pd.DataFrame:
    """Read source, target, and if they exist sign, both, weight (or mor) and evidence.

    An inferred network must have a weight, which may also be called score or importance.
    """
    columns: dict[str, Any]
    if source.inferred:
        weight = next((name for name in _INFERRED_WEIGHTS if source.has(name)), "weight")
        columns = source.columns(["source", "target", weight], ["sign"])
    else:
        columns = source.columns(
            ["source", "target"], ["sign", "both", *_KNOWN_WEIGHTS, "evidence"]
        )
        weight = next((name for name in _KNOWN_WEIGHTS if name in columns), "weight")
    return unescaped(pd.DataFrame(columns)).rename(columns={weight: "weight"})


def write_table_of_edges(network: Network, path: Path) -> tuple[Path, ...]:
    """Write all columns as a comma-separated table, and ``about`` beside it if there is any."""
    path = network.save(path)
    return (path, about_path(path)) if network.about else (path,)


FORMATS.add(
    NetworkFormat(
        "table",
        "a plain table of edges, such as hillflow's edges.csv",
        columns="source, target [, sign, both, weight or mor, evidence]",
        suffix=".csv",
        recognises=looks_like_table,
        read=read_table_of_edges,
        write=write_table_of_edges,
        beside=(".about.json",),
    ),
    __name__,
)
