from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hillflow.data import LinearBasis, Snapshots
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import make_field
from hillflow.interventions import Intervention

from ..small_fits import GENES, MATRIX, OFFSET, TIMES, flow, model_of

KNOCKOUT = Intervention.knockout("A")


def wild_type(cells: int = 40, seed: int = 5, shift: float = 0.0) -> Snapshots:
    """The same cells followed through time (so that the truth of each is known), shuffled."""
    random = np.random.default_rng(seed)
    start = 2 + 0.5 * random.normal(size=(cells, 3))
    x = np.concatenate([flow(start, t)[random.permutation(cells)] + shift for t in TIMES])
    names = [f"cell{k}" for k in range(len(x))]
    return Snapshots.from_arrays(x, np.repeat(TIMES, cells), GENES, cells=names, unit="h")


def without_a(x0, time):
    matrix = MATRIX.copy()
    offset = OFFSET.copy()
    offset[0] = 0
    from scipy.linalg import expm

    fixed = -np.linalg.solve(matrix, offset)
    return fixed + (x0 - fixed) @ expm(time * matrix).T


def test_an_exact_model_predicts_each_cell(known):
    data = wild_type()
    predicted = known.predict(data, KNOCKOUT, steps=60)
    assert predicted.conditions == (KNOCKOUT,)
    assert list(predicted.times) == [1.0, 2.0]
    start = data.x[data.rows(0.0)]
    for time in (1.0, 2.0):
        truth = without_a(start, time)
        found = predicted.x[predicted.rows(time)]
        order = np.argsort(truth[:, 0]), np.argsort(found[:, 0])
        np.testing.assert_allclose(found[order[1]], truth[order[0]], atol=5e-3)


def test_what_the_model_gets_wrong_of_the_wild_type_cancels(known):
    plain, shifted = wild_type(), wild_type(shift=0.0)
    moved = dataclasses.replace(shifted, x=shifted.x + 0.3 * (shifted.time > 0)[:, None])
    effect = known.predict(moved, KNOCKOUT).x - known.predict(plain, KNOCKOUT).x
    np.testing.assert_allclose(effect, 0.3, atol=1e-6)
    # the plain rollout knows nothing of it
    absolute = [known.predict(data, KNOCKOUT, absolute=True).x for data in (plain, moved)]
    np.testing.assert_array_equal(*absolute)


def test_the_plain_rollout_and_the_control(known):
    data = wild_type()
    start = data.x[data.rows(0.0)]
    rolled = known.predict(data, KNOCKOUT, [0.5, 2.0], absolute=True)
    np.testing.assert_array_equal(
        rolled.x, known.simulate(start, (0.0, 0.5, 2.0), KNOCKOUT)[1:].reshape(-1, 3)
    )
    assert list(rolled.time) == [0.5] * 40 + [2.0] * 40
    control = known.predict(data, Intervention.control(), [2.0])
    np.testing.assert_array_equal(control.x, known.simulate(start, (0.0, 2.0))[1])
    later = known.predict(data, KNOCKOUT, start=1.0, absolute=True)
    np.testing.assert_array_equal(
        later.x, known.simulate(data.x[data.rows(1.0)], (1.0, 2.0), KNOCKOUT)[1]
    )


def test_what_goes_along_with_a_cell(known):
    data = dataclasses.replace(
        wild_type(), weights=np.arange(120.0), batch=np.array(["x", "y"] * 60),
        labels=np.array(["stem"] * 120),
    )  # fmt: skip
    predicted = known.predict(data, KNOCKOUT, [2.0])
    assert predicted.cells[0] == f"{data.cells[80]}@2"
    np.testing.assert_array_equal(predicted.weights, data.weights[80:])
    np.testing.assert_array_equal(predicted.batch, data.batch[80:])
    assert predicted.labels is None  # the type of a predicted cell is not known
    assert (predicted.time_unit, predicted.scale, predicted.x.dtype) == (
        data.time_unit, data.scale, data.x.dtype,
    )  # fmt: skip
    again = Snapshots.from_anndata(known.predict(data, KNOCKOUT).to_anndata())
    assert again.conditions == (KNOCKOUT,)


def test_populations_of_other_sizes_and_other_conditions(known):
    data = wild_type()
    some = np.concatenate([data.rows(0.0)[:7], data.rows(1.0), data.rows(2.0)[:25]])
    predicted = known.predict(data.take(some), KNOCKOUT)
    assert [len(predicted.rows(t)) for t in (1.0, 2.0)] == [40, 25]
    treated = dataclasses.replace(
        data, conditions=(Intervention.control(), Intervention.clamp("B", 9.0)),
        condition=np.where(np.arange(120) % 2, 1, 0).astype(np.int32),
    )  # fmt: skip
    alone = known.predict(data.take(np.arange(120) % 2 == 0), KNOCKOUT)
    np.testing.assert_array_equal(known.predict(treated, KNOCKOUT).x, alone.x)


def test_expression_stays_expression():
    data = wild_type()
    model = model_of(make_field("hill", GENES), basis=LinearBasis.fit(data.x, 2))
    predicted = model.predict(data, Intervention.parse("A=clamp:0.7,B=ko"))
    assert (predicted.x >= 0).all()
    np.testing.assert_allclose(predicted.x[:, 0], 0.7)
    free = model_of(make_field("mlp", GENES, hidden=[4])).predict(data, Intervention.knockout("B"))
    assert (free.x[:, 1] == 0).all()  # without a split, a knockout is a clamp at 0


def test_nothing_falls_below_0_where_no_control_cell_does(known):
    assert not known.field.keeps_orthant
    low = wild_type(shift=-1.0)  # so that what B loses takes it below 0 in some cells
    below = known.predict(low, KNOCKOUT).x
    above = dataclasses.replace(low, x=low.x.clip(0))
    found = known.predict(above, KNOCKOUT).x
    assert (low.x < 0).any()
    assert below.min() < 0 <= found.min()


def test_the_same_call_gives_the_same_bytes(known):
    one, two = (known.predict(wild_type(), KNOCKOUT).x for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_what_cannot_be_predicted_is_refused(known):
    data = wild_type()
    with pytest.raises(TimeError, match=r"0\.5 h.*absolute=True"):
        known.predict(data, KNOCKOUT, [0.5])
    with pytest.raises(TimeError, match="after the start, 0 h"):
        known.predict(data, KNOCKOUT, [0.0, 1.0])
    with pytest.raises(TimeError, match="after the start, 2 h, found none"):
        known.predict(data, KNOCKOUT, start=2.0)
    with pytest.raises(InputError, match="one of the times"):
        known.predict(data, KNOCKOUT, start=0.7)
    with pytest.raises(GeneNameError, match="select_genes"):
        known.predict(data.select_genes(GENES[::-1]), KNOCKOUT)
    with pytest.raises(ValueError, match="'X'"):
        known.predict(data, Intervention.knockout("X"))
    treated = dataclasses.replace(data, conditions=(KNOCKOUT,))
    with pytest.raises(InputError, match="control cells"):
        known.predict(treated, KNOCKOUT)


def test_only_snapshots_can_be_predicted_from(known, courses):
    with pytest.raises(InputError, match=r"Snapshots.*found Trajectories.*fit\.simulate"):
        known.predict(courses, "A=ko")
