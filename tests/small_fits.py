"""Small data with a known law, and fits of it that take a fraction of a second."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots, Trajectories
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.objectives.heads import Heads
from hillflow.objectives.match import Match
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage

from .linear_law import LinearLaw, exact_flow

GENES = ("A", "B", "C")
TIMES = (0.0, 1.0, 2.0)
# ẋ = W x + b − γ x: A decays and drives B, B drives C
MATRIX = np.array([[-0.8, 0.0, 0.0], [1.0, -0.6, 0.0], [0.0, 0.5, -0.4]])
OFFSET = np.array([0.2, 0.1, 0.3])


def flow(x0: np.ndarray, time: float, matrix: np.ndarray = MATRIX) -> np.ndarray:
    """The exact linear flow, by SciPy."""
    return exact_flow(x0, time, matrix, OFFSET, np.zeros(3))


def snapshots(cells: int = 60, seed: int = 0, times: tuple[float, ...] = TIMES) -> Snapshots:
    """Cells of the linear law; every time has its own."""
    random = np.random.default_rng(seed)
    x = [flow(2 + 0.3 * random.normal(size=(cells, 3)), time) for time in times]
    return Snapshots.from_arrays(
        np.concatenate(x).clip(0), np.repeat(times, cells), GENES, unit="h", scale="log1p"
    )


@pytest.fixture(scope="session")
def cells() -> Snapshots:
    return snapshots()


@pytest.fixture(scope="session")
def courses() -> Trajectories:
    """Twelve units of the linear law, each followed."""
    start = 2 + 0.3 * np.random.default_rng(0).normal(size=(12, 3))
    x = np.stack([flow(start, time) for time in TIMES], axis=1)
    return Trajectories.from_arrays(x, TIMES, GENES, unit="h")


@pytest.fixture
def stages() -> list[Stage]:
    """Sixty steps of matching, thirty of rollout."""
    return stages_of_a_fit()


def stages_of_a_fit() -> list[Stage]:
    """Those of the fixture `stages`."""
    return [
        Stage(Match(), steps=60, cells=64, rate=1e-2),
        Stage(Rollout(starts="every", horizon=1), steps=30, cells=64, rate=1e-2),
    ]


class Law(LinearLaw):
    """The numbers above, with nothing to learn."""

    def __init__(self, genes: tuple[str, ...] = GENES) -> None:
        decay = MATRIX.diagonal()
        super().__init__(genes, MATRIX - np.diag(decay), OFFSET, -decay)


@pytest.fixture
def known() -> Member:
    """A model that is the law itself."""
    return model_of(Law())


def model_of(field: VectorField, heads: Heads | None = None, **changes: object) -> Member:
    """A model around a field, as if it had been fitted."""
    import pandas as pd

    parts = {
        "time_unit": "h", "scale": "log1p", "times": TIMES,
        "conditions": (Intervention.control(),), "basis": None, "seed": 3, "metrics": {},
        "provenance": {}, "history": pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]}),
    }  # fmt: skip
    return Member(heads=(heads or Heads(field)).eval(), **{**parts, **changes})


class Stopped(BaseException):
    """What a test stops training by."""


def stopping_at(step: int, error: type[BaseException] = Stopped):
    """A progress function that stops training at its n-th step, all stages together."""
    steps = []

    def tell(what, done, total):
        if "stage" in what:
            steps.append(done)
            if len(steps) == step:
                raise error

    return tell


def content(folder) -> bytes:
    """The tensors of a run's first member, or of a saved fit's."""
    inside = folder / "model" if (folder / "model").is_dir() else folder
    return (inside / "member-0/model.safetensors").read_bytes()
