"""The figures of a validation say what the numbers say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hillflow import pl
from hillflow.evaluate import (
    OverCells,
    Universe,
    ValidationSetting,
    network_scores,
    null_distribution,
    sign_scores,
    validate,
)
from hillflow.evaluate.over_cells import Spread
from hillflow.networks import Network

GENES = tuple("ABCDEF")
PAIRS = [(s, t) for s in GENES for t in GENES if s != t]
REFERENCE = Network.from_columns(
    ["A", "A", "B", "C"], ["B", "C", "D", "E"], sign=[1, -1, -1, 1], name="ours",
    evidence=["1;2;3", "", "4", "5"],
)  # fmt: skip


@pytest.fixture
def table() -> pd.DataFrame:
    source, target = zip(*PAIRS, strict=True)
    weight = np.random.default_rng(0).normal(size=len(PAIRS))
    return pd.DataFrame({"source": source, "target": target, "weight": weight})


def text_of(axes) -> str:
    texts = [item.get_text() for panel in axes for item in panel.texts]
    return "\n".join(texts + [panel.get_title("left") for panel in axes])


def test_precision_recall_ends_at_the_base_rate_with_the_band_of_chance(table) -> None:
    scores = network_scores(table, REFERENCE, Universe.ordered_pairs(GENES))
    ax = pl.precision_recall(
        {"ours": scores, "again": scores}, chance=null_distribution(scores, draws=19)
    )
    curve = ax.lines[0].get_xydata()
    np.testing.assert_allclose(curve[-1], (1.0, 4 / 30))
    np.testing.assert_array_equal(curve[1:, 1], scores.curve()[1])
    assert len(ax.collections) == 1
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[1] == f"ours (AP {scores.ap:.3f})"
    assert ax.get_title("left") == "4 edges among 30 pairs"


def test_signs_show_counts_and_shares() -> None:
    ax = pl.signs(sign_scores([1, 1, 1, -1], [1, 1, -1, -1]))
    assert [text.get_text() for text in ax.texts] == ["2\n67%", "1\n33%", "0\n0%", "1\n100%"]
    assert "75% right" in ax.get_title("left")


def test_the_page_lists_edges_with_their_papers(table) -> None:
    found = validate(table, REFERENCE, setting=ValidationSetting(draws=9))
    axes = pl.validation(found)
    text, figure = text_of(axes), axes[0].figure
    assert "A → B  1, 2 …" in text
    assert "B ⊣ D  4" in text
    assert f"Found, not published ({found.counts()['novel']})" in text
    assert f"Found, and published ({found.counts()['matched']})" in text
    verdict = {one.kind: words for one, words in found.verdicts}["degrees"]
    assert f"4 edges among 15 pairs:\n{verdict} (p = " in text
    assert figure.get_suptitle() == "a table of edges against ours"
    notes = figure.get_supxlabel()
    assert "No interval over cells: a single network" in notes
    figure.canvas.draw()


def test_without_anything_to_find_it_says_so(table) -> None:
    found = validate(table, REFERENCE, prior=REFERENCE, setting=ValidationSetting(draws=9))
    text = text_of(pl.validation(found))
    assert "Nothing is left to find" in text
    assert "No signs to compare" in text
    assert "Published, but given (4)" in text


def test_an_edge_found_with_the_other_sign_is_marked(table) -> None:
    turned = table.assign(weight=0.001)
    turned.loc[(table.source == "A") & (table.target == "B"), "weight"] = -5.0
    text = text_of(pl.validation(validate(turned, REFERENCE, setting=ValidationSetting(draws=9))))
    assert "A → B (here ⊣)  1, 2 …" in text
    unsigned = turned.assign(weight=turned["weight"].abs())
    found = validate(unsigned, REFERENCE, setting=ValidationSetting(draws=9))
    assert not found.signed
    assert "here" not in text_of(pl.validation(found))


def test_the_interval_over_cells_stands_in_the_figure(table) -> None:
    found = validate(table, REFERENCE, setting=ValidationSetting(draws=9))
    spread = OverCells("95 % interval", {"ap": Spread.of([0.2, 0.3, 0.4])})
    notes = pl.validation(replace(found, over_cells=spread))[0].figure.get_supxlabel()
    assert f"95 % interval: {spread.text()}." in notes


def test_curves_from_plain_numbers() -> None:
    band = ("degrees", [0, 1], [0.1] * 2, [0.3] * 2)
    ax = pl.precision_recall({"ours": ([0, 1], [0.5, 0.2])}, base_rate=0.2, chance=band)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.5, 0.2])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["chance: edges rewired, 95 %", "ours", "base rate"]
