"""The wheel holds the package as it lies in the checkout, with all its files, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    ran = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return next(folder.glob("*.whl"))


def below(folder: Path, prefix: str) -> set[str]:
    """Files that belong into the package: none of those that Python or an editor leaves."""
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.startswith(".")
    }  # fmt: skip


def test_the_files_of_the_package_are_in_the_wheel(wheel):
    package = below(ROOT / "src" / "hillflow", "hillflow")
    priors = below(ROOT / "grn_priors", "hillflow/grn_priors")
    names = set(zipfile.ZipFile(wheel).namelist())
    found = {name for name in names if ".dist-info/" not in name}
    assert found == package | priors
    kinds = {Path(name).suffix for name in found}
    assert {".css", ".csv", ".html", ".js", ".py", ".toml"} <= kinds
    assert "hillflow/py.typed" in found
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
