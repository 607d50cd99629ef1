"""`import hillflow as hf`: what is offered, that it resolves, and that it is light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hillflow as hf
from hillflow import workflow

HEAVY = ("torch", "numpy", "pandas", "anndata", "scanpy", "matplotlib", "sympy", "rich", "typer")


def test_dir_shows_the_front_door_and_nothing_else():
    assert dir(hf) == sorted(hf.__all__)
    assert set(dir(hf)) == {
        "Intervention", "Law", "Network", "Run", "Snapshots", "Trajectories", "__version__",
        "activity", "check", "export", "fit", "graph", "knockout", "laws", "methods", "pl",
        "predict", "priors", "report", "scm", "simulate", "validate", "velocity",
    }  # fmt: skip


@pytest.mark.parametrize("name", hf.__all__)
def test_every_name_resolves(name):
    assert getattr(hf, name) is getattr(hf, name)


@pytest.mark.parametrize("name", workflow.__all__)
def test_every_verb_resolves_to_something_that_is_called(name):
    assert callable(getattr(workflow, name))
    assert name in dir(workflow)


@pytest.mark.parametrize("package", [hf, workflow])
def test_a_name_that_does_not_exist_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense


def test_rooms_are_reached_by_name():
    assert "toggle" in hf.systems.SYSTEMS


def test_importing_it_loads_nothing_heavy():
    code = f"import sys, hillflow; print([one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_python_m_hillflow_is_the_command_line():
    words = [sys.executable, "-m", "hillflow", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == f"hillflow {hf.__version__}\n"
