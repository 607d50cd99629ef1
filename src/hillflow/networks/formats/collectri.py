"""CollecTRI (Müller-Dott et al. 2023): signed weights, with the papers of each edge."""

from __future__ import annotations

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.source import NetworkSource


def read_collectri(source: NetworkSource) -> pd.DataFrame:
    """Read signed weights, and the PubMed references as evidence."""
    columns = source.columns(
        ["source", "target", "weight"], ["references"], ignore=["resources", "sign_decision"]
    )
    return pd.DataFrame(columns).rename(columns={"references": "evidence"})


FORMATS.add(
    NetworkFormat(
        "collectri",
        "CollecTRI",
        columns="source, target, weight, resources, references",
        recognises=lambda source: source.has("source", "target", "weight", "references"),
        read=read_collectri,
    ),
    __name__,
)
