"""What holds for every figure: axes in, axes out, one style, an example that runs."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import hillflow as hf
from hillflow import pl
from hillflow.errors import InputError
from hillflow.evaluate import ValidationSetting, sign_scores, validate
from hillflow.networks import Network
from hillflow.results import Run
from hillflow.symbolic import BooleanNetwork, BooleanRule, Laws

Draw = Callable[..., Any]


@pytest.fixture(scope="module")
def figures(filled: Path) -> dict[str, tuple[Draw, int]]:
    """How to draw each figure of one run, and on how many axes."""
    run = Run.open(filled)
    graph = Network.load(filled / "edges.csv")
    laws = Laws.load(filled / "laws.json")
    effects = pd.read_csv(filled / "knockouts.csv", keep_default_na=False)
    ranking = pd.read_csv(filled / "ranking.csv", keep_default_na=False)
    shares = pd.DataFrame(
        {"perturbation": "A=ko", "label": ["x", "y"], "control": [1, 0], "predicted": [0.5, 0.5]}
    )
    bins = pd.DataFrame(
        {"confidence": [0.5], "true": [0.4], "true_low": [0.1], "true_high": [0.7], "edges": [9]}
    )
    edges = pd.DataFrame(
        {"source": ["GATA1", "SPI1", "KLF1"], "target": ["SPI1", "GATA1", "SPI1"],
         "weight": [-1.0, -0.8, 0.2]}
    )  # fmt: skip
    result = validate(edges, "hematopoiesis", setting=ValidationSetting(draws=9))
    rules = BooleanNetwork({"A": BooleanRule(((("A", 1), ("B", -1)), (("B", 1),)), 0.5),
                            "B": BooleanRule((), 0.5)})  # fmt: skip
    states = run.scm
    compared = pd.DataFrame(
        {"perturbation": ["control"] * 2, "label": ["a<b", "c"], "measured": [0.6, 0.4],
         "simulated": [0.5, 0.5]}
    )  # fmt: skip
    curve = {"ours": ([0, 1], [0.5, 0.2])}
    return {
        "drivers": (lambda **to: pl.drivers(graph, **to), 0),
        "fate_comparison": (lambda **to: pl.fate_comparison(compared, **to), 0),
        "fates": (lambda **to: pl.fates(shares, **to), 0),
        "history": (lambda **to: pl.history(run.history, **to), 2),
        "knockout_effects": (lambda **to: pl.knockout_effects(effects, **to), 0),
        "knockout_ranking": (lambda **to: pl.knockout_ranking(ranking, **to), 0),
        "labels": (lambda **to: pl.labels(run.data, **to), 0),
        "law": (lambda **to: pl.law(run, "a&b<c>", **to), 0),
        "law_front": (lambda **to: pl.law_front(laws["a&b<c>"], **to), 0),
        "law_fronts": (lambda **to: pl.law_fronts(laws, **to), 1),
        "logic_network": (lambda **to: pl.logic_network(rules, **to), 0),
        "network": (lambda **to: pl.network(graph, **to), 0),
        "populations": (lambda **to: pl.populations(run.data, **to), 2),
        "precision_recall": (lambda **to: pl.precision_recall(curve, **to), 0),
        "prediction": (lambda **to: pl.prediction(run.data, run.data, **to), 6),
        "regulators": (lambda **to: pl.regulators(graph, **to), 0),
        "reliability": (lambda **to: pl.reliability(bins, **to), 0),
        "scores": (lambda **to: pl.scores({"ours": 0.5}, **to), 0),
        "signs": (lambda **to: pl.signs(sign_scores([1, -1], [1, 1]), **to), 0),
        "stable_states": (lambda **to: pl.stable_states(states, **to), 0),
        "stream": (lambda **to: pl.stream(run, **to), 0),
        "trajectories": (lambda **to: pl.trajectories(run, **to), 4),
        "trajectory": (lambda **to: pl.trajectory(run, "NA", **to), 0),
        "validation": (lambda **to: pl.validation(result, **to), 5),
    }


def style_of(ax: Axes) -> list[object]:
    """Which spines are drawn, the sizes of texts, and how many texts there are."""
    ticks = [axis.get_major_ticks()[0].label1 for axis in (ax.xaxis, ax.yaxis)]
    texts = [ax.xaxis.label, ax.yaxis.label, *ticks]
    titles = [ax.get_title(place) for place in ("left", "center", "right")]
    spines = [spine.get_visible() for spine in ax.spines.values()]
    return [spines, [text.get_fontsize() for text in texts], titles, len(ax.texts)]


def test_every_figure_is_tried(figures):
    assert sorted(figures) == pl.__all__


@pytest.mark.parametrize("name", pl.__all__)
def test_axes_in_axes_out_in_the_same_style(figures, name):
    draw, count = figures[name]
    given = Figure(figsize=(12, 3)).subplots(1, max(count, 1), squeeze=False).ravel()
    if not count:
        (ax,) = given
        assert draw(ax=ax) is ax
        drawn = np.array([draw()])
    else:
        assert list(np.ravel(draw(axes=list(given)))) == list(given)
        drawn = np.ravel(draw())
        with pytest.raises(
            InputError, match=f"{count} axes, one for each panel, found {count + 1}"
        ):
            draw(axes=[*given, given[0]])
    assert all(isinstance(ax, Axes) for ax in drawn)
    for new, ours in zip(drawn, given, strict=True):
        assert style_of(ours) == style_of(new)
        ours.figure.canvas.draw()
        new.figure.canvas.draw()


@pytest.mark.parametrize("name", pl.__all__)
def test_the_users_settings_stay_as_they_are(figures, name):
    before = dict(plt.rcParams)
    figures[name][0]()
    assert dict(plt.rcParams) == before


def test_a_new_figure_is_displayed_unless_it_is_drawn_for_a_file(figures):
    draw, _ = figures["network"]
    assert draw().figure.number in plt.get_fignums()
    plt.close("all")
    with pl.figure_style(off_screen=True):
        draw()
    assert plt.get_fignums() == []
    draw()
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", pl.__all__)
def test_each_has_its_parameters_its_result_and_an_example_that_runs(
    filled, name, tmp_path, monkeypatch
):
    (tmp_path / "run").symlink_to(filled)
    monkeypatch.chdir(tmp_path)
    function = getattr(hf.pl, name)
    text = inspect.getdoc(function)
    for heading in ("Parameters", "Returns", "Examples"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in text
    for parameter in inspect.signature(function).parameters:
        assert parameter in text
    (test,) = doctest.DocTestFinder(recurse=False).find(function, name)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
