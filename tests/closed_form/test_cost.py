"""Estimates grow with what is asked for, and name what to do if memory is short."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.closed_form import cost
from hillflow.closed_form.coupled import CHUNK, coupled
from hillflow.data import Snapshots
from hillflow.errors import InputError


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    return Snapshots.from_anndata(hf.simulate("six-gene", cells=40, times=[0, 1, 2, 4]))


def test_each_part_has_its_time_and_workers_share_it(cells, monkeypatch) -> None:
    monkeypatch.setattr(cost, "_timed", lambda work: (work(), 1.0))  # whatever is timed
    monkeypatch.setattr(cost, "memory_in_use", lambda: 0)
    one = cost.estimate(coupled(cells), np.arange(6), 20)
    assert set(one.parts) == {"coupling cells", "truth tables", "halves of the cells"}
    assert one.parts["coupling cells"] == pytest.approx(6)  # three pieces, one timed; and pairs
    tables = one.parts["truth tables"] / 21  # without twenty bootstraps
    assert one.parts["halves of the cells"] == pytest.approx(6 + tables)
    assert one.memory > 0
    both = cost.estimate(coupled(cells), np.arange(6), 20, jobs=2)
    assert both.seconds == pytest.approx(one.seconds / 2)
    few = cost.estimate(coupled(cells), np.arange(2), 20)
    assert few.memory < one.memory
    assert len(cells.x) < CHUNK


def test_what_does_not_fit_is_refused_with_what_to_do(cells, monkeypatch) -> None:
    monkeypatch.setattr(cost, "memory_of_machine", lambda: 1e6)
    with pytest.raises(InputError, match=r"a network within the 0\.0 GB.*regulators=… \(--reg"):
        cost.estimate(coupled(cells), np.arange(6), 2).check()
