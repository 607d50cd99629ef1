"""Figures take results and runs; what cannot be drawn is refused with what is wanted."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import hillflow as hf
from hillflow import pl
from hillflow.causal import knockout
from hillflow.errors import HillflowError, InputError
from hillflow.results import Run

OF_A_RUN = (
    "history", "knockout_effects", "knockout_ranking", "labels", "law_fronts", "network",
    "populations", "precision_recall", "regulators", "scores", "stable_states", "stream",
    "trajectories", "validation",
)  # fmt: skip


def titles(drawn: object) -> list[str]:
    return [ax.get_title("left") for ax in np.ravel(np.asarray(drawn, dtype=object))]


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_run_is_drawn_where_it_has_the_result(filled: Path, name):
    drawn = getattr(pl, name)(Run.open(filled))
    assert all(isinstance(ax, Axes) for ax in np.ravel(np.asarray(drawn, dtype=object)))


def test_a_run_gives_the_figure_of_its_result(filled: Path):
    run = Run.open(filled)
    for draw, result in (
        (pl.network, run.graph), (pl.network, run.graph.edges), (pl.regulators, run.graph),
        (pl.knockout_ranking, run.knockouts), (pl.knockout_ranking, run.knockouts.ranking),
        (pl.knockout_effects, run.knockouts), (pl.knockout_effects, run.knockouts.effects),
        (pl.populations, run.data), (pl.labels, run.data), (pl.law_fronts, run.laws),
        (pl.stable_states, run.scm), (pl.validation, run.validation),
    ):  # fmt: skip
        assert titles(draw(run)) == titles(draw(result))


def test_predicted_perturbations_are_drawn_as_they_are(members, cells):
    result = knockout(members, ["NA", "NKX2-5"], cells)
    assert titles(pl.knockout_ranking(result)) == titles(pl.knockout_ranking(result.ranking))
    assert titles(pl.knockout_effects(result)) == titles(pl.knockout_effects(result.effects))
    with pytest.raises(InputError, match=r"ranking .* without 'effect'"):
        pl.knockout_ranking(result.effects)


def test_a_prediction_is_drawn_beside_the_run(filled: Path):
    run = Run.open(filled)
    drawn = pl.prediction(run, hf.predict(run, "NKX2-5=ko", times=3))
    assert drawn.shape == (1, 1)
    assert drawn[0, 0].get_ylabel() == "NKX2-5=knockout"


def test_a_run_without_the_result_names_the_command(bare: Path, tmp_path):
    run = Run.open(shutil.copytree(bare, tmp_path / "bare"))
    for name, command in (
        ("network", "hillflow graph bare"), ("knockout_ranking", "hillflow knockout bare --all"),
        ("validation", "hillflow validate bare"), ("law_fronts", "hillflow laws bare"),
        ("stable_states", "hillflow scm bare"),
    ):  # fmt: skip
        with pytest.raises(HillflowError, match=command):
            getattr(pl, name)(run)


def test_a_run_keeps_its_shares_of_fates(filled: Path, bare: Path):
    run = Run.open(filled)
    assert titles(pl.fates(run)) == titles(pl.fates(run.knockouts.fates))
    with pytest.raises(InputError, match=r"hf\.knockout\(run\)"):
        pl.fates(Run.open(bare))


@pytest.mark.parametrize("name", sorted(set(pl.__all__)))
@pytest.mark.parametrize("given", [3, "run", SimpleNamespace(), pd.DataFrame({"a": [1]})])
def test_what_cannot_be_drawn_is_refused(name, given):
    more = {"trajectory": ("A",), "law": ("A",), "prediction": (given,)}.get(name, ())
    with pytest.raises(HillflowError, match="Expected"):
        getattr(pl, name)(given, *more)


def test_tables_are_drawn_as_they_are_read_back(model, cells, tmp_path):
    paths = knockout(model, ["NA", "a&b<c>"], cells).save(tmp_path / "knockouts.csv")
    draws = (pl.knockout_effects, pl.knockout_ranking, pl.fates)
    for draw, path in zip(draws, paths, strict=True):
        draw(pd.read_csv(path, keep_default_na=False))  # one member: no interval, empty cells
