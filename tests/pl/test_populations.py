from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.data import Snapshots


@pytest.fixture
def snapshots() -> Snapshots:
    random = np.random.default_rng(0)
    return Snapshots.from_arrays(
        random.gamma(2.0, size=(80, 4)),
        np.repeat([0.0, 1.0, 2.0, 4.0], 20),
        list("ABCD"),
        np.tile(["control", "A=ko"], 40),
        unit="h",
        labels=np.tile(["left", "left", "right", "right"], 20),
    )


def test_one_panel_a_condition_with_every_cell(snapshots):
    axes = pl.populations(snapshots)
    drawn = [a for a in axes[0].figure.axes if a.collections]
    assert drawn == list(axes)
    assert [a.get_title("left") for a in drawn] == ["control", "A=knockout"]
    assert [sum(len(c.get_offsets()) for c in a.collections) for a in drawn] == [40, 40]


def test_conditions_that_do_not_fit_are_announced(snapshots):
    (ax,) = pl.populations(snapshots, max_conditions=1)
    assert "1 more condition" in ax.figure.get_suptitle()


def test_label_shares_add_up_to_one(snapshots):
    ax = pl.labels(snapshots)
    assert ax.figure.axes == [ax]
    heights = np.array([[bar.get_height() for bar in kind] for kind in ax.containers])
    np.testing.assert_allclose(heights.sum(axis=0), 1.0)
    assert ax.get_title("left").endswith("control")
    control = snapshots.labels[snapshots.rows(0.0, snapshots.conditions[0])]
    assert heights[0, 0] == pytest.approx((control == "left").mean())


def test_labels_are_needed_to_draw_them(snapshots):
    from dataclasses import replace

    from hillflow.errors import InputError

    with pytest.raises(InputError, match="labels"):
        pl.labels(replace(snapshots, labels=None))
