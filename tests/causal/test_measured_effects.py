"""Measured effects are those of the cells, and stand beside the predicted ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.causal import knockout
from hillflow.data import Snapshots
from hillflow.interventions import Intervention
from hillflow.show import to_text

from .laws import GENES, Law, model_of, wild_type


@pytest.fixture(scope="module")
def data() -> Snapshots:
    """The wild type, and cells without A that have less of B and more of C at time 2 alone."""
    wild = wild_type()
    rows = wild.rows(2.0)
    x = wild.x[rows] + np.array([-0.5, -0.2, 0.1, 0.0])
    return Snapshots.from_arrays(
        np.concatenate([wild.x, x]), np.concatenate([wild.time, wild.time[rows]]), GENES,
        [*["control"] * len(wild.x), *["A=knockout"] * len(rows)], unit="h",
    )  # fmt: skip


def test_the_measured_shift_is_that_of_the_cells(data):
    result = knockout(model_of(Law()), ["A", "B"], data)
    shift = result.effects.set_index(["perturbation", "time", "gene"])["measured_delta"]
    np.testing.assert_allclose(shift["A=knockout", 2.0], [-0.5, -0.2, 0.1, 0.0], atol=1e-6)
    assert shift["A=knockout", 1.0].isna().all()
    assert shift["B=knockout"].isna().all()
    mean = result.effects["measured_mean"] - result.effects["control_mean"]
    np.testing.assert_allclose(mean, result.effects["measured_delta"])


def test_the_measured_effect_is_the_length_of_the_predicted_ones_kind(data):
    result = knockout(model_of(Law()), ["A", "B"], data)
    row = result.ranking.set_index("perturbation").loc["A=knockout"]
    others = np.array([-0.2, 0.1, 0.0]) / result.controls.spread[1:]
    assert row["measured_effect"] == pytest.approx(np.linalg.norm(others), rel=1e-4)
    predicted = result.shifts.mean[0, 0, -1, 1:] / result.controls.spread[1:]
    expected = np.corrcoef(others, predicted)[0, 1]
    assert row["measured_correlation"] == pytest.approx(expected, abs=1e-4)
    assert result.ranking.set_index("perturbation").loc["B=knockout"].isna()["measured_effect"]


def test_the_words_say_whether_the_fit_has_seen_the_cells(data):
    member = model_of(Law())
    text = to_text(knockout(member, ["A", "B"], data).blocks())
    assert "not trained on the cells of A=ko" in text
    assert "–" in text  # B was not measured
    seen = replace(member, conditions=(*member.conditions, Intervention.knockout("A")))
    assert "no test of it" in to_text(knockout(seen, ["A"], data).blocks())
    assert "measured" not in to_text(knockout(member, ["A"], wild_type()).blocks())
