from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.pl import plot_prediction


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
    figure = plot_prediction(observed, predicted)
    assert [panel.get_title("left") for panel in figure.axes] == ["1 h", "2 h"]
    assert figure.axes[0].get_ylabel() == "A=knockout"
    for panel in figure.axes:
        assert [len(c.get_offsets()) for c in panel.collections] == [12, 12]


def test_conditions_that_do_not_fit_are_announced():
    observed = cells([0.0, 1.0], ["control", "A=ko", "B=ko"], 0)
    figure = plot_prediction(observed, observed, most=1)
    assert figure.get_suptitle() == "2 more conditions not drawn"
    assert [panel.get_ylabel() for panel in figure.axes] == ["control", ""]


def test_nothing_in_common_is_refused():
    with pytest.raises(InputError, match="both measured and predicted"):
        plot_prediction(cells([0.0, 1.0], ["control"], 0), cells([3.0, 4.0], ["control"], 1))


def test_other_genes_are_refused():
    with pytest.raises(GeneNameError, match="'D', 'E' in one of them"):
        plot_prediction(
            cells([0.0, 1.0], ["control"], 0), cells([0.0, 1.0], ["control"], 1, "ABCE")
        )
