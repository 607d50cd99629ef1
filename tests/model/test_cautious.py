"""Shifts lessened by the members' spread, against NumPy and by hand."""

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.model.cautious import cautious_mean

from ..small_fits import GENES, TIMES, flow

KNOCKOUT = Intervention.knockout("A")


def control(cells: int = 30) -> Snapshots:
    start = 2 + 0.5 * np.random.default_rng(0).normal(size=(cells, 3))
    x = np.concatenate([flow(start, time) for time in TIMES])
    return Snapshots.from_arrays(x, np.repeat(TIMES, cells), GENES, unit="h")


def moved_by(cells: Snapshots, *shifts: tuple[float, ...]) -> list[Snapshots]:
    return [replace(cells, x=cells.x + np.array(shift)) for shift in shifts]


def test_agreed_shifts_remain_and_contested_ones_vanish():
    cells = control()
    members = moved_by(cells, (1.0, 0.5, -0.4), (1.0, -0.5, -0.8))
    found = cautious_mean(members, cells).x - cells.x
    spread = np.sqrt(2) * 0.2  # of −.4 and −.8, with one degree of freedom
    expected = [1, 0, -0.6 + 2 * spread]
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), atol=1e-6)


def test_a_gene_that_was_acted_on_is_not_held_back():
    cells = control()
    treated = replace(cells, conditions=(KNOCKOUT,))
    members = [
        replace(one, conditions=(KNOCKOUT,)) for one in moved_by(cells, (-2, 1, 0), (-1, 0, 0))
    ]
    found = cautious_mean(members, cells).x - treated.x
    np.testing.assert_allclose(found, np.broadcast_to([-1.5, 0, 0], found.shape), atol=1e-6)


def test_each_time_has_its_own_spread_and_no_cell_goes_farther_than_the_mean():
    cells, random = control(), np.random.default_rng(1)
    members = [replace(cells, x=cells.x + random.normal(size=cells.x.shape)) for _ in range(4)]
    found = cautious_mean(members, cells)
    for time in cells.times:
        rows = cells.rows(time)
        moved = np.array([one.x[rows] - cells.x[rows] for one in members])
        d, s = moved.mean(0), moved.mean(1).std(0, ddof=1)
        expected = cells.x[rows] + np.where(np.abs(d) > 2 * s, d - 2 * s * np.sign(d), 0)
        np.testing.assert_allclose(found.x[rows], expected, atol=1e-5)


def test_an_ensemble_predicts_so_when_asked(known):
    data = control()
    ensemble = Fit((known, replace(known)))
    plain = ensemble.predict(data, KNOCKOUT)
    np.testing.assert_allclose(
        ensemble.predict(data, KNOCKOUT, cautious=True).x, plain.x, atol=1e-6
    )


def test_what_cannot_be_cautious_is_refused_before_anything_is_rolled_out(known):
    pair = Fit((known, replace(known)))
    with pytest.raises(InputError, match="two members or more"):
        Fit((known,)).predict(control(), KNOCKOUT, cautious=True)
    with pytest.raises(InputError, match="plain rollout"):
        pair.predict(control(), KNOCKOUT, absolute=True, cautious=True)
    with pytest.raises(InputError, match="plain rollout"):
        pair.predict(control(), "control", cautious=True)
