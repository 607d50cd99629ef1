"""Populations guessed without a model, where the guess is known."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import TimeError
from hillflow.evaluate.population_baselines import (
    control_with_gene_set,
    no_change,
    ot_interpolation,
)
from hillflow.interventions import Intervention

GENES = ("A", "B", "C")


@pytest.fixture
def cells() -> Snapshots:
    """The same cloud at 0 and at 4, moved by (1, 2, 3)."""
    cloud = np.random.default_rng(0).uniform(1, 2, size=(20, 3))
    return Snapshots.from_arrays(
        np.concatenate([cloud, cloud + np.array([1.0, 2.0, 3.0])]), np.repeat([0.0, 4.0], 20), GENES
    )


def test_no_motion_is_the_time_before(cells) -> None:
    np.testing.assert_array_equal(no_change(cells, 1.0), cells.x[:20])
    np.testing.assert_array_equal(no_change(cells, 9.0), cells.x[20:])
    with pytest.raises(TimeError, match="before 0"):
        no_change(cells, 0.0)


def test_interpolation_moves_each_cell_by_its_share_of_the_gap(cells) -> None:
    points, weight = ot_interpolation(cells, 1.0)
    assert weight.sum() == pytest.approx(1.0)
    expected = cells.x[:20] + np.array([1.0, 2.0, 3.0]) / 4
    order = np.argsort(points[:, 0])
    np.testing.assert_allclose(points[order], expected[np.argsort(expected[:, 0])], atol=1e-6)
    with pytest.raises(TimeError, match="after 5"):
        ot_interpolation(cells, 5.0)


def test_control_with_the_perturbed_genes_set(cells) -> None:
    done = Intervention.knockout("A") + Intervention.clamp("B", 1.5)
    done += Intervention.overexpression("C", factor=2.0)
    x = control_with_gene_set(cells, done, 4.0)
    assert (x[:, 0] == 0).all()
    assert (x[:, 1] == 1.5).all()
    np.testing.assert_array_equal(x[:, 2], cells.x[20:, 2])
    assert cells.x[20:, 0].min() > 0  # the data are as they were
