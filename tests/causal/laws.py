"""A model that is a known law, and cells of it, for what is predicted of perturbations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from hillflow.data import Snapshots
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.objectives.heads import Heads

from ..linear_law import LinearLaw, exact_flow

GENES = ("A", "B", "C", "D")
TIMES = (0.0, 1.0, 2.0)
# ẋ = W x + b − γ x: A drives B and inhibits D, B drives C
WEIGHTS = np.array([[0, 0, 0, 0], [1.0, 0, 0, 0], [0, 0.5, 0, 0], [-0.3, 0, 0, 0]])
OFFSET = np.array([0.8, 0.1, 0.3, 2.0])
RATE = np.array([0.8, 0.6, 0.4, 0.7])


class Law(LinearLaw):
    """The law above, or one with other weights."""

    keeps_orthant = False

    def __init__(self, weights: np.ndarray = WEIGHTS, genes: tuple[str, ...] = GENES) -> None:
        count = len(genes)
        super().__init__(genes, weights[:count], OFFSET[:count], RATE[:count])


class Product(Law):
    """C is made where A and B are together: C has the only interaction of the system."""

    def production(self, x, t=None):
        made = super().production(x, t)
        extra = torch.zeros_like(made)
        extra[..., 2] = x[..., 0] * x[..., 1]
        return made + extra


def model_of(field: VectorField, **changes: object) -> Member:
    parts = {
        "time_unit": "h", "scale": "log1p", "times": TIMES,
        "conditions": (Intervention.control(),), "basis": None, "seed": 3, "metrics": {},
        "provenance": {}, "history": pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]}),
    }  # fmt: skip
    return Member(**{"heads": Heads(field).eval(), **parts, **changes})


def ensemble(members: int = 5, noise: float = 0.05, seed: int = 0) -> Fit:
    """The law with its weights known up to some noise."""
    random = np.random.default_rng(seed)
    edges = WEIGHTS != 0
    each = [WEIGHTS + noise * edges * random.normal(size=WEIGHTS.shape) for _ in range(members)]
    return Fit(tuple(model_of(Law(weights)) for weights in each))


def flow(
    x0: np.ndarray, time: float, offset: np.ndarray = OFFSET, weights: np.ndarray = WEIGHTS
) -> np.ndarray:
    """The exact solution, by SciPy."""
    return exact_flow(x0, time, weights, offset, RATE)


def without(gene: str) -> tuple[np.ndarray, np.ndarray]:
    """Offset and weights of the law without the production of a gene."""
    offset, weights = OFFSET.copy(), WEIGHTS.copy()
    offset[GENES.index(gene)] = 0
    weights[GENES.index(gene)] = 0
    return offset, weights


def wild_type(cells: int = 40, seed: int = 5, **options: object) -> Snapshots:
    """Cells that were measured at every time, each time anew."""
    random = np.random.default_rng(seed)
    x = [flow(2 + 0.3 * random.normal(size=(cells, 4)), time) for time in TIMES]
    return Snapshots.from_arrays(
        np.concatenate(x), np.repeat(TIMES, cells), GENES, unit="h", scale="log1p", **options
    )
