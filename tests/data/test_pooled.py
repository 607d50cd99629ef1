"""Pooled means against SciPy's test of two means, by hand, and against the truth of simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from hillflow.data import Snapshots, pooled_control
from hillflow.errors import InputError
from hillflow.interventions import Intervention

GENES, TIMES = ("A", "B", "C", "D"), (0.0, 1.0)
CONTROL = Intervention.control()
TREATED = ("A=ko", "B=ko", "C=clamp:2", "A=ko,B=oe:2")


def snapshots(
    cells: int = 40, seed: int = 0, level: float = 3.0, far: float = 0.0, **given: object
) -> Snapshots:
    """Every population from one law; those in which A was acted on have D moved by `far`."""
    random = np.random.default_rng(seed)
    conditions = [name for name in ("control", *TREATED) for _ in range(cells)] * len(TIMES)
    x = level + random.normal(size=(len(conditions), len(GENES)))
    x[np.array(["A=" in name for name in conditions]), 3] += far
    time = np.repeat(TIMES, cells * (1 + len(TREATED)))
    return Snapshots.from_arrays(x, time, GENES, conditions, unit="h", **given)  # type: ignore[arg-type]


def expected(cells: Snapshots, time: float, gene: int) -> float:
    own = cells.x[cells.rows(time, CONTROL), gene]
    joined = [own]
    for condition in cells.conditions:
        other = cells.x[cells.rows(time, condition), gene]
        z = stats.ttest_ind(own, other, equal_var=False).statistic
        if not condition.is_control and GENES[gene] not in condition.genes and abs(z) < 2:
            joined.append(other)
    return float(np.concatenate(joined).mean())


@pytest.mark.parametrize("level", [0.0, 6.0])  # below 0 cells are shifted, above they are scaled
def test_means_are_those_of_all_cells_that_do_not_differ(level):
    cells = snapshots(level=level, far=0.4)
    found = pooled_control(cells)
    for time in TIMES:
        rows = cells.rows(time, CONTROL)
        for gene in range(len(GENES)):
            mean = found.x[rows, gene].mean()
            assert mean == pytest.approx(expected(cells, time, gene), abs=1e-9)
    treated = np.flatnonzero(cells.condition != cells.conditions.index(CONTROL))
    np.testing.assert_array_equal(found.x[treated], cells.x[treated])


def test_what_differs_lends_nothing():
    cells = snapshots(far=9.0)
    alone = cells.take(
        np.flatnonzero(["A" not in cells.conditions[k].genes for k in cells.condition])
    )
    rows, fewer = (one.rows(0.0, CONTROL) for one in (cells, alone))
    np.testing.assert_allclose(pooled_control(cells).x[rows, 3], pooled_control(alone).x[fewer, 3])


def test_the_truth_is_nearer_in_the_mean():
    errors = {"own": [], "pooled": []}
    for seed in range(40):
        cells = snapshots(cells=20, seed=seed)
        rows = cells.rows(0.0, CONTROL)
        for name, one in (("own", cells), ("pooled", pooled_control(cells))):
            errors[name].append((one.x[rows].mean(axis=0)[3] - 3.0) ** 2)
    # Of D five populations measure the mean; without the test of difference it would be 1/5.
    assert np.mean(errors["pooled"]) < 0.4 * np.mean(errors["own"])


def test_cells_that_scale_keep_their_zeros():
    cells = snapshots()
    x = np.maximum(cells.x - 3.0, 0.0)
    x[:, 0] = 0.0  # never seen: nothing to scale
    found = pooled_control(replace(cells, x=x))
    np.testing.assert_array_equal(found.x == 0, x == 0)
    assert (found.x >= 0).all()


def test_cells_of_no_weight_might_as_well_not_be_there():
    cells = snapshots()
    counted = np.random.default_rng(1).random(len(cells)) < 0.5
    part = cells.take(np.flatnonzero(counted))
    weighed = replace(cells, weights=np.where(counted, 1.0, 1e-12))
    np.testing.assert_allclose(pooled_control(weighed).x[counted], pooled_control(part).x)


def test_few_cells_are_told_by_the_error_of_few():
    rows = np.concatenate([np.arange(k, k + 3) for k in range(0, 400, 40)])
    for seed in range(20):
        cells = snapshots(seed=seed).take(rows)
        found = pooled_control(cells)
        for time in TIMES:
            mean = found.x[found.rows(time, CONTROL)].mean(axis=0)
            np.testing.assert_allclose(mean, [expected(cells, time, k) for k in range(4)])


def test_one_treated_cell_below_0_does_not_shift_the_control():
    cells = snapshots(level=6.0)
    x = cells.x.copy()
    x[cells.rows(0.0, Intervention.parse("A=ko"))[0], 1] = -1e-6
    x[cells.rows(0.0, CONTROL)[0]] = 0.0
    assert (pooled_control(replace(cells, x=x)).x[cells.rows(0.0, CONTROL)[0]] == 0).all()


def test_a_population_of_no_weight_lends_nothing():
    cells = snapshots(level=0.0)
    mute = cells.conditions[cells.condition.max()]
    weights = np.where(cells.condition == cells.condition.max(), 0.0, 1.0)
    rows = np.flatnonzero(weights)
    found = pooled_control(replace(cells, weights=weights)).x[rows]
    np.testing.assert_allclose(found, pooled_control(cells.take(rows)).x)
    assert not mute.is_control


def test_a_time_without_treated_cells_stays():
    cells = snapshots()
    kept = np.flatnonzero((cells.time == 0) | (cells.condition == cells.conditions.index(CONTROL)))
    part = cells.take(kept)
    late = part.rows(1.0, CONTROL)
    np.testing.assert_allclose(pooled_control(part).x[late], part.x[late])


def test_without_anything_to_borrow_from_it_says_so():
    cells = snapshots()
    alone = cells.take(cells.rows(condition=CONTROL))
    with pytest.raises(InputError, match="cells as they are"):
        pooled_control(alone)
    treated = cells.take(cells.rows(condition=Intervention.parse("A=ko")))
    with pytest.raises(InputError, match="control cells, and"):
        pooled_control(treated)
    is_control = cells.condition == cells.conditions.index(CONTROL)
    apart = np.flatnonzero((cells.time == 0) == is_control)
    with pytest.raises(InputError, match="never both at one time"):
        pooled_control(cells.take(apart))
    with pytest.raises(InputError, match=r"run\.data"):
        pooled_control("blood.h5ad")  # type: ignore[arg-type]
