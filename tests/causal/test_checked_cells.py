import numpy as np
import pytest

from hillflow.causal.checked_cells import checked_cells
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.model import Fit
from hillflow.model.fit import members_of
from hillflow.train import Setting, train

SKETCH = Setting(effort=0.005)


@pytest.fixture(scope="module")
def cells():
    random = np.random.default_rng(0)
    x = random.random((40, 2))
    return Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 20), ("A", "B"), scale="log1p")


@pytest.fixture(scope="module")
def fit(cells):
    return train("linear", cells, setting=SKETCH)


def test_a_fit_has_members_and_a_member_is_one(fit):
    assert members_of(fit) == fit.members
    assert members_of(fit[0]) == (fit[0],)
    both = Fit((fit[0], fit[0]))
    assert members_of(both) == both.members


def test_mistakes_are_named(fit, cells):
    with pytest.raises(InputError, match=r"run\.fit of a run \(Run\.open"):
        members_of("run")
    with pytest.raises(InputError, match="pass the snapshots that were fitted"):
        checked_cells(fit, None)
    with pytest.raises(InputError, match="found ndarray"):
        checked_cells(fit, cells.x)
    with pytest.raises(GeneNameError, match=r"another order, first 'B' at 0.*select_genes"):
        checked_cells(fit, cells.select_genes(["B", "A"]))
    with pytest.raises(GeneNameError, match="1 genes, without 'B'"):
        checked_cells(fit, cells.select_genes(["A"]))
    assert checked_cells(fit, cells) is cells
