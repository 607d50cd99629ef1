from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hillflow.causal import knockout
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.model import Fit

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
        "perturbation,gene,time,control_mean,predicted_mean,delta,low,high,in_support,"
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


def test_each_member_keeps_the_orthant_as_its_own_field_does():
    below, above = model_of(Law()), model_of(Law())
    below.field.keeps_orthant, above.field.keeps_orthant = False, True
    data = wild_type()
    data = replace(data, x=0.02 * data.x)  # low enough for a knockout to go below 0
    data.x[data.rows(data.times[-1])[0], 2] = -0.01  # so a level below 0 is possible
    each = [knockout(one, ["A"], data).predicted_means[0] for one in (below, above)]
    assert each[0].min() < 0 <= each[1].min()
    for order in ((0, 1), (1, 0)):
        mixed = knockout(Fit.of(*((below, above)[k] for k in order)), ["A"], data)
        for member, k in enumerate(order):
            np.testing.assert_allclose(mixed.predicted_means[member], each[k])


def test_no_mean_falls_below_0_where_no_control_cell_does():
    below, data = model_of(Law()), wild_type()
    below.field.keeps_orthant = False
    data = replace(data, x=np.abs(0.02 * data.x))
    assert knockout(below, ["A"], data).predicted_means.min() >= 0
