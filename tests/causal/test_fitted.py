import numpy as np
import pytest

from hillflow.causal.fitted import cells_of, models_of, states_of
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.model import Ensemble
from hillflow.results import Run
from hillflow.train import Setting, fit, fit_ensemble

SKETCH = Setting(effort=0.005)


@pytest.fixture(scope="module")
def cells():
    random = np.random.default_rng(0)
    x = random.random((40, 2))
    return Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 20), ("A", "B"), scale="log1p")


@pytest.fixture(scope="module")
def model(cells):
    return fit("linear", cells, setting=SKETCH)


def test_a_model_is_one_and_an_ensemble_its_members(model, cells):
    assert models_of(model) == (model,)
    both = Ensemble((model, model))
    assert models_of(both) == both.models


def test_a_run_brings_its_own_cells(cells, tmp_path):
    fit_ensemble("linear", cells, members=2, setting=SKETCH, out=tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert len(models_of(run)) == 2
    np.testing.assert_array_equal(cells_of(run).x, cells.x)
    np.testing.assert_array_equal(states_of(run), run.model.denoise(cells.x))
    other = cells.take(np.arange(10))
    assert cells_of(run, other) is other


def test_mistakes_are_named(model, cells):
    with pytest.raises(InputError, match=r"hillflow.train.train, or open a run"):
        models_of("run")
    with pytest.raises(InputError, match="pass data="):
        cells_of(model)
    with pytest.raises(GeneNameError, match="select_genes"):
        cells_of(model, cells.select_genes(["B", "A"]))
