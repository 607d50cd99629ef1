"""A look at the data: what comes back in the other half of the cells, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.data import Snapshots
from hillflow.errors import UnsupportedError
from hillflow.evaluate.data_check import check_data, reproducibility

GENES = tuple("ABCDEFGH")


def cells(shift: float, *, seed: int = 0, cells: int = 60, batch: bool = False, scale: float = 1.0):
    """A control and a knockout of A whose other genes lie `shift` times their direction away."""
    random = np.random.default_rng(seed)
    direction = np.linspace(-1, 1, len(GENES))
    x, time, condition = [], [], []
    for t in (0, 1, 2):
        for name in ("control", "A=ko"):
            moved = shift * direction if name != "control" else 0
            x.append(3 + moved + 0.3 * random.standard_normal((cells, len(GENES))))
            time += [t] * cells
            condition += [name] * cells
    return Snapshots.from_arrays(
        scale * np.concatenate(x), time, GENES, condition,
        batch=[f"b{t}" for t in time] if batch else None,
    )  # fmt: skip


def test_reproducibility_is_what_theory_says() -> None:
    """r = var(shift) / (var(shift) + noise of the difference of two halves' means)."""
    random = np.random.default_rng(1)
    n, genes, sd = 40, 400, 1.0
    shift = 0.3 * random.standard_normal(genes)
    own, wild = (m + sd * random.standard_normal((n, genes)) for m in (shift, 0.0))
    noise = 2 * sd**2 / (n / 2)  # of a half of each
    expected = shift.var() / (shift.var() + noise)
    assert reproducibility([(own, wild)], random, 50) == pytest.approx(expected, abs=0.08)


def test_a_strong_effect_comes_back_and_none_does_not() -> None:
    strong, none = check_data(cells(1.0)).perturbations, check_data(cells(0.0)).perturbations
    assert strong.loc[0, "verdict"] == "reproducible"
    assert strong.loc[0, "reproducibility"] > 0.95
    assert strong.loc[0, "ceiling"] > 0.97
    assert none.loc[0, "verdict"] == "no reproducible effect"
    assert none.loc[0, "ceiling"] < 0.75
    assert strong.loc[0, "times"] == 3
    assert strong.loc[0, "cells"] == 180


def test_what_is_missing_is_said() -> None:
    found = check_data(cells(0.0, cells=30, batch=True, scale=40))
    assert {finding.code for finding in found.findings} == {
        "check.few-cells", "check.no-reproducible-effect", "check.not-logged",
        "check.batch-is-time",
    }  # fmt: skip
    assert not check_data(cells(1.0)).findings


def test_answers_follow_from_times_and_perturbations() -> None:
    answers = check_data(cells(1.0)).answers.set_index("question")["answer"]
    assert answers.tolist() == ["yes", "yes", "yes", "hardly"]  # one knockout cannot check another
    alone = cells(1.0)
    control = check_data(alone.take(alone.rows(condition="control")))
    assert control.answers["answer"].tolist() == ["yes", "yes", "hardly", "hardly"]
    assert not len(control.perturbations)


def test_it_shows_itself_and_is_plain_json() -> None:
    found = hf.check(cells(1.0))
    for word in ("A=knockout", "reproducible", "Who regulates whom?", "360 × 8"):
        assert word in str(found)
    assert found.to_json()["perturbations"][0]["perturbation"] == "A=knockout"
    assert "<table" in found._repr_html_()


def test_series_are_refused() -> None:
    from hillflow.data import Trajectories
    from hillflow.systems import build_system, simulate_trajectories

    series = simulate_trajectories(build_system("toggle"), range(4), cells=4)
    with pytest.raises(UnsupportedError, match="snapshots"):
        check_data(Trajectories.from_anndata(series.to_anndata(), series="series"))
