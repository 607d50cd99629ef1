import dataclasses

import numpy as np
import pytest

from hillflow.causal.probe import probe, rows_to_probe
from hillflow.causal.readouts import READOUTS
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.fields import make_field
from hillflow.train import Setting, train

GENES = ("A", "B", "C")


@pytest.fixture(scope="module")
def cells():
    random = np.random.default_rng(0)
    sizes = {("control", 0.0): 100, ("control", 1.0): 40, ("A=ko", 0.0): 12, ("A=ko", 1.0): 11}
    conditions = [c for (c, _), n in sizes.items() for _ in range(n)]
    times = [t for (_, t), n in sizes.items() for _ in range(n)]
    x = random.random((len(times), 3)) + np.array(times)[:, None]
    return Snapshots.from_arrays(x, times, GENES, conditions, unit="h", scale="log1p")


def counts(data, rows):
    return [int(np.isin(population.rows, rows).sum()) for population in data.populations()]


def test_small_populations_are_not_drowned_by_large_ones(cells):
    rows = rows_to_probe(cells, 60)
    assert len(rows) == len(set(rows)) == 60
    assert counts(cells, rows) == [18, 19, 12, 11]
    np.testing.assert_array_equal(rows, rows_to_probe(cells, 60))


def test_all_are_taken_where_there_are_fewer(cells):
    np.testing.assert_array_equal(rows_to_probe(cells, 1000), np.arange(len(cells)))


@pytest.mark.parametrize("most", [1, 2, 3])
def test_never_more_than_asked(cells, most):
    assert len(rows_to_probe(cells, most)) == most


def test_cells_of_weight_zero_are_not_looked_at(cells):
    weights = np.ones(len(cells))
    weights[::2] = 0
    rows = rows_to_probe(dataclasses.replace(cells, weights=weights), 1000)
    np.testing.assert_array_equal(rows, np.flatnonzero(weights))


def test_of_series_every_time_is_seen():
    x = np.random.default_rng(0).random((20, 3, 2))
    rows = rows_to_probe(Trajectories.from_arrays(x, [0, 1, 2], ("A", "B")), 6)
    np.testing.assert_array_equal(np.sort(rows % 3), [0, 0, 1, 1, 2, 2])


def test_no_states_is_a_mistake(cells):
    with pytest.raises(InputError, match="at least one state to probe"):
        rows_to_probe(cells, 0)


def test_scales_are_those_of_the_states_and_their_velocities(cells):
    field = make_field("locally-linear", GENES)
    model = train(field, cells, setting=Setting(effort=0.002))
    seen = probe(model[0], cells.x, cells.time)
    np.testing.assert_allclose(seen.source_spread, cells.x.std(0), rtol=1e-4)
    velocity = model.velocity(cells.x, cells.time)
    np.testing.assert_allclose(seen.target_spread, velocity.std(0), rtol=1e-3)
    np.testing.assert_allclose(seen.absent, np.percentile(cells.x, 1, axis=0), rtol=1e-4)
    part = seen.take(np.arange(10))
    assert len(part.x) == len(part.t) == 10
    assert part.source_spread is seen.source_spread
    assert part.mean is seen.mean


def test_a_gene_that_never_varies_gives_no_edge(cells):
    x = cells.x.copy()
    x[:, 2] = 0
    still = dataclasses.replace(cells, x=x)
    for name in ("linear", "hill", "sparse"):
        seen = probe(train(name, still, setting=Setting(effort=0.002))[0], still.x, still.time)
        assert seen.source_spread[2] == 0
        for readout in READOUTS.keys() - {"consistency"}:
            read = READOUTS[readout].read(seen)
            np.testing.assert_allclose(read[:, 2], 0, atol=1e-6, err_msg=f"{readout} of {name}")
            assert np.abs(read[:, 0]).max() > 1e-6, f"{readout} of {name}"
