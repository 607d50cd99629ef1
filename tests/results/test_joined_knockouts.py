"""Perturbations predicted in several calls stand in one pair of tables, as if predicted at once."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.causal import knockout
from hillflow.findings import Finding
from hillflow.model import Fit, Member
from hillflow.networks.about_file import CHANGED
from hillflow.results import KnockoutTables
from hillflow.results.joined_knockouts import calls_of, differing_settings, joined

from ..linear_law import LinearLaw
from ..small_fits import GENES, MATRIX, OFFSET, model_of, snapshots


def member(scale: float) -> Member:
    decay = MATRIX.diagonal()
    return model_of(LinearLaw(GENES, scale * (MATRIX - np.diag(decay)), OFFSET, -decay))


def tables(*names: str, graph: hf.Network | None = None) -> KnockoutTables:
    members = Fit((member(0.8), member(1.0), member(1.1)))
    result = knockout(members, names, snapshots(), graph=graph)
    return KnockoutTables(result.ranking, result.effects, {"asked": [{"genes": names}]})


def test_one_after_the_other_is_as_both_at_once():
    graph = hf.Network.from_columns(["A", "B"], ["B", "C"])
    found = joined(tables("A"), tables("B", "A+B", graph=graph), graph)
    at_once = tables("A", "B", "A+B", graph=graph)
    assert found.ranking["perturbation"].tolist() == at_once.ranking["perturbation"].tolist()
    for name in ("effect", "fdr", "direct_targets", "out_degree"):
        np.testing.assert_allclose(found.ranking[name], at_once.ranking[name])
    assert len(found.effects) == len(at_once.effects)
    assert [call["genes"] for call in calls_of(found.about)] == [("A",), ("B", "A+B")]


def test_what_is_predicted_again_is_as_it_was_predicted_last():
    first, second = tables("A", "B"), tables("A")
    second.ranking["effect"], second.effects["delta"] = 9.0, 9.0
    found = joined(first, second, None)
    assert found.ranking["perturbation"].tolist() == ["A=knockout", "B=knockout"]
    assert found.ranking["effect"][0] == 9.0
    own = found.effects["perturbation"] == "A=knockout"
    assert (found.effects["delta"][own] == 9.0).all()
    assert not (found.effects["delta"][~own] == 9.0).any()


def test_text_that_one_does_not_have_is_empty():
    first, second = tables("A"), tables("B")
    first.ranking.drop(columns="fate_toward", inplace=True)
    assert joined(first, second, None).ranking["fate_toward"].tolist() == ["", ""]


def test_what_was_said_of_either_stays():
    first, second = tables("A"), tables("B")
    said = [Finding("knockout.no-graph", "none", "note"), Finding("fit.sketch", "a sketch")]
    first.about["findings"] = [one.to_json() for one in said]
    assert [one.code for one in joined(first, second, None).findings] == [
        "fit.sketch", "knockout.no-graph"
    ]  # fmt: skip
    graph = hf.Network.from_columns(["A"], ["B"])
    assert [one.code for one in joined(first, second, graph).findings] == ["fit.sketch"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"asked": [{"genes": "B", "mode": "clamp=1"}]}, []),
        ({"asked": [{"cells": 20}]}, ["cells was 20, is the default"]),
        ({"asked": [{"times": [1.0, 2.0]}]}, ["times was 1.0, 2.0, is the default"]),
        ({"runs": ["run", "other"]}, ["runs was run, other, is the default"]),
        ({"asked": {"seed": 3}}, ["seed was 3, is the default"]),  # as earlier versions wrote it
        ({CHANGED: True}, ["the tables were changed after they were written"]),
    ],
)
def test_settings_that_decide_the_numbers_must_be_the_same(change, words):
    new = tables("B")
    before = KnockoutTables(new.ranking, new.effects, {"asked": [{"genes": "A"}], **change})
    assert differing_settings(before, new) == words


def test_settings_that_were_not_recorded_are_not_taken_for_the_same():
    new = tables("B")
    before = KnockoutTables(new.ranking, new.effects, {})
    assert differing_settings(before, new) == ["their settings were not recorded"]
