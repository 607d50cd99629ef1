import numpy as np
import pytest
import torch

from hillflow.causal.law_network import LAW
from hillflow.causal.probe import Probe
from hillflow.causal.readouts import READOUTS, check_readout, choose_readout, has_weights
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import FIELDS, VectorField, make_field

GENES = ("A", "B", "C", "D")
SOURCE, TARGET = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 1.0, 2.0, 4.0])


def seen(field, cells=9, seed=0):
    x = torch.rand(cells, 4, generator=torch.Generator().manual_seed(seed)) + 0.2
    t = None if field.autonomous else torch.linspace(0, 1, cells)
    return Probe(field, x, t, SOURCE, TARGET, x.mean(0), torch.zeros(4))


def read(name, look):
    return READOUTS[name].read(look)


def test_all_agree_on_a_linear_law_up_to_what_they_measure():
    field = make_field("linear", GENES, seed=1)
    look = seen(field)
    w = field.edge_weights().detach().numpy()
    scaled = w * SOURCE / TARGET[:, None]
    for name in ("weight", "jacobian", "mean_jacobian"):
        np.testing.assert_allclose(read(name, look), scaled, rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(read("consistency", look), np.sign(w), rtol=1e-5)
    levels = look.x.numpy()
    moved = np.abs(levels - levels.mean(0)).mean(0)
    np.testing.assert_allclose(read("contrast", look), w * levels.mean(0) / TARGET[:, None],
                               rtol=1e-3, atol=1e-6)  # fmt: skip
    np.testing.assert_allclose(read("gradients", look), w * moved / TARGET[:, None],
                               rtol=1e-3, atol=1e-6)  # fmt: skip


def test_decay_is_no_self_edge():
    class Fading(VectorField):
        """Everything only decays."""

        def production(self, x, t=None):
            return torch.ones_like(x)

        def decay(self, x, t=None):
            return 3 * x

        def decay_rate(self):
            return torch.full((4,), 3.0)

    look = seen(Fading(GENES))
    for name in READOUTS.keys() - {"weight"}:
        np.testing.assert_array_equal(read(name, look), np.zeros((4, 4)), err_msg=name)


class Turning(VectorField):
    """A drives B where D is low, and represses it where D is high."""

    has_split = False

    def forward(self, t, x):
        push = (0.7 - x[..., 3]).sign() * x[..., 0]
        zero = torch.zeros_like(push)
        return torch.stack([zero, push, zero, zero], -1)


def test_slopes_of_both_signs_cancel_in_the_mean_and_not_in_the_size():
    look = seen(Turning(GENES))
    signs = np.sign(0.7 - look.x[:, 3].numpy())
    assert 0 < abs(signs.mean()) < 1
    scale = SOURCE[0] / TARGET[1]
    assert read("mean_jacobian", look)[1, 0] == pytest.approx(signs.mean() * scale)
    assert read("jacobian", look)[1, 0] == pytest.approx(np.sign(signs.mean()) * scale)
    assert read("consistency", look)[1, 0] == pytest.approx(signs.mean())


def test_weights_come_in_deviations_of_the_targets_velocity():
    hill = make_field("hill", GENES, seed=1)
    expected = hill.edge_weights().detach().numpy() / TARGET[:, None]
    np.testing.assert_allclose(read("weight", seen(hill)), expected, rtol=1e-5)
    sparse = make_field("sparse", GENES, seed=1)
    sparse.scale.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    expected = sparse.edge_weights().detach().numpy() * (sparse.scale.numpy() / TARGET)[:, None]
    np.testing.assert_allclose(read("weight", seen(sparse)), expected, rtol=1e-5)


def test_the_weight_of_the_locally_linear_field_is_its_mean_operator():
    field = make_field("locally-linear", GENES, seed=1)
    look = seen(field, cells=70)
    one = [field.gene_operator(x, t).detach().numpy() for x, t in zip(look.x, look.t, strict=True)]
    expected = np.mean(one, axis=0) * SOURCE / TARGET[:, None]
    np.testing.assert_allclose(read("weight", look), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", [entry.name for entry in FIELDS.values()])
def test_every_field_can_be_read(name):
    field = make_field(name, GENES, seed=1)
    look = seen(field)
    for readout in READOUTS.values():
        if readout.name != "weight" or has_weights(field):
            matrix = readout.read(look)
            assert matrix.shape == (4, 4)
            assert np.isfinite(matrix).all()
    chosen, why = choose_readout(field)
    assert chosen == LAW or check_readout(chosen, field).name == chosen
    assert why


def test_what_cannot_be_read_is_said():
    field = make_field("mlp", GENES)
    with pytest.raises(UnsupportedError, match="readout 'jacobian'"):
        check_readout("weight", field)
    with pytest.raises(InputError, match="did you mean 'jacobian'"):
        check_readout("jacobien", field)
