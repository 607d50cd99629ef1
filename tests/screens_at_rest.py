"""Simulated screens at rest: a linear law whose rest states are known."""

from __future__ import annotations

import anndata
import numpy as np

GENES = ("A", "B", "C", "D", "E")
WEIGHT = np.zeros((5, 5))  # [target, source]
WEIGHT[1, 0], WEIGHT[2, 1], WEIGHT[3, 0], WEIGHT[4, 3], WEIGHT[0, 4] = 0.8, -0.5, 0.6, 0.7, -0.3
BASAL = np.array([2.0, 2.0, 3.0, 1.0, 1.0])
NOISE = 0.2


def rest(*removed: str) -> np.ndarray:
    """The state with 0 = W x + b − x, without the removed genes."""
    left, right = np.eye(5) - WEIGHT, BASAL.copy()
    for gene in removed:
        k = GENES.index(gene)
        left[k], right[k] = np.eye(5)[k], 0.0
    return np.linalg.solve(left, right)


def screen(*conditions: str, cells: int = 100, seed: int = 0) -> anndata.AnnData:
    """Cells of the control and of knockouts, such as ``"A"`` and ``"A+D"``."""
    random = np.random.default_rng(seed)
    names = ["control", *conditions]
    parts = [rest(*(name.split("+") if name != "control" else ())) for name in names]
    x = np.repeat(parts, cells, axis=0) + NOISE * random.standard_normal((cells * len(names), 5))
    adata = anndata.AnnData(np.maximum(x, 0).astype(np.float32))
    adata.var_names, adata.obs["perturbation"] = list(GENES), np.repeat(names, cells)
    return adata
