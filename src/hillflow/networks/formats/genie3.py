"""GENIE3 in R (Huynh-Thu et al. 2010): importances, which have no sign.

GENIE3 and GRNBoost2 in Python write pySCENIC's columns.
"""

from __future__ import annotations

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.source import NetworkSource


def read_genie3(source: NetworkSource) -> pd.DataFrame:
    """Read importance as weight; signs are unknown."""
    columns = source.columns(["regulatorygene", "targetgene", "weight"])
    return pd.DataFrame(
        {
            "source": columns["regulatorygene"],
            "target": columns["targetgene"],
            "weight": columns["weight"],
            "sign": 0,
        }
    )


FORMATS.add(
    NetworkFormat(
        "genie3",
        "GENIE3 in R",
        columns="regulatoryGene, targetGene, weight",
        recognises=lambda source: source.has("regulatorygene", "targetgene", "weight"),
        read=read_genie3,
    ),
    __name__,
)
