from __future__ import annotations

import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.transport import (
    ExactOT,
    Independent,
    Sinkhorn,
    Unbalanced,
    WassersteinFisherRao,
    make_coupling,
)

ALL = [Independent(), ExactOT(chunk=16), Sinkhorn(), Unbalanced(), WassersteinFisherRao()]
Z = np.random.default_rng(0).normal(size=(12, 2))


@pytest.mark.parametrize("coupling", ALL, ids=lambda c: c.name)
def test_same_seed_same_pairs(coupling, clouds) -> None:
    z0, z1, w0, w1 = clouds
    first, again = (coupling.couple(z0, z1, w0, w1, seed=5) for _ in range(2))
    for name in ("i", "j", "weight"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


@pytest.mark.parametrize("coupling", [Independent(), Sinkhorn(), ExactOT(chunk=16)])
def test_another_seed_gives_other_pairs(coupling, clouds) -> None:
    first, other = (coupling.couple(*clouds, seed=seed) for seed in (0, 1))
    assert len(first) != len(other) or not np.array_equal(first.j, other.j)


@pytest.mark.parametrize("coupling", ALL, ids=lambda c: c.name)
def test_cells_of_weight_zero_are_in_no_pair(coupling, clouds) -> None:
    z0, z1, w0, w1 = clouds
    w0, w1 = w0.copy(), w1.copy()
    w0[:7], w1[-9:] = 0, 0
    pairs = coupling.couple(z0, z1, w0, w1)
    assert pairs.i.min() >= 7
    assert pairs.j.max() < len(z1) - 9
    want = ((z0[pairs.i] - z1[pairs.j]) ** 2).sum(axis=1) @ pairs.weight / pairs.weight.sum()
    assert pairs.cost == pytest.approx(want)


@pytest.mark.parametrize("coupling", ALL, ids=lambda c: c.name)
def test_a_single_cell_meets_everyone(coupling) -> None:
    pairs = coupling.couple(Z[:1], Z)
    assert set(pairs.i) == {0}
    assert set(pairs.j) <= set(range(12))
    assert pairs.weight.sum() == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Z[:0], Z), "cells at the start"),
        ((Z, Z[:0]), "cells at the end"),
        ((Z, Z[:, :1]), "same coordinates, found 2 at the start and 1 at the end"),
        ((np.where(Z > 2, np.nan, Z) * np.inf, Z), "finite states at the start"),
        ((Z, Z, np.full(12, -1.0)), "at least 0 and not all 0, found 12 negative"),
        ((Z, Z, None, np.zeros(12)), "weights at the end"),
        ((Z, Z, np.ones(11)), "12 cells at the start, found shape"),
        ((Z, Z, np.full(12, np.nan)), "12 not finite"),
    ],
)
def test_unusable_populations_are_refused(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        Independent().couple(*arguments)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("exact", {"tolerance": 0}),
        ("exact", {"chunk": -5}),
        ("exact", {"refinements": -1}),
        ("sinkhorn", {"epsilon": 0}),
        ("sinkhorn", {"keep": "best"}),
        ("sinkhorn", {"precision": "half"}),
        ("unbalanced", {"tau": 0}),
        ("unbalanced", {"tau_target": -1}),
        ("wfr", {"delta": 0}),
        ("independent", {"draws": 0}),
    ],
)
def test_options_out_of_range_are_refused(name, options) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        make_coupling(name, **options)
