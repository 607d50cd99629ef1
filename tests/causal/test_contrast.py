import numpy as np
import pytest
import torch

from hillflow.causal.contrast import contrast
from hillflow.causal.regulation import Regulation
from hillflow.fields import VectorField, make_field

GENES = ("A", "B", "C", "D")
ABSENT = torch.tensor([0.0, 0.1, 0.0, 0.2])


@pytest.fixture
def x():
    return torch.rand(7, 4, generator=torch.Generator().manual_seed(0)) + 0.3


def one_by_one(field, x, t, absent):
    """The definition, in loops."""
    effect = np.zeros((4, 4))
    for source in range(4):
        without = x.clone()
        without[:, source] = absent[source]
        with torch.no_grad():
            effect[:, source] = (field(t, x) - field(t, without)).double().numpy().mean(0)
    return effect


@pytest.mark.parametrize("memory_mb", [1e-6, 0.05, 256.0])
@pytest.mark.parametrize("name", ["hill", "sparse", "mlp"])
def test_it_is_the_definition_whatever_the_memory(name, x, memory_mb):
    field = Regulation(make_field(name, GENES, seed=2))
    found = contrast(field, x, None, ABSENT, memory_mb=memory_mb)
    np.testing.assert_allclose(found, one_by_one(field, x, None, ABSENT), rtol=1e-4, atol=1e-6)


def test_of_a_linear_law_it_is_the_weight_times_what_is_there(x):
    field = make_field("linear", GENES, seed=2)
    expected = field.edge_weights().detach() * (x - ABSENT).mean(0)
    np.testing.assert_allclose(
        contrast(Regulation(field), x, None, ABSENT), expected, rtol=1e-4, atol=1e-6
    )


def test_each_cell_has_its_own_time(x):
    class Waking(VectorField):
        autonomous = False

        def production(self, x, t=None):
            return t.unsqueeze(-1) * x.roll(1, -1)

    t = torch.linspace(0, 3, 7)
    field = Regulation(Waking(GENES))
    found = contrast(field, x, t, ABSENT, memory_mb=0.02)
    np.testing.assert_allclose(found, one_by_one(field, x, t, ABSENT), rtol=1e-5, atol=1e-6)
    assert found[1, 0] == pytest.approx(float((t * (x - ABSENT)[:, 0]).mean()), rel=1e-5)
