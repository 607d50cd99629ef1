"""Ranking, effects and fates of perturbations, as they come from the causal layer."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.causal import knockout
from hillflow.errors import InputError


@pytest.fixture(scope="module")
def result(members, cells):
    return knockout(members, ["NA", "NKX2-5", "a&b<c>"], cells)


def labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def test_bars_are_the_effects_with_their_intervals(result):
    ax = pl.knockout_ranking(result.ranking.sample(frac=1, random_state=0))
    assert labels(ax.yaxis) == list(result.ranking["perturbation"])
    widths = {round(bar.get_y() + 0.35): bar.get_width() for bar in ax.patches}
    np.testing.assert_allclose([widths[k] for k in range(3)], result.ranking["effect"])
    (intervals,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    ends = [segment[:, 0] for segment in intervals.get_segments()]
    np.testing.assert_allclose(ends, result.ranking[["low", "high"]])
    assert "2 smaller not drawn" in pl.knockout_ranking(result.ranking, top=1).get_title("left")


def test_effects_stand_where_their_names_do_and_the_perturbed_gene_is_crossed_out(result):
    ax = pl.knockout_effects(result.effects)
    rows, columns = labels(ax.yaxis), labels(ax.xaxis)
    shown = np.ma.filled(np.ma.masked_invalid(ax.images[0].get_array()), np.nan)
    last = result.effects[result.effects["time"] == 3].set_index(["perturbation", "gene"])["delta"]
    for r, perturbation in enumerate(rows):
        for c, gene in enumerate(columns):
            own = perturbation == f"{gene}=knockout"
            assert np.isnan(shown[r, c]) == own
            assert own or shown[r, c] == pytest.approx(last[perturbation, gene])
    assert len(ax.texts) == 3
    with pytest.raises(InputError, match="one of the times 1, 3, found 2"):
        pl.knockout_effects(result.effects, time=2.0)


def test_fates_add_up_and_the_measured_stand_above(result):
    ax = pl.fates(result.fates, measured={"late": 0.75, "early": 0.25})
    names = labels(ax.yaxis)
    assert names[0] == "control, measured"
    fates = result.fates.set_index(["perturbation", "label"])
    for name in result.names:  # each below the control that is compared without its gene
        gene = name.removesuffix("=knockout")
        above = names[names.index(name) - 1]
        assert above == f"control, simulated; {gene} set aside"
        for bars in ax.containers:
            share = fates.loc[(name, bars.get_label())]
            widths = [bars[names.index(one)].get_width() for one in (above, name)]
            assert widths == pytest.approx([share["control"], share["predicted"]])
    ends = np.zeros(len(labels(ax.yaxis)))
    for container in ax.containers:
        ends += [bar.get_width() for bar in container]
    np.testing.assert_allclose(ends, 1.0)
    by_label = {one.get_label(): one[0].get_width() for one in ax.containers}
    assert by_label == {"late": 0.75, "early": 0.25}


def test_cells_without_labels_have_no_fates():
    with pytest.raises(InputError, match="labels"):
        pl.fates(None)


def test_knockouts_are_not_fates_measured_and_simulated(result):
    with pytest.raises(InputError, match=r"hf\.pl\.fates"):
        pl.fate_comparison(result)
