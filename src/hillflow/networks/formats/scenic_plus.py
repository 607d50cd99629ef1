"""SCENIC+ (Bravo González-Blas et al. 2023): TF to gene, from adjacencies or eRegulons.

Importance has no sign; it is taken from the correlation (rho) or from the column regulation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.signs_and_weights import finite_numbers
from hillflow.networks.source import NetworkSource

_TARGETS = ("gene", "target")
_WEIGHTS = ("importance_tf2g", "importance")
_SIGNS = ("regulation_tf2g", "rho_tf2g", "regulation", "rho")


def looks_like_scenic_plus(source: NetworkSource) -> bool:
    """Return whether the source has columns for TF, target, importance and sign."""
    named = (any(source.has(name) for name in names) for names in (_TARGETS, _WEIGHTS, _SIGNS))
    return source.has("tf") and all(named)


def read_scenic_plus(source: NetworkSource) -> pd.DataFrame:
    """Read the strongest row of each pair; eRegulons list a pair once for each region."""
    target, weight, mark = (
        next((name for name in names if source.has(name)), names[-1])
        for names in (_TARGETS, _WEIGHTS, _SIGNS)
    )
    columns = source.columns(["tf", target, weight, mark], ignore=source.table.header)
    size = finite_numbers(columns[weight], "importance")
    edges = pd.DataFrame(
        {
            "source": columns["tf"],
            "target": columns[target],
            "weight": size * np.sign(finite_numbers(columns[mark], mark)),
        }
    )
    strongest = edges.sort_values("weight", key=np.abs, ascending=False, kind="stable")
    return strongest.drop_duplicates(["source", "target"])


FORMATS.add(
    NetworkFormat(
        "scenic+",
        "SCENIC+ adjacencies and eRegulons",
        columns="TF, Gene or target, importance, and rho or regulation",
        recognises=looks_like_scenic_plus,
        read=read_scenic_plus,
    ),
    __name__,
)
