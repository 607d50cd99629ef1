"""Growth rates from gene sets against the formula, and what known rates change."""

from __future__ import annotations

from dataclasses import replace

import anndata
import numpy as np
import pytest
import scipy.sparse
import torch

import hillflow as hf
from hillflow.causal import simulated_fates
from hillflow.data import Snapshots, add_growth_rates
from hillflow.errors import GeneNameError, InputError, TimeError, UnsupportedError
from hillflow.findings import collect_findings
from hillflow.objectives import Match, Rollout, Stage, Training, snapshot_problem
from hillflow.train import Setting, train
from hillflow.transport import fit_plan

RATE, TIMES = 0.6, (0.0, 1.0, 2.0)


@pytest.fixture
def adata() -> anndata.AnnData:
    x = np.random.default_rng(0).gamma(2.0, size=(50, 4))
    made = anndata.AnnData(scipy.sparse.csr_matrix(x))
    made.var_names = ["MKI67", "TOP2A", "CASP3", "GATA1"]
    return made


def test_rates_are_those_of_the_formula(adata) -> None:
    x = adata.X.toarray()
    z = (x - x.mean(0)) / x.std(0)
    with collect_findings() as said:
        assert add_growth_rates(adata, ["MKI67", "TOP2A", "AURKA"], ["CASP3"]) == "growth_rate"
    birth = 0.3 + 1.4 / (1 + np.exp(-8 * (z[:, :2].mean(1) - 0.25)))
    death = 0.3 + 1.4 / (1 + np.exp(-20 * (z[:, 2] - 0.1)))
    np.testing.assert_allclose(adata.obs["growth_rate"], birth - death)
    assert [one.code for one in said] == ["growth.genes-missing"]
    assert "2 of 3 genes of birth" in said[0].text
    add_growth_rates(adata, ["MKI67", "TOP2A"], ["CASP3"], unit="hours")
    np.testing.assert_allclose(adata.obs["growth_rate"], (birth - death) / 24)


def test_sets_that_say_nothing_are_refused(adata) -> None:
    with pytest.raises(GeneNameError, match="genes of death that are in the data"):
        add_growth_rates(adata, ["MKI67"], ["bax"])
    with pytest.raises(InputError, match="a list of genes of birth"):
        add_growth_rates(adata, "MKI67", ["CASP3"])
    with pytest.raises(TimeError, match="a unit of time"):
        add_growth_rates(adata, ["MKI67"], ["CASP3"], unit="stage")


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    """Two branches that move apart, of equal size at first; one grows as e^{0.6 t}."""
    random = np.random.default_rng(0)
    x, times, labels = [], [], []
    for t in TIMES:
        share = np.exp(RATE * t) / (np.exp(RATE * t) + 1)
        for label, count, way in (
            ("grows", round(200 * share), (1.0, 0.0)),
            ("rests", round(200 * (1 - share)), (0.0, 1.0)),
        ):
            x.append(1 + np.array(way) * np.exp(t / 2) + 0.1 * random.normal(size=(count, 2)))
            times += [t] * count
            labels += [label] * count
    rates = RATE * (np.array(labels) == "grows")
    x = np.concatenate(x).astype(np.float32)
    return Snapshots.from_arrays(x, times, ("A", "B"), labels=labels, growth=rates, unit="h")


def test_the_column_is_read_written_and_selected(cells) -> None:
    again = Snapshots.from_anndata(cells.to_anndata())
    np.testing.assert_array_equal(again.growth, cells.growth)
    np.testing.assert_array_equal(cells.take(cells.rows(1.0)).growth, cells.growth[cells.time == 1])
    with pytest.raises(InputError, match="growth rates that are finite"):
        Snapshots.from_arrays(cells.x, cells.time, ("A", "B"), growth=np.full(len(cells), np.nan))


def test_a_run_keeps_the_rates_of_its_cells(cells, tmp_path) -> None:
    hf.fit(cells.to_anndata(), field="linear", effort=0.002, out=tmp_path / "run")
    np.testing.assert_array_equal(hf.Run.open(tmp_path / "run").data.growth, cells.growth)


def crossing(plan, cells: Snapshots) -> float:
    """Mass that goes from one branch to the other."""
    labels, crossed, mass = np.asarray(cells.labels), 0.0, 0.0
    for interval in plan:
        pairs = interval.pairs
        crossed += pairs.weight[labels[pairs.i] != labels[pairs.j]].sum()
        mass += pairs.weight.sum()
    return crossed / mass


def test_a_plan_that_knows_growth_need_not_cross_branches(cells) -> None:
    with_growth = fit_plan(cells.with_basis(2), "exact")
    without = fit_plan(replace(cells, growth=None).with_basis(2), "exact")
    assert with_growth.fingerprint != without.fingerprint
    assert crossing(with_growth, cells) < 0.01
    assert crossing(without, cells) > 0.05


def test_simulated_populations_weigh_by_known_growth(cells) -> None:
    stages = [Stage(Match(), steps=250, cells=256, rate=2e-2)]
    setting = Setting(validation_share=0.0)
    fit = train("linear", cells, stages, setting=setting)
    shares = simulated_fates(fit, cells).set_index("label").loc["grows"]
    assert shares["simulated"] == pytest.approx(shares["measured"], abs=0.03)
    blind = simulated_fates(fit, replace(cells, growth=None)).set_index("label").loc["grows"]
    assert blind["simulated"] == pytest.approx(0.5, abs=0.03)
    distances = []
    for data in (cells, replace(cells, growth=None)):
        problem = snapshot_problem(data.with_basis(2), orthant=False)
        terms = Rollout().loss(
            Training.of(fit.heads, problem), 400, torch.Generator().manual_seed(0)
        )
        distances.append(float(terms["distance"].detach()))
    assert distances[0] < 0.2 * distances[1]


def test_known_and_learned_growth_do_not_go_together(cells) -> None:
    with pytest.raises(UnsupportedError, match="growth rates are known"):
        train("linear", cells, "tigon")
