"""DoRothEA (Garcia-Alonso et al. 2019): signed edges with a level of confidence, A to E."""

from __future__ import annotations

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.source import NetworkSource


def read_dorothea(source: NetworkSource) -> pd.DataFrame:
    """Read signed weights, and the level of confidence as evidence."""
    columns = source.columns(["tf", "confidence", "target", "mor"])
    return pd.DataFrame(
        {
            "source": columns["tf"],
            "target": columns["target"],
            "weight": columns["mor"],
            "evidence": [f"DoRothEA {level.upper()}" for level in columns["confidence"]],
        }
    )


FORMATS.add(
    NetworkFormat(
        "dorothea",
        "DoRothEA",
        columns="tf, confidence, target, mor",
        recognises=lambda source: source.has("tf", "confidence", "target", "mor"),
        read=read_dorothea,
    ),
    __name__,
)
