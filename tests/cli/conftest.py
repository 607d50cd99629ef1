"""Small blood cells in a file, and runs on them that every test may read and none may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hillflow.cli import main
from hillflow.systems.to_file import simulate_to_file


@pytest.fixture(scope="session")
def blood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 cells at 4 times, of the control and without GATA1 or SPI1."""
    path = tmp_path_factory.mktemp("blood") / "blood.h5ad"
    simulate_to_file(
        "hematopoiesis", path, cells=30, times=(0.0, 8.0, 16.0, 32.0), knockouts=["GATA1", "SPI1"]
    )
    return path


@pytest.fixture(scope="session")
def run(blood: Path) -> Path:
    """A sketch of a fit, with the third time left out."""
    return _sketch(blood, "run", "linear", "0.05", "--leave-out-time", "16")


@pytest.fixture
def own_run(run: Path, tmp_path: Path) -> Path:
    """A copy of `run` that a test may write to."""
    return shutil.copytree(run, tmp_path / "own" / "run")


@pytest.fixture(scope="session")
def sparse_run(blood: Path) -> Path:
    """As `run`, of another field."""
    return _sketch(blood, "sparse-run", "sparse", "0.02", "--leave-out-time", "16")


@pytest.fixture(scope="session")
def ensemble(blood: Path) -> Path:
    """Two members, of all times."""
    return _sketch(blood, "ensemble", "linear", "0.02", "--ensemble", "2")


def _sketch(blood: Path, name: str, field: str, effort: str, *options: str) -> Path:
    out = blood.parent / name
    words = ["fit", str(blood), "--time", "time", "--out", str(out)]
    assert main([*words, "--field", field, "--effort", effort, *options]) == 0
    return out
