"""Fields of known size with random parameters, for the tests of what all of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from hillflow.fields.base import VectorField
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.hill_dense import HillDenseField
from hillflow.fields.hill_edges import HillField
from hillflow.fields.hill_sparse import HillSparseField
from hillflow.fields.linear import LinearField
from hillflow.fields.logic import LogicField
from hillflow.fields.softplus import SoftplusField

GENES = tuple(f"g{i}" for i in range(8))

_FIELDS: dict[str, tuple[type[VectorField], dict[str, Any]]] = {
    "linear": (LinearField, {}),
    "softplus": (SoftplusField, {}),
    "hill": (HillField, {}),
    "hill, per edge": (HillField, {"per_edge": True}),
    "hill-sparse": (HillSparseField, {"units": 2}),
    "hill-sparse, signed": (HillSparseField, {"nonnegative": False}),
    "logic": (LogicField, {}),
    "hill-dense": (HillDenseField, {"hidden": 3}),
    "hill-dense, nonnegative": (HillDenseField, {"hidden": 3, "nonnegative": True}),
}


def random_edges(genes: int = 8, count: int = 14, seed: int = 0, **columns: Any) -> CandidateEdges:
    """Few enough edges (under a quarter of all pairs) for the sparse sums to be used."""
    pairs = torch.randperm(genes * genes, generator=torch.Generator().manual_seed(seed))[:count]
    return CandidateEdges(pairs % genes, pairs // genes, genes, **columns)


def shaken(field: VectorField, seed: int = 0, by: float = 0.7) -> VectorField:
    """The field with noise on every parameter, so that no term is 0 by chance of its start."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in field.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter += (by * noise).to(parameter.dtype)
    return field


@pytest.fixture
def edges_of() -> Callable[..., CandidateEdges]:
    return random_edges


@pytest.fixture
def shake() -> Callable[..., VectorField]:
    return shaken


@pytest.fixture(params=_FIELDS)
def field(request: pytest.FixtureRequest) -> VectorField:
    cls, options = _FIELDS[request.param]
    if cls is not HillDenseField:
        options = {**options, "edges": random_edges()}
    return shaken(cls(GENES, dtype=torch.float64, **options))


@pytest.fixture
def states() -> torch.Tensor:
    """Five cells, some levels at 0, [5, 8]."""
    x = 2 * torch.rand(5, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return torch.where(x < 0.3, torch.zeros_like(x), x)
