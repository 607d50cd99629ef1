"""What must be said of a result reaches every reader: in Python, a notebook and a terminal."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.cli.messages import in_options
from hillflow.errors import HillflowWarning
from hillflow.findings import Finding

from .conftest import quiet

Case = tuple[Callable[[], object], list[object]]


@pytest.fixture
def knockout(own_blood_run) -> Case:
    """A sketch of a fit, which takes most cells to where none was measured."""
    words = ["knockout", own_blood_run.path, "--all", "--cells", 20]
    return lambda: hf.knockout(own_blood_run, all=True, cells=20), words


@pytest.fixture
def sketch(toggle, tmp_path) -> Case:
    """A fit with few of its method's steps."""
    toggle.write_h5ad(tmp_path / "cells.h5ad")
    words = ["fit", tmp_path / "cells.h5ad", "--out", tmp_path / "run", "--field", "linear",
             "--effort", 0.02]  # fmt: skip
    return lambda: hf.fit(toggle, field="linear", effort=0.02), words


@pytest.fixture
def counts(toggle, tmp_path) -> Case:
    """A fit to whole numbers."""
    whole = toggle.copy()
    whole.X = np.round(whole.X * 50)
    del whole.uns["hillflow"]["scale"]
    whole.write_h5ad(tmp_path / "counts.h5ad")
    words = ["fit", tmp_path / "counts.h5ad", "--out", tmp_path / "run", "--field", "linear",
             "--effort", 0.02]  # fmt: skip
    return lambda: hf.fit(tmp_path / "counts.h5ad", field="linear", effort=0.02), words


@pytest.fixture
def table(blood_run, tmp_path) -> Case:
    """A table of edges, which does not say whether its model was given a prior."""
    network = quiet(hf.graph, blood_run, tmp_path / "edges.csv")
    words = ["validate", tmp_path / "edges.csv", "--against", "hematopoiesis", "--shuffles", 9]
    return lambda: hf.validate(network.edges, "hematopoiesis", shuffles=9), words


@pytest.fixture
def many_edges(tmp_path) -> Case:
    """A network that no picture can show."""
    weight = np.random.default_rng(0).normal(size=(24, 24))
    network = hf.Network.from_matrix([f"g{k}" for k in range(24)], weight)
    path = network.save(tmp_path / "edges.csv")
    words = ["export", path, "--to", "sif", "--out", tmp_path / "command.sif"]
    return lambda: hf.export(network, "sif", tmp_path / "python.sif"), words


@pytest.fixture
def case(request) -> Case:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("case", "code", "severity"),
    [
        ("knockout", "knockout.control-leaves-support", "warning"),
        ("knockout", "fit.sketch", "warning"),
        ("knockout", "knockout.no-graph", "note"),
        ("sketch", "fit.sketch", "warning"),
        ("counts", "data.counts", "warning"),
        ("table", "validation.prior-unknown", "warning"),
        ("table", "prior.licence", "note"),
        ("many_edges", "export.many-edges", "warning"),
    ],
    indirect=["case"],
)
def test_a_finding_reaches_every_reader(case: Case, code, severity, capsys) -> None:
    in_python, words = case
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = in_python()
    (finding,) = [one for one in result.findings if one.code == code]
    assert finding.severity == severity
    assert f"{severity.capitalize()}: {finding.text}" in str(result)
    assert escape(finding.text) in result._repr_html_()
    told = [str(one.message) for one in caught if one.category is HillflowWarning]
    assert told.count(finding.text) == (1 if severity == "warning" else 0)
    assert main([str(word) for word in words]) == 0
    said = " ".join(capsys.readouterr().err.split())
    options = frozenset({"genes", "prior", "top", "gene", "normalize"})
    spoken = in_options(finding.text, options)
    assert said.count(f"{severity.capitalize()}: {spoken}") == 1


def test_a_warning_points_at_the_line_that_called(toggle) -> None:
    with pytest.warns(HillflowWarning, match="a sketch") as caught:
        hf.fit(toggle, field="linear", effort=0.02)
    assert {Path(one.filename).name for one in caught} == {"test_findings.py"}


def test_findings_stay_with_what_is_kept(own_blood_run) -> None:
    quiet(hf.graph, own_blood_run)
    quiet(hf.knockout, own_blood_run, "GATA1", cells=20)
    quiet(hf.laws, own_blood_run, genes="GATA1", parents=1, members=0)
    quiet(hf.validate, own_blood_run, "hematopoiesis", shuffles=9)
    again = hf.Run.open(own_blood_run.path)
    for result in (again.graph, again.knockouts, again.laws):
        assert "fit.sketch" in [one.code for one in result.findings]
    assert "prior.licence" in [one["code"] for one in again.validation["findings"]]


def test_a_run_keeps_what_was_said_of_its_cells(toggle, tmp_path) -> None:
    odd = toggle.copy()
    odd.X[:, 0] = 1.5
    run = quiet(hf.fit, odd, tmp_path / "run", field="linear", effort=0.02)
    (finding,) = [one for one in run.findings if one.code == "data.constant-genes"]
    assert isinstance(finding, Finding)
    assert finding in hf.Run.open(tmp_path / "run").findings


def test_an_error_about_an_option_stands_alone(own_blood_run, capsys) -> None:
    """What is known of the fit is said with a result, and once."""
    run = str(own_blood_run.path)
    assert main(["knockout", run, "--genes", "GATA3"]) == 2
    said = capsys.readouterr().err
    assert "a sketch" not in said
    assert said.startswith("Error:")
    assert main(["knockout", run, "--genes", "GATA1", "--cells", "20"]) == 0
    assert capsys.readouterr().err.count("a sketch") == 1
