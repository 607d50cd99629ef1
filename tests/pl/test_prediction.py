from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError


def cells(times: list[float], conditions: list[str], seed: int, genes: str = "ABCD") -> Snapshots:
    random = np.random.default_rng(seed)
    each = 12
    total = each * len(times) * len(conditions)
    return Snapshots.from_arrays(
        random.gamma(2.0, size=(total, len(genes))),
        np.tile(np.repeat(times, each), len(conditions)),
        list(genes),
        np.repeat(conditions, each * len(times)),
        unit="h",
    )


def test_measured_and_predicted_stand_in_the_same_panel():
    observed = cells([0.0, 1.0, 2.0], ["control", "A=ko"], 0)
    predicted = cells([1.0, 2.0], ["A=ko"], 1)
    axes = pl.prediction(observed, predicted)
    assert axes.shape == (1, 2)
    assert list(axes[0]) == axes[0, 0].figure.axes
    assert [panel.get_title("left") for panel in axes[0]] == ["1 h", "2 h"]
    assert axes[0, 0].get_ylabel() == "A=knockout"
    for panel in axes[0]:
        assert [len(c.get_offsets()) for c in panel.collections] == [12, 12]


def test_conditions_that_do_not_fit_are_announced():
    observed = cells([0.0, 1.0], ["control", "A=ko", "B=ko"], 0)
    axes = pl.prediction(observed, observed, max_conditions=1)
    figure = axes[0, 0].figure
    assert figure.get_suptitle() == "2 more conditions not drawn"
    assert [panel.get_ylabel() for panel in figure.axes] == ["control", ""]


def test_nothing_in_common_is_refused():
    with pytest.raises(InputError, match="both measured and predicted"):
        pl.prediction(cells([0.0, 1.0], ["control"], 0), cells([3.0, 4.0], ["control"], 1))


def test_other_genes_are_refused():
    with pytest.raises(GeneNameError, match="'D', 'E' in one of them"):
        pl.prediction(cells([0.0, 1.0], ["control"], 0), cells([0.0, 1.0], ["control"], 1, "ABCE"))
