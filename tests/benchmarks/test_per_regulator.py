"""Scores by regulator, on truths small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.per_regulator import degree_null, matched, regulator_scores, summary


def problem(regulators: int = 6, genes: int = 60, seed: int = 0):
    """A truth in which some genes have many edges, and all pairs judged."""
    random = np.random.default_rng(seed)
    often = random.random(genes) ** 3
    often[:10] = 0.9  # so that every regulator has enough
    truth = random.random((regulators, genes)) < often
    return truth, np.ones_like(truth), often


def test_a_perfect_ranking_is_perfect_for_each_regulator() -> None:
    truth, judged, _ = problem()
    found = regulator_scores(truth.astype(float), truth, judged)
    assert set(found) == {k for k in range(6) if truth[k].sum() >= 5}
    for k, (auroc, ap) in found.items():
        assert auroc == 1.0
        assert ap == pytest.approx(1 / truth[k].mean())
    both = matched(truth.astype(float), truth, judged)
    assert both == {"same_target": 1.0, "both_ends": 1.0}


def test_regulators_without_a_score_or_with_few_edges_are_left_out() -> None:
    truth, judged, _ = problem()
    truth[1] = False
    truth[1, :4] = True
    scores = truth.astype(float)
    scores[0] = np.nan
    assert set(regulator_scores(scores, truth, judged)).isdisjoint({0, 1})
    judged[2] = truth[2]  # no pair that is none
    assert 2 not in regulator_scores(scores, truth, judged)


def test_what_a_ranking_knows_of_genes_alone_cancels_in_matched_pairs() -> None:
    truth, judged, often = problem()
    hubs = np.tile(often, (len(truth), 1))
    mean = summary(regulator_scores(hubs, truth, judged))
    assert mean["auroc"] > 0.7
    found = matched(hubs, truth, judged)
    assert found["same_target"] == pytest.approx(0.5)
    assert found["both_ends"] == pytest.approx(0.5)
    null = degree_null(hubs, truth, judged, draws=49)
    assert null["null_auroc"] == pytest.approx(mean["auroc"], abs=0.05)
    assert null["p_rewired"] > 0.05


def test_what_it_knows_of_pairs_does_not() -> None:
    truth, judged, often = problem()
    scores = often + 0.3 * truth + 0.1 * np.random.default_rng(1).random(truth.shape)
    found = matched(scores, truth, judged)
    assert found["both_ends"] > 0.9
    assert degree_null(scores, truth, judged, draws=49)["p_rewired"] <= 0.05


def test_the_error_is_that_of_a_mean_over_regulators() -> None:
    random = np.random.default_rng(2)
    values = {k: (float(a), float(b)) for k, (a, b) in enumerate(random.random((40, 2)))}
    row = summary(values)
    each = np.array(list(values.values()))
    assert row["n"] == 40
    assert row["auroc"] == pytest.approx(each[:, 0].mean())
    assert row["auroc_se"] == pytest.approx(each[:, 0].std() / np.sqrt(40), rel=0.1)
    assert summary({}) == {
        "auroc": None, "auroc_se": None, "ap_over_base": None, "ap_se": None, "n": 0
    }  # fmt: skip


def test_a_single_regulator_has_no_matched_pairs() -> None:
    truth, judged, _ = problem()
    found = matched(truth[:1].astype(float), truth[:1], judged[:1])
    assert found == {"same_target": None, "both_ends": None}
    nothing = matched(np.full((1, 60), np.nan), truth[:1], judged[:1])
    assert nothing == {"same_target": None, "both_ends": None}
