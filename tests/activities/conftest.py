"""Expression of a few cells, and a network over part of its genes."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import Regulons, regulons
from hillflow.networks import Network

GENES = tuple(f"g{k:02}" for k in range(30))


@pytest.fixture
def x() -> np.ndarray:
    """[cells, genes]"""
    return np.random.default_rng(0).normal(2.0, 1.0, size=(7, len(GENES)))


@pytest.fixture
def found() -> Regulons:
    """Four regulators with weights of both signs, one of them a gene of the data."""
    random = np.random.default_rng(1)
    source, target, weight = [], [], []
    for name in ("A", "B", "C", "g05"):
        for gene in random.choice(GENES, 8, replace=False):
            source.append(name)
            target.append(str(gene))
            weight.append(float(random.choice([-1.0, 0.5, 1.0])))
    return regulons(Network.from_columns(source, target, weight=weight, name="small"), GENES)
