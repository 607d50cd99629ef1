"""Fates measured and simulated side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.causal import simulated_fates
from hillflow.errors import InputError

from ..small_fits import known as known  # a fixture
from ..small_fits import snapshots


def test_the_true_law_reproduces_the_fates(known):
    """Cells of the linear law keep the order of their first gene, by which they are labelled."""
    cells = snapshots(cells=200)
    high = np.zeros(len(cells), dtype=bool)
    for t in cells.times:
        rows = cells.rows(t)
        high[rows] = cells.x[rows, 0] > np.quantile(cells.x[rows, 0], 0.7)
    labelled = replace(cells, labels=np.where(high, "high", "low"))
    shares = simulated_fates(known, labelled)
    assert shares.groupby("perturbation")[["measured", "simulated"]].sum().round(9).eq(1).all(None)
    table = shares.set_index("label")
    assert table.loc["high", "measured"] == pytest.approx(0.3, abs=0.01)
    assert table.loc["high", "simulated"] == pytest.approx(0.3, abs=0.08)


def test_cells_without_labels_have_no_fates(known):
    with pytest.raises(InputError, match=r"obs\['label'\]"):
        simulated_fates(known, snapshots())
