from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow.causal import knockout
from hillflow.causal.knockout_baselines import direct_targets, with_gene_set
from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.networks import Network

from .laws import GENES, OFFSET, TIMES, WEIGHTS, Law, flow, model_of, without


def perturbed(cells: int = 30) -> Snapshots:
    random = np.random.default_rng(0)
    laws = {"control": (OFFSET, WEIGHTS), "A=ko": without("A"), "B=ko": without("B")}
    start = 2 + 0.3 * random.normal(size=(cells, 4))
    x = [flow(start, time, *law) for law in laws.values() for time in TIMES]
    conditions = np.repeat(list(laws), cells * len(TIMES))
    return Snapshots.from_arrays(
        np.concatenate(x), np.tile(np.repeat(TIMES, cells), len(laws)), GENES, list(conditions)
    )


def test_the_gene_is_set_and_nothing_else():
    mean = np.array([[1.0, 2.0, 3.0, 4.0]])
    for text, expected in (
        ("A=ko", [0, 2, 3, 4]), ("B=kd:0.25,C=clamp:7", [1, 1.5, 7, 4]), ("D=oe:2", [1, 2, 3, 8]),
        ("A=cut", [1, 2, 3, 4]),
    ):  # fmt: skip
        np.testing.assert_allclose(with_gene_set(mean, GENES, Intervention.parse(text)), [expected])
    np.testing.assert_array_equal(mean, [[1, 2, 3, 4]])


def test_what_was_measured_stands_beside_the_guesses():
    data = perturbed()
    result = knockout(model_of(Law()), ["A", "C"], data, [2.0], steps=80)
    table = result.baselines.set_index(["perturbation", "gene"])
    a = table.loc["A=knockout"]
    rows = data.rows(2.0, "A=ko")
    np.testing.assert_allclose(a["measured"], data.x[rows].mean(0))
    np.testing.assert_allclose(a["others"], data.x[data.rows(2.0, "B=ko")].mean(0))
    assert a.loc["A", "gene_set"] == 0
    c = table.loc["C=knockout"]
    assert c["measured"].isna().all()
    both = np.concatenate([data.rows(2.0, name) for name in ("A=ko", "B=ko")])
    np.testing.assert_allclose(c["others"], data.x[both].mean(0))
    # the law itself is right, and the guesses are as wrong as the effect is large
    (errors,) = result.errors.to_dict("records")
    assert (errors["perturbation"], errors["time"]) == ("A=knockout", 2.0)
    assert errors["model"] < 1e-4
    assert errors["no_change"] == pytest.approx((a["measured"] - a["no_change"]).abs().mean())
    assert min(errors["gene_set"], errors["others"]) > 0.05


def test_ranks_without_a_simulation():
    graph = Network.from_matrix(GENES, WEIGHTS)
    result = knockout(model_of(Law()), ["A", "B", "D", "A+B"], perturbed(), graph=graph)
    ranking = result.ranking.set_index("perturbation")
    assert dict(ranking["direct_targets"]) == {
        "A=knockout": 2, "B=knockout": 1, "D=knockout": 0, "A=knockout,B=knockout": 2,
    }  # fmt: skip
    assert ranking.loc["A=knockout", "out_degree"] == pytest.approx(1.3)
    control = result.controls.measured.x.mean(0)
    assert ranking.loc["A=knockout,B=knockout", "expression"] == pytest.approx(control[:2].sum())


def test_unsure_edges_do_not_count():
    confidence = np.where(WEIGHTS == 1.0, 0.9, 0.2)
    graph = Network.from_matrix(GENES, WEIGHTS, confidence=confidence)
    counts, weights = direct_targets(graph, [Intervention.knockout("A")])
    assert (counts[0], weights[0]) == (1, 1.0)


def test_nothing_measured_nothing_to_compare_with():
    data = perturbed()
    control = data.take(data.rows(condition="control"))
    result = knockout(model_of(Law()), ["A"], control)
    assert result.errors.empty
    assert isinstance(result.errors, pd.DataFrame)
    assert result.baselines["others"].isna().all()
