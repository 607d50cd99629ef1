"""The first screen: the answers say what the results say, and what they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.evaluate.data_check import NO_EFFECT, check_data
from hillflow.findings import Finding
from hillflow.networks import Network
from hillflow.networks.drivers import drivers
from hillflow.page.answers import answers
from hillflow.page.contents import Contents
from hillflow.results import Run

pytestmark = pytest.mark.usefixtures("unrendered")


@pytest.fixture(scope="module")
def contents(filled) -> Contents:
    return Contents.read(Run.open(filled))


def test_four_questions_each_with_a_figure_and_words(contents):
    found = answers(contents)
    assert [one.question for one in found] == [
        "Who drives this?", "How sure is this?", "What to knock out next?",
        "Does the model reproduce my cells?",
    ]  # fmt: skip
    assert all(one.picture is not None and one.alt and one.caption for one in found)
    who = drivers(contents.graph).iloc[0]
    assert f"{who['regulator']} ({who['share']:.0%})" in found[0].answer
    assert "Against known, the network is" in found[1].answer
    shares = contents.run.fates
    control = shares[shares["perturbation"] == "control"]
    apart = (control["measured"] - control["simulated"]).abs().sum() / 2
    assert f"Of the control, {apart:.0%} of the simulated cells" in found[3].answer


def test_what_was_not_asked_names_its_command(bare):
    who, _, what, _ = answers(Contents.read(Run.open(bare)))
    assert "hillflow graph bare" in who.answer
    assert "hillflow knockout bare" in what.answer


def test_a_network_at_chance_is_said_first(contents):
    chance = Finding("graph.at-chance", "only 3% of the edges are found again")
    about = contents.graph.about | {
        "findings": [{"code": chance.code, "severity": "warning", "text": chance.text}],
        "halves": {"edges": 50, "found_again": 0.03, "by_chance": 0.02},
    }
    who, sure, _, _ = answers(replace(contents, graph=replace(contents.graph, about=about)))
    assert who.answer.startswith("These cells do not say, since the network is at chance.")
    assert "another half of the cells names other edges" in sure.answer
    assert "3% of the 50 strongest edges" in dict(sure.reasons)["Another half of the cells"]


def test_a_network_of_loops_has_no_driver(contents):
    loops = Network.from_matrix(("A", "B"), np.eye(2))
    who = answers(replace(contents, graph=loops, validation=None))[0]
    assert who.answer.startswith("No gene")


def test_a_hypothesis_is_named_with_its_effect_and_reason(contents):
    ranking = contents.ranking.assign(
        fdr=[0.01, 0.5, np.nan], low=1.0, high=3.0, effect=[2.0, 1.0, 0.5], in_support=1.0,
        perturbation=["NA=knockout", "7157=knockout", "NKX2-5=knockout"],
    )  # fmt: skip
    tables = replace(contents.knockouts, ranking=ranking)
    new = replace(contents, knockouts=tables)
    assert new.hypotheses["perturbation"].tolist()[0] == "NA=knockout"
    text = answers(new)[2].answer
    assert text.startswith("Try NA=knockout: shifts the other genes by 2 sd (95 % interval 1 to 3)")
    assert "7157=knockout" not in text
    none = replace(contents, knockouts=replace(tables, ranking=ranking.assign(fdr=0.5)))
    assert "No prediction stands out" in answers(none)[2].answer
    assert "members do not agree (2)" in answers(none)[2].answer


def test_a_measured_perturbation_without_an_effect_says_so(contents, monkeypatch):
    checked, said = check_data(contents.run.data), {}
    for verdict in ("reproducible", NO_EFFECT):
        result = replace(checked, perturbations=checked.perturbations.assign(verdict=verdict))
        monkeypatch.setattr("hillflow.page.contents.check_data", lambda data, r=result: r)
        table = replace(contents).hypotheses.set_index("perturbation")
        said[verdict] = table.loc["NKX2-5=knockout", "verdict"]
    assert said == {"reproducible": "measured already", NO_EFFECT: f"measured: {NO_EFFECT}"}
