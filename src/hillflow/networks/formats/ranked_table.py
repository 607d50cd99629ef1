"""The edges of a network as a ranked table, from which the tables of several tools are made."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hillflow.files import replacing
from hillflow.networks.checks import check_writable
from hillflow.networks.edges import ranked
from hillflow.networks.network import Network


def ranked_table(network: Network) -> pd.DataFrame:
    """Return ``source, target, weight`` of the edges of non-zero weight, strongest first."""
    check_writable(network.genes, network.edges)
    edges = network.edges[network.edges["weight"] != 0]
    return ranked(edges[["source", "target", "weight"]])


def write_text_table(table: pd.DataFrame, path: Path, separator: str) -> tuple[Path, ...]:
    """Write the table atomically, and return its path."""
    with replacing(path) as draft:
        table.to_csv(draft, sep=separator, index=False, lineterminator="\n")
    return (path,)
