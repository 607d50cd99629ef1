"""Small blood cells in a file, and one run on them that every test may look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.cli import main
from hillflow.systems.to_file import simulate_to_file


@pytest.fixture(scope="session")
def blood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 cells at 4 times, untouched and without GATA1 or SPI1."""
    path = tmp_path_factory.mktemp("blood") / "blood.h5ad"
    simulate_to_file(
        "hematopoiesis", path, cells=30, times=(0.0, 8.0, 16.0, 32.0), knockouts=["GATA1", "SPI1"]
    )
    return path


@pytest.fixture(scope="session")
def run(blood: Path) -> Path:
    """A sketch of a fit, with the third time left out."""
    return _sketch(blood, "run", "linear", "0.05")


@pytest.fixture(scope="session")
def sparse_run(blood: Path) -> Path:
    """As `run`, of another field."""
    return _sketch(blood, "sparse-run", "sparse", "0.02")


def _sketch(blood: Path, name: str, field: str, effort: str) -> Path:
    out = blood.parent / name
    words = ["fit", blood, "--time", "time", "--out", out, "--field", field]
    words += ["--effort", effort, "--leave-out-time", "16"]
    assert main([str(word) for word in words]) == 0
    return out
