"""A matrix of weights as the table that networks are compared in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def off_diagonal(matrix: np.ndarray, genes: Sequence[str]) -> pd.DataFrame:
    """Every ordered pair of two genes of a matrix [target, source], strongest first."""
    import pandas as pd

    target, source = np.nonzero(~np.eye(len(genes), dtype=bool))
    names = np.array(genes, dtype=object)
    weight = matrix[target, source].astype(float)
    table = pd.DataFrame({"source": names[source], "target": names[target], "weight": weight})
    order = np.argsort(-np.abs(weight), kind="stable")
    return table.iloc[order].reset_index(drop=True)
