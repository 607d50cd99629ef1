from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hillflow.causal import knockout
from hillflow.errors import InputError
from hillflow.interventions import Intervention

from .laws import GENES, Law, ensemble, model_of, wild_type


@pytest.fixture(scope="module")
def result():
    return knockout(ensemble(3), ["C", "A", "B"], wild_type())


def test_the_ranking_is_by_the_shift_of_other_genes_in_standard_deviations(result):
    ranking = result.ranking
    assert list(ranking["perturbation"]) == ["A=knockout", "B=knockout", "C=knockout"]
    data = wild_type()
    single = knockout(model_of(Law()), ["A"], data)
    last = single.effects.query("time == 2").set_index("gene")["delta"]
    standard = (last / data.x.std(axis=0))[["B", "C", "D"]]
    row = single.ranking.iloc[0]
    assert row["effect"] == pytest.approx(np.linalg.norm(standard))
    assert row["strongest"] == standard.abs().idxmax()
    assert ranking.set_index("perturbation").loc["C=knockout", "strongest"] == ""


def test_predicted_populations_are_those_of_predict(result):
    predicted = result.predicted("A=ko")
    assert predicted.conditions == (Intervention.knockout("A"),)
    again = ensemble(3).predict(wild_type(), "A=ko")
    np.testing.assert_array_equal(predicted.x, again.x)
    # cell by cell and by the means: the same shift, but for cells that no rollout lands near
    means = result.effects.query("perturbation == 'A=knockout' and time == 2")["predicted_mean"]
    found = predicted.x[predicted.rows(2.0)].mean(0)
    np.testing.assert_allclose(found, means, atol=0.02)
    with pytest.raises(InputError, match="did you mean 'A=knockout'"):
        result.predicted("A=cut")


def test_files_have_the_columns_that_are_promised(result, tmp_path):
    effects, ranking = result.save(tmp_path / "knockouts.csv")
    assert (effects.name, ranking.name) == ("knockouts.csv", "ranking.csv")
    header = effects.read_text().splitlines()[0]
    assert header == (
        "perturbation,gene,time,control_mean,predicted_mean,delta,low,high,p,fdr,in_support,"
        "measured_mean,measured_delta"
    )
    read = pd.read_csv(effects)
    assert len(read) == 3 * 2 * len(GENES)
    np.testing.assert_allclose(read["delta"], result.effects["delta"])
    np.testing.assert_allclose(
        read["predicted_mean"] - read["control_mean"], read["delta"], atol=1e-9
    )
    assert set(pd.read_csv(ranking).columns) >= {"perturbation", "effect", "low", "high", "fdr"}
    assert result.save(tmp_path / "other.csv")[1].name == "other_ranking.csv"
    with pytest.raises(InputError, match=r"knockouts\.csv"):
        result.save(tmp_path / "knockouts.txt")


