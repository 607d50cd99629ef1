"""The table of real sets on a small made-up set: its methods, halves, verdicts and claims."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.real import PUBLISHED, _claims, _measure, _verdict, development, run
from benchmarks.real_methods import FIRST, HUBS, METHODS, OURS, methods_for
from benchmarks.real_sets import SETS, RealData, Truth
from benchmarks.table import Table

from hillflow.data import Trajectories
from hillflow.networks import Network

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")

GENES = tuple(f"g{k:02}" for k in range(80))
REGULATORS = GENES[:8]


def made_up(known_is_truth: bool = False) -> RealData:
    """Eight regulators with ten targets each, of which the prior has eight."""
    random = np.random.default_rng(0)
    edges = np.zeros((8, 80), dtype=bool)
    x = random.normal(size=(40, 80))
    source, target = [], []
    for k in range(8):
        targets = random.choice(np.arange(8, 80), 10, replace=False)
        edges[k, targets] = True
        x[:, targets] += 2 * random.normal(size=(40, 1))
        source += [GENES[k]] * 8
        target += [GENES[g] for g in targets[:8]]
    truth = Truth("made", REGULATORS, edges, ~np.eye(8, 80, dtype=bool), edges.sum(axis=0))
    series = [f"s{k // 10}" for k in range(40)]
    cells = Trajectories.from_rows(x, [k % 10 for k in range(40)], GENES, series, unit="h")
    prior = Network.from_columns(source, target, name="prior")
    return RealData("made_up", GENES, x, cells, (truth,), prior, x, known_is_truth=known_is_truth)


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return _measure(Table(), made_up(), quick=True, seed=0)


def by_method(rows: list[dict], part: str = "all") -> dict[str, dict]:
    return {row["method"]: row for row in rows if row["regulators"] == part}


def test_every_method_is_scored_on_the_same_regulators(rows) -> None:
    found = by_method(rows)
    assert set(found) == {*METHODS, HUBS} - {"forest", "RENGE"}
    assert {row["n"] for row in found.values()} == {8}


def test_activity_finds_what_mrna_does_not(rows) -> None:
    found = by_method(rows)
    assert found["mRNA"]["auroc"] < 0.65
    assert found[OURS]["auroc"] > 0.8
    assert found[OURS]["no_motif_n"] == 0  # two targets each: too few
    assert found[FIRST]["auroc"] > found["motif"]["auroc"]
    assert found[FIRST]["p_rewired"] <= 0.05


def test_halves_are_a_fixed_rule_of_names(rows) -> None:
    chosen = development(made_up())
    assert len(chosen) == 4
    assert chosen == development(made_up())
    assert by_method(rows, "chosen on")[OURS]["n"] == 4
    assert by_method(rows, "other half")[OURS]["n"] == 4


def test_a_prior_that_is_the_truth_is_no_method() -> None:
    names = methods_for(made_up(known_is_truth=True), quick=True)
    assert OURS in names
    assert not {"motif", "in-degree", FIRST} & set(names)


def test_verdicts_and_claims(rows) -> None:
    assert _verdict(by_method(rows)["random"]) == "chance"
    assert _verdict(by_method(rows)[FIRST]) == "above chance"
    table = Table()
    row = {"auroc": 0.7, "ap_over_base": 3.0, "both_ends": 0.7}
    (data, assay, method), published = next(iter(PUBLISHED.items()))
    own = {"data": data, "assay": assay, "method": method, "regulators": "all"}
    ours = {"data": "bsubtilis", "assay": "known", "method": OURS, "regulators": "other half"}
    _claims(table, [own | row | {"auroc": published}, ours | row])
    held = {claim.text: claim.holds for claim in table.claims}
    assert held["largest difference of 1 AUROC from those published with the data"]
    assert not held["bsubtilis known, hillflow, other half: AUROC"]
    assert held["bsubtilis known, hillflow, other half: both ends"]


@pytest.mark.parametrize("name", SETS)
def test_sets_are_read_where_they_are_at_hand(name, benchmark_data, monkeypatch) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(benchmark_data))
    data = SETS[name]()
    assert data.samples.shape[1] == len(data.genes) == data.x.shape[1]
    for truth in data.truths:
        assert truth.edges.shape == (len(truth.regulators), len(data.genes))
        assert not (truth.edges & ~truth.judged).any()


def test_without_any_data_it_says_where_it_looked(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(tmp_path))
    monkeypatch.setattr("benchmarks.reference_data.ROOT", tmp_path / "alone" / "main")
    with pytest.raises(FileNotFoundError, match="set HILLFLOW_DATA"):
        run(quick=True, seed=0)
