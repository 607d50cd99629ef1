"""What the table of published regulation scores, on networks small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from benchmarks.table import Table
from benchmarks.trrust import (
    HUBS,
    METHODS,
    _add,
    _by_factor,
    _constant,
    _count,
    _hubs,
    _scored,
    reference_of,
)

from hillflow.evaluate import sign_scores
from hillflow.networks import Network

GENES = ("A", "B", "C", "D")
# D has no signed target, C none but itself; X is not measured
NETWORK = Network.from_columns(
    ["A", "A", "A", "B", "C", "D", "B"],
    ["B", "C", "D", "A", "C", "A", "X"],
    sign=[1, -1, 0, 1, 1, 0, -1],
)


def test_regulators_with_a_signed_target_are_judged_over_the_panel() -> None:
    reference = reference_of(NETWORK, GENES)
    assert reference.universe.sources == ("A", "B")
    assert len(reference.universe) == 2 * 3
    assert set(zip(reference.edges.source, reference.edges.target, strict=True)) == {
        ("A", "B"), ("A", "C"), ("A", "D"), ("B", "A")
    }  # fmt: skip
    assert sorted(reference.signs) == [-1, 1, 1]


def test_case_is_folded_only_when_asked() -> None:
    low = tuple(gene.lower() for gene in GENES)
    assert reference_of(NETWORK, low, fold_case=True).universe.sources == ("a", "b")
    with pytest.raises(ValueError, match="case folded"):
        reference_of(NETWORK, low)


def test_always_activation_by_the_scores_of_any_network() -> None:
    signs = np.array([1, 1, 1, -1])
    found, expected = _constant(signs), sign_scores(signs, np.ones(4))
    for key in ("accuracy", "balanced_accuracy", "mcc", "f1_activation", "f1_repression"):
        assert found[key] == pytest.approx(getattr(expected, key))


def test_rows_of_a_perfect_network() -> None:
    references = {"ours": reference_of(NETWORK, GENES)}
    perfect = pd.DataFrame(
        {"source": ["A", "A", "A", "B"], "target": ["B", "C", "D", "A"], "weight": [4, -3, 2, 1]}
    )
    scored = _scored(perfect, references)["ours"]
    table = Table()
    labels = {"data": "cells", "reference": "ours"}
    _count(table, labels, references["ours"])
    found = {method: [scored] for method in METHODS} | {HUBS: [_hubs(references["ours"])]}
    _add(table, labels, references["ours"], found)
    first = table.rows[0]
    assert not first["scored"]  # three signs are too few
    assert (first["edges"], first["signed_edges"], first["pairs"]) == (4, 3, 6)
    ranking = next(row for row in table.rows if row.get("method") == "hillflow")
    assert (ranking["ap"], ranking["auroc"]) == (1.0, 1.0)
    by_sign = [row for row in table.rows if "ranking_of" in row]
    questions = [row["ranking_of"] for row in by_sign if row["method"] == "cell-mnn"]
    assert questions == ["activation", "repression", "sign alone"]
    assert all(row["auroc"] == 1 for row in by_sign)
    signs = [row for row in table.rows if "mcc" in row]
    assert [row["method"] for row in signs] == ["always activation", *METHODS]
    assert (signs[1]["accuracy"], signs[1]["mcc"], signs[1]["f1_repression"]) == (1, 1, 1)
    assert signs[0]["accuracy"] == pytest.approx(2 / 3)
    beyond = table.claims[1]
    assert beyond.holds
    assert beyond.measured == pytest.approx(1 / 3)


def test_signs_of_one_factor_are_counted_by_hand() -> None:
    genes = ("A", "B", "C", "D", "E", "F")
    network = Network.from_columns(["A"] * 5 + ["B"], (*genes[1:], "A"), sign=[1, 1, -1, -1, 1, 1])
    reference = reference_of(network, genes)
    weight = np.zeros(len(reference.universe))
    numbers = reference.universe.numbers([("A", target) for target in genes[1:]])
    weight[numbers] = [1.0, -1.0, -1.0, 0.0, 2.0]  # right, wrong, right, none, right
    assert _by_factor(weight, reference) == {"A": 0.6}  # B has one target
    assert _by_factor(np.abs(weight), reference) == {}  # no signs
