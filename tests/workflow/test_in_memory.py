"""A run that lives in memory: every verb takes it, and saving it loses nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.errors import InputError

from .conftest import quiet


@pytest.fixture(scope="module")
def filled(blood: object) -> hf.Run:
    """A run in memory with every result, and with a time left out."""
    run = quiet(hf.fit, blood, field="linear", effort=0.05, ensemble=2, leave_out_time=8)
    quiet(hf.graph, run)
    quiet(hf.laws, run, genes="GATA1,KLF1", parents=2, members=0)
    quiet(hf.knockout, run, "GATA1,SPI1", cells=20)
    quiet(hf.validate, run, "hematopoiesis", shuffles=9)
    return run


@pytest.fixture(scope="module")
def saved(filled: hf.Run, tmp_path_factory: pytest.TempPathFactory) -> hf.Run:
    path = tmp_path_factory.mktemp("saved") / "run"
    hf.Run(filled.manifest, None, dict(filled._memory)).save(path)
    return hf.Run.open(path)


def test_a_run_in_memory_has_no_folder_and_no_results_yet(run):
    assert run.path is None
    assert (run.graph, run.laws, run.knockouts, run.validation) == (None, None, None, None)
    assert run.scm is None
    assert "in memory" in repr(run)


def test_what_the_verbs_return_is_kept(run):
    network = quiet(hf.graph, run)
    assert run.graph is network
    assert quiet(hf.knockout, run, "A").graph is network
    assert list(run.knockouts.ranking["perturbation"]) == ["A=knockout"]


def test_with_a_file_named_the_run_keeps_nothing(run, tmp_path):
    quiet(hf.graph, run, tmp_path / "edges.csv")
    quiet(hf.laws, run, tmp_path / "laws.json", parents=1, members=0)
    quiet(hf.knockout, run, "A", tmp_path / "knockouts.csv")
    assert (run.graph, run.laws, run.knockouts) == (None, None, None)
    names = {"edges.csv", "edges.about.json", "laws.json", "knockouts.csv", "ranking.csv",
             "ranking.about.json", "fates.csv"}  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == names


def test_laws_of_some_genes_join_those_in_memory(run):
    quiet(hf.laws, run, genes="A", parents=1, members=0)
    assert list(quiet(hf.laws, run, genes="B", parents=1, members=0)) == ["B"]
    assert list(run.laws) == ["A", "B"]


@pytest.mark.usefixtures("unrendered")
def test_its_page_needs_a_name(run, tmp_path):
    with pytest.raises(InputError, match="a file for the page of a run in memory"):
        hf.report(run)
    assert hf.report(run, tmp_path / "report.html").is_file()


def test_it_is_saved_as_a_run(filled, saved):
    assert {name: saved.manifest[name] for name in filled.manifest} == filled.manifest
    assert saved.metrics == filled.metrics
    assert len(saved.metrics["left_out"]) == 2
    np.testing.assert_array_equal(saved.data.x, filled.data.x)
    for one, other in zip(saved.fit, filled.fit, strict=True):
        weights = [member.field.edge_weights().detach() for member in (one, other)]
        np.testing.assert_array_equal(*weights)
    pd.testing.assert_frame_equal(saved.history, filled.history, check_exact=True)


def test_its_network_is_saved(filled, saved):
    assert saved.graph.genes == filled.graph.genes
    assert saved.graph.about == filled.graph.about
    pd.testing.assert_frame_equal(saved.graph.edges, filled.graph.edges, check_exact=True)


def test_its_laws_are_saved(filled, saved):
    assert saved.laws.to_json() == filled.laws.to_json()


def test_its_knockouts_are_saved(filled, saved):
    for name in ("ranking", "effects"):
        one, other = (getattr(run.knockouts, name) for run in (saved, filled))
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_dtype=False)
    assert saved.knockouts.about == filled.knockouts.about
    assert saved.knockouts.findings == filled.knockouts.findings != ()


def test_its_validation_is_saved(filled, saved):
    assert saved.validation == filled.validation
    assert saved.validation["reference"]["name"] == "hematopoiesis"


def test_it_says_the_same_of_itself(filled, saved):
    assert str(saved).replace(f"\nFolder      {saved.path}", "") == str(filled)
    assert saved.findings == filled.findings


def test_a_run_is_saved_elsewhere_with_all_it_holds(saved, tmp_path):
    again = saved.save(tmp_path / "again")
    names = {path.relative_to(saved.path) for path in saved.path.rglob("*") if path.is_file()}
    assert names == {p.relative_to(again.path) for p in again.path.rglob("*") if p.is_file()}
    assert Path("ranking.csv") in names
    for name in names:
        assert (saved.path / name).read_bytes() == (again.path / name).read_bytes()
    np.testing.assert_array_equal(saved.data.x, again.data.x)


def test_what_is_computed_after_saving_goes_to_the_folder(filled, tmp_path):
    run = hf.Run(filled.manifest, None, dict(filled._memory))
    assert run.save(tmp_path / "run") is run
    assert run.path == tmp_path / "run"
    quiet(hf.knockout, run, "KLF1", cells=20)
    saved = hf.Run.open(tmp_path / "run").knockouts.ranking["perturbation"]
    assert set(saved) == {"KLF1=knockout", *filled.knockouts.ranking["perturbation"]}
