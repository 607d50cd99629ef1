"""BEELINE (Pratapa et al. 2020) and BoolODE: true networks and ranked edges.

Gene1 regulates Gene2. Columns are found by name: BoolODE writes Gene2 before Gene1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.formats.ranked_table import ranked_table, write_text_table
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource

_NAMES = {"gene1": "source", "gene2": "target", "type": "sign", "edgeweight": "weight"}


def read_beeline(source: NetworkSource) -> pd.DataFrame:
    """Read signs from the column Type, if there is one, and weights from EdgeWeight."""
    columns: dict[str, Any]
    if source.inferred:
        columns = source.columns(["gene1", "gene2", "edgeweight"])
    else:
        columns = source.columns(["gene1", "gene2"], ["type", "edgeweight"])
    return pd.DataFrame(columns).rename(columns=_NAMES)


def write_beeline(network: Network, path: Path) -> tuple[Path, ...]:
    """Write BEELINE's ``rankedEdges.csv``: ``Gene1, Gene2, EdgeWeight``, separated by TABs.

    Weights keep their sign; BEELINE takes the absolute value itself.
    """
    table = ranked_table(network)
    table.columns = pd.Index(["Gene1", "Gene2", "EdgeWeight"])
    return write_text_table(table, path, "\t")


FORMATS.add(
    NetworkFormat(
        "beeline",
        "BEELINE and BoolODE",
        columns="Gene1, Gene2, Type or EdgeWeight, in any order",
        recognises=lambda source: source.has("gene1", "gene2"),
        read=read_beeline,
        write=write_beeline,
    ),
    __name__,
)
