import numpy as np
import pytest

from hillflow.causal.fitted import cells_of
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.model import Fit, members_of, states_of
from hillflow.results import Run
from hillflow.train import Setting, train

SKETCH = Setting(effort=0.005)


@pytest.fixture(scope="module")
def cells():
    random = np.random.default_rng(0)
    x = random.random((40, 2))
    return Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 20), ("A", "B"), scale="log1p")


@pytest.fixture(scope="module")
def model(cells):
    return train("linear", cells, setting=SKETCH)


def test_a_model_is_one_and_an_ensemble_its_members(model, cells):
    assert members_of(model) == (model,)
    both = Fit((model, model))
    assert members_of(both) == both.models


def test_a_run_brings_its_own_cells(cells, tmp_path):
    train("linear", cells, members=2, setting=SKETCH, out=tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert len(members_of(run)) == 2
    np.testing.assert_array_equal(cells_of(run).x, cells.x)
    np.testing.assert_array_equal(states_of(run), run.model.denoise(cells.x))
    other = cells.take(np.arange(10))
    assert cells_of(run, other) is other


def test_mistakes_are_named(model, cells):
    with pytest.raises(InputError, match=r"hillflow.train.train, or open a run"):
        members_of("run")
    with pytest.raises(InputError, match="pass data="):
        cells_of(model)
    with pytest.raises(GeneNameError, match="select_genes"):
        cells_of(model, cells.select_genes(["B", "A"]))