def test_the_same_call_gives_the_same_bytes(result, tmp_path):
    again = knockout(ensemble(3), ["C", "A", "B"], wild_type())
    for number, one in enumerate((result, again)):
        (tmp_path / str(number)).mkdir()
        one.save(tmp_path / str(number) / "knockouts.csv")
    for name in ("knockouts.csv", "ranking.csv"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_its_words(result):
    assert repr(result) == ("KnockoutResult(3 perturbations of 4 genes at times 1, 2 h, 3 members)")


@pytest.mark.parametrize("keeps", [False, True])
def test_means_and_effects_agree_also_below_0(keeps):
    below, data = model_of(Law()), wild_type()
    below.field.keeps_orthant = keeps
    data = replace(data, x=np.abs(0.02 * data.x))  # low enough for a knockout to go below 0
    result = knockout(below, ["A"], data)
    last = result.effects.query("time == 2").set_index("gene")
    assert last["predicted_mean"].min() < 0
    np.testing.assert_allclose(last["delta"], result.shifts.mean[0, 0, -1])
    standard = (last["delta"] / result.controls.spread).drop("A")
    assert result.ranking.loc[0, "effect"] == pytest.approx(np.linalg.norm(standard))
    (note,) = [one for one in result.findings if one.code == "knockout.below-zero"]
    assert "A=knockout" in note.text


def test_each_gene_has_a_test_over_the_members_but_the_perturbed_one():
    result = knockout(ensemble(4), ["A"], wild_type())
    last = result.effects.query("time == 2").set_index("gene")
    assert last.loc["A", ["p", "fdr"]].isna().all()
    b, delta = result.shifts.mean[:, 0, -1, 1], last.loc["B", "delta"]
    error = np.sqrt((1 + 1 / 4) * b.var(ddof=1))
    assert last.loc["B", "p"] == pytest.approx(2 * stats.t.sf(abs(delta) / error, 3))
    others = last.drop("A")
    np.testing.assert_allclose(others["fdr"], stats.false_discovery_control(others["p"]))
    excludes = (others["low"] > 0) | (others["high"] < 0)
    assert (excludes == (others["p"] < 0.05)).all()
    assert knockout(model_of(Law()), ["A"], wild_type()).effects["p"].isna().all()
    result = knockout(ensemble(4), ["C"], wild_type())  # acts on nothing
    upstream = result.effects.query("gene != 'C'")
    assert (upstream[["p", "fdr"]] == 1.0).all(axis=None)


@pytest.mark.filterwarnings("ignore:.*multiplies a production")
def test_levels_far_beyond_the_data_are_named():
    data = wild_type()
    top = float(data.x[:, 0].max())
    asked = [f"A=clamp:{1.9 * top:.3f}", f"A=clamp:{2.1 * top:.3f}", "B=oe:40", "C=clamp:0"]
    result = knockout(model_of(Law()), asked, data)
    (far,) = [one for one in result.findings if one.code == "knockout.far-level"]
    assert far.severity == "warning"
    assert [gene for gene in GENES if f"{gene} at" in far.text] == ["A", "B"]
    assert f"clamp:{1.9 * top:.3f}" not in far.text
    assert not any(
        one.code == "knockout.far-level"
        for one in knockout(model_of(Law()), [asked[0], "B=oe:1.1"], data).findings
    )


def test_a_combination_stands_beside_the_sum_of_its_parts():
    model, data = ensemble(3), wild_type()
    result = knockout(model, ["A+B"], data)
    assert result.names == ["A=knockout,B=knockout", "A=knockout", "B=knockout"]
    both, a, b = result.shifts.mean[:, :, -1].swapaxes(0, 1)
    own = np.array([1, 1, 0, 0], dtype=bool)  # A and B themselves
    spread = result.controls.spread
    row = result.ranking.set_index("perturbation").loc["A=knockout,B=knockout"]
    others = ((a + b).mean(0) / spread)[~own]
    assert row["additive"] == pytest.approx(np.linalg.norm(others))
    deviation = ((both - a - b) / spread)[:, ~own]
    assert row["interaction"] == pytest.approx(np.linalg.norm(deviation.mean(0)))
    assert row["interaction_low"] <= row["interaction"] <= row["interaction_high"]
    table = result.interactions.query("time == 2").set_index("gene")
    np.testing.assert_allclose(table["delta"] - table["additive"], table["interaction"])
    np.testing.assert_allclose(table["additive"], (a + b).mean(0))
    assert result.ranking.set_index("perturbation").loc["A=knockout", ["additive"]].isna().all()
    assert "sum of singles" in str(result)


def test_three_at_once_are_compared_with_the_sum_of_three():
    result = knockout(model_of(Law()), ["A=ko,B=ko,D=clamp:1"], wild_type())
    assert len(result) == 4
    shift = result.shifts.mean[0, :, -1]
    table = result.interactions.query("time == 2")
    np.testing.assert_allclose(table["additive"], shift[1:].sum(axis=0))
