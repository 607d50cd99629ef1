"""`hillflow.fit`: which field and method suit the data, what is left out, and its score."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.findings import collect_findings
from hillflow.networks import load_prior
from hillflow.objectives import WithPrior, make_method
from hillflow.systems import build_system, simulate_trajectories
from hillflow.train import Setting
from hillflow.workflow import _fit
from hillflow.workflow.options.fit import FitOptions
from hillflow.workflow.options.prior import PriorOptions
from hillflow.workflow.options.regulators import RegulatorOptions

from .conftest import GENES, quiet

PRIOR = PriorOptions("hematopoiesis")


def _chosen(options, prior, data):
    field, method = _fit._named(options, prior, RegulatorOptions(), data)
    edges, _ = _fit._edges(field, prior, RegulatorOptions(), data)
    weight = prior.prior_weight
    return _fit._with_prior(field, method, edges, weight, Setting(), data, options.seed)


@pytest.fixture(scope="module")
def cells(blood) -> Snapshots:
    """Four genes of the blood cells that the prior knows, among them the one knocked out."""
    return Snapshots.from_anndata(blood).select_genes(GENES)


@pytest.fixture(scope="module")
def courses() -> Trajectories:
    simulated = simulate_trajectories(build_system("toggle"), [0.0, 1.0, 2.0], cells=6)
    return Trajectories.from_anndata(simulated.to_anndata(), series="series")


def test_snapshots_of_few_genes_are_fitted_by_a_law(cells):
    field, method = _chosen(FitOptions(), PriorOptions(), cells)
    assert (field, method.name) == ("logic", "law")
    assert _chosen(FitOptions(), PRIOR, cells)[1].name == "law"


@pytest.mark.parametrize("why", ["many genes", "below 0"])
def test_others_by_the_field_that_wins_a_contest_and_it_is_said(cells, monkeypatch, why):
    if why == "many genes":
        monkeypatch.setattr(_fit, "MOST_GENES", 3)
    else:
        cells = replace(cells, x=cells.x - 1)
    with collect_findings() as said:
        field, method = _chosen(FitOptions(), PriorOptions(), cells)
    assert (field, method.name) == ("auto", "default")
    (finding,) = said
    assert finding.code == "fit.no-law"
    assert ("more than 3 take long" if why == "many genes" else "below 0") in finding.text
    assert ("field='logic'" in finding.text) == (why == "many genes")  # which refuses the others


def test_values_below_0_are_fitted_by_default():
    cells = hf.simulate("linear", cells=20, times=[0, 1, 2])
    assert cells.X.min() < 0
    with collect_findings() as said:
        run = quiet(hf.fit, cells, effort=0.02, progress=lambda *report: None)
    assert run.fit.field.name == "linear"
    assert {"fit.no-law", "fit.no-comparison"} <= {finding.code for finding in said}
    assert hf.fit(cells, dry_run=True).seconds > 0


def test_values_below_0_are_not_fitted_by_the_hill_field_of_a_prior(cells):
    negative = replace(cells, x=cells.x - 1)
    with collect_findings() as said:
        field, _ = _chosen(FitOptions(), PRIOR, negative)
    assert field.name == "linear"
    assert "fit.no-hill" in {finding.code for finding in said}


def test_hill_takes_all_edges_of_a_prior(cells):
    field, method = _chosen(FitOptions("hill"), PRIOR, cells)
    assert (field.name, method.name) == ("hill", "default")
    assert len(field.edges) == len(load_prior("hematopoiesis").align(cells.genes)) > 4


def test_a_law_of_series_is_fitted_to_their_steps(courses):
    field, method = _chosen(FitOptions("logic"), PriorOptions(), courses)
    assert (field, method.name) == ("logic", "phoenix")


def test_logic_is_fitted_by_its_law_on_the_best_edges_of_a_prior(cells):
    field, method = _chosen(FitOptions("logic"), PRIOR, cells)
    known = _chosen(FitOptions("hill"), PRIOR, cells)[0].edges
    assert method.name == "law"
    assert field.edges.in_degree().max() <= 4
    every, chosen = (
        {(j, i) for j, i in zip(e.source.tolist(), e.target.tolist(), strict=True) if i != j}
        for e in (known, field.edges)
    )
    assert chosen
    assert chosen <= every
    assert _chosen(FitOptions("logic"), PriorOptions(), cells)[1].name == "law"


def test_series_are_fitted_along_their_courses(courses):
    field, method = _chosen(FitOptions(), PriorOptions(), courses)
    assert (field, method.name) == ("hill-dense", "phoenix")


@pytest.mark.parametrize("field", [None, "auto"])
@pytest.mark.parametrize(
    ("method", "expected"), [("action-matching", "potential"), ("cell-mnn", "locally-linear")]
)
def test_a_method_for_one_field_comes_with_it(cells, field, method, expected):
    chosen, stages = _chosen(FitOptions(field, method), PriorOptions(), cells)
    assert (chosen, stages.name) == (expected, method)


def test_fields_take_the_edges_of_a_prior_as_a_mask_or_are_pulled_towards_them(cells):
    method = make_method("default")
    masked, same = _chosen(FitOptions("hill", method), PRIOR, cells)
    assert 0 < int((masked.edge_weights() != 0).sum()) <= len(masked.edges)
    assert masked.genes == GENES
    assert same is method
    _, pulled = _chosen(FitOptions("hill-dense", method), PRIOR, cells)
    assert all(isinstance(stage.objective, WithPrior) for stage in pulled.stages)
    heavier = PriorOptions("hematopoiesis", prior_weight=2)
    _, pulled = _chosen(FitOptions("hill-dense", method), heavier, cells)
    assert [stage.objective.strength for stage in pulled.stages] == [2] * len(pulled.stages)
    with pytest.raises(UnsupportedError, match="a prior as a loss"):
        _chosen(FitOptions("hill", method), heavier, cells)


def test_fields_that_cannot_use_a_prior_say_so(cells):
    assert _chosen(FitOptions("mlp"), PriorOptions(), cells)[0] == "mlp"
    with pytest.raises(UnsupportedError, match="a field that can use a prior"):
        _chosen(FitOptions("mlp"), PRIOR, cells)
    with pytest.raises(InputError, match="a field by its name beside"):
        _chosen(FitOptions("auto"), PRIOR, cells)
    with pytest.raises(InputError, match="did you mean 'hill'"):
        _chosen(FitOptions("hil"), PriorOptions(), cells)


def test_a_field_that_is_built_is_taken_as_it_is(cells):
    field = make_field("linear", cells.genes)
    assert _chosen(FitOptions(field), PriorOptions(), cells)[0] is field
    with pytest.raises(InputError, match="a 'linear' field, which is built"):
        _chosen(FitOptions(field), PRIOR, cells)


def test_series_have_nothing_to_leave_out(courses):
    with pytest.raises(UnsupportedError, match="leave these rows out of the data"):
        hf.fit(courses, leave_out_time=1)


def test_several_times_are_left_out(toggle):
    run = quiet(hf.fit, toggle, field="linear", effort=0.01, leave_out_time=[1, 2])
    assert {row["time"] for row in run.metrics["left_out"]} == {1.0, 2.0}


def test_the_score_of_what_was_left_out_stands_beside_no_change(toggle):
    run = quiet(hf.fit, toggle, field="linear", effort=0.01, leave_out_time=2)
    for row in run.metrics["left_out"]:
        assert min(row["w1"], row["energy"], row["no_change_w1"], row["no_change_energy"]) > 0
        assert f"no change {row['no_change_w1']:.4g}" in str(run)


def test_resuming_without_a_folder_is_refused(toggle):
    with pytest.raises(InputError, match="the run to resume"):
        hf.fit(toggle, field="linear", resume=True)


def test_a_share_of_a_gene_and_learn_are_efficacies(toggle):
    run = quiet(hf.fit, toggle, field="linear", effort=0.01, efficacy="0.7")
    assert run.fit.efficacy == 0.7
    with pytest.raises(InputError, match="'learn'"):
        hf.fit(toggle, field="linear", efficacy="lern")


def test_only_regulators_act_in_the_fit_and_in_its_graph(blood):
    for name in ("linear", "hill", "logic", "auto"):
        run = quiet(hf.fit, blood, field=name, regulators=GENES[:2], effort=0.01)
        network = quiet(hf.graph, run)
        assert set(network.edges["source"]) == set(GENES[:2]), name
        assert run.fit.members[0].provenance["setting"]["regulators"] == list(GENES[:2])


def test_regulators_may_be_those_of_the_prior(cells):
    data = replace(cells, genes=(*cells.genes[:-1], "none"))  # a gene the prior does not know
    run = quiet(hf.fit, data, field="hill", prior="hematopoiesis", regulators="prior", effort=0.01)
    named = run.fit.members[0].provenance["setting"]["regulators"]
    assert 0 < len(named) < len(data.genes)
    assert "none" not in named


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"field": "mlp", "regulators": ["GATA1"]}, "candidate edges"),
        ({"field": "linear", "regulators": "prior"}, "a prior network"),
        ({"field": "linear", "regulators": ["GATA"]}, "GATA"),
        ({"field": "linear", "regulators": []}, "found none"),
    ],
)
def test_regulators_that_mean_nothing_are_refused(blood, options, words):
    with pytest.raises((InputError, UnsupportedError), match=words):
        quiet(hf.fit, blood, **options)


def test_a_dry_run_says_what_a_fit_costs_and_writes_nothing(blood, tmp_path, capsys):
    cost = quiet(hf.fit, blood, tmp_path / "run", field="linear", dry_run=True)
    assert cost.seconds > 0
    assert cost.memory > 0
    assert "Memory" in str(cost.blocks())
    data = tmp_path / "cells.h5ad"
    blood.write_h5ad(data)
    words = ["fit", str(data), "--out", str(tmp_path / "run"), "--field", "linear", "--dry-run"]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "Memory" in shown.out
    assert "nothing was written" in shown.err
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["memory_gb"] > 0
    assert not (tmp_path / "run").exists()


def test_a_fit_beyond_the_memory_is_refused_before_it_begins(blood, tmp_path, monkeypatch):
    monkeypatch.setattr("hillflow.train.cost.memory_of_machine", lambda: 1e6)
    with pytest.raises(InputError, match="regulators"):
        quiet(hf.fit, blood, tmp_path / "run", field="linear", progress=lambda *_: None)
    assert not (tmp_path / "run").exists()


def test_a_dry_run_needs_no_folder(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    hf.simulate("toggle", "cells.h5ad", cells=20, times=[0, 1])
    words = ["fit", "cells.h5ad", "--time", "time", "--field", "linear", "--effort", "0.02"]
    assert main([*words, "--dry-run"]) == 0
    assert "Memory" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["cells.h5ad"]
    assert main(words) == 2
    assert "Expected --out for `hillflow fit`" in " ".join(capsys.readouterr().err.split())
