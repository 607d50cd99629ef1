"""The ring of `known`, and a model that is it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.objectives.heads import Heads


def _known() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ring", Path(__file__).with_name("known.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def known() -> ModuleType:
    """The module `known`: tests are imported by path, so it has no package to come from."""
    return _known()


def ring_model(shift: float = 0.0, seed: int = 0) -> Member:
    """The edge-wise Hill field with the ring's edges, as if fitted; K moved by `shift`."""
    known = _known()
    field = make_field("hill", known.GENES, seed=seed, dtype=torch.float64)
    strength = torch.zeros(3, 3, dtype=torch.float64)
    strength[0, 2], strength[1, 0], strength[2, 1] = -1.5, 1.2, 1.4
    with torch.no_grad():
        field.strength.copy_(strength.reshape(-1))
        field.log_threshold.copy_(torch.tensor([0.7, 0.5, 0.6]).log() + shift)
        field.raw_exponent.copy_(torch.logit((torch.tensor([2.0, 3.0, 3.0]) - 1) / 7))
    return Member(
        heads=Heads(field).eval(), time_unit="h", scale="log1p", times=(0.0, 2.0, 5.0),
        conditions=(Intervention.control(),), basis=None, seed=seed, metrics={}, provenance={},
        history=pd.DataFrame(),
    )  # fmt: skip


@pytest.fixture
def model() -> Member:
    return ring_model()


@pytest.fixture(scope="session")
def cells() -> Snapshots:
    """Cells along the ring's courses at three times."""
    courses = _known().courses(units=40, points=13, noise=0.02)
    x = np.concatenate([courses.x[courses.time == time] for time in (0.0, 2.0, 5.0)])
    return Snapshots.from_arrays(
        x, np.repeat([0.0, 2.0, 5.0], 40), courses.genes, unit="h", scale="log1p"
    )
