"""The networks against NumPy, and what all fields made of networks promise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import HillflowError, InputError, UnsupportedError
from hillflow.fields.base import VectorField, autodiff_jacobian
from hillflow.fields.networks import NetworkField, Networks, path_norm
from hillflow.fields.networks import path_product as product_of
from hillflow.fields.registry import FIELDS
from hillflow.fields.second_order import SecondOrderField
from hillflow.interventions import Intervention

GENES = ("A", "B", "C", "D")
DOUBLE = torch.float64
NAMES = ("sparse", "c-node", "path-reg", "mlp", "sparse-second-order")
CASES = [
    ("sparse", {}),
    ("sparse", {"production": "linear", "time": True, "time_scale": 8.0, "hidden": (5, 3)}),
    ("sparse", {"split": False}),
    ("c-node", {"hidden": (7, 6)}),
    ("c-node", {"per_target": True, "time": True}),
    ("path-reg", {"hidden": (7,)}),
    ("path-reg", {"hidden": (6, 5), "split": False, "time": True}),
    ("mlp", {}),
    ("mlp", {"time": True, "hidden": (9,)}),
    ("mlp", {"split": True}),
    ("sparse-second-order", {}),
    ("sparse-second-order", {"time": True, "hidden": (4, 4)}),
]
ids = [f"{name}-{'-'.join(options)}" for name, options in CASES]
every_field = pytest.mark.parametrize(("name", "options"), CASES, ids=ids)


def build(name: str, dtype: torch.dtype = DOUBLE, **options: Any) -> NetworkField:
    cls = SecondOrderField if name == "sparse-second-order" else FIELDS[name].cls
    field = cls(GENES, dtype=dtype, **options)
    assert isinstance(field, NetworkField)
    return field


def states(field: VectorField, *shape: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(*shape, field.state_size, generator=generator, dtype=torch.float64) * 2
    return draws.to(field._like().dtype)


def scaled(field: NetworkField) -> NetworkField:
    """With units that are not 1, so that a forgotten scale shows."""
    x = states(field, 50, seed=7) * torch.arange(1, field.state_size + 1)
    field.calibrate_(x, 3 * states(field, 50, seed=8) - 2)
    return field


def numpy_output(field: NetworkField, x: np.ndarray, t: float) -> np.ndarray:
    """The field's output for one state, one target and one unit at a time."""
    z = (x - field.centre.numpy()) / field.spread.numpy()
    if not field.autonomous:
        z = np.append(z, t / field.time_scale)
    silu, elu = (lambda a: a / (1 + np.exp(-a))), (lambda a: np.where(a > 0, a, np.expm1(a)))
    phi = silu if field.name == "mlp" else elu
    weights = [w.detach().numpy() for w in field.weights()]
    biases = [b.detach().numpy() for b in field.network.biases]
    found = []
    for net in range(weights[0].shape[0]):
        h = z
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            h = w[net] @ (h if layer == 0 else phi(h)) + b[net]
        found.extend(h)
    u = np.array(found)
    if field.has_split and field.options["production"] == "softplus":
        u = np.log1p(np.exp(u))
    return field.scale.numpy() * u


@every_field
def test_the_output_equals_numpy(name: str, options: dict[str, Any]) -> None:
    field = scaled(build(name, **options))
    x = states(field, 6)
    expected = np.stack([numpy_output(field, row.numpy(), 2.5) for row in x])
    np.testing.assert_allclose(field.output(x, 2.5).detach(), expected, rtol=1e-11)


@every_field
def test_the_jacobian_equals_autodiff(name: str, options: dict[str, Any]) -> None:
    field = scaled(build(name, **options))
    x = states(field, 2, 3)
    times = torch.linspace(0, 4, 6, dtype=DOUBLE).reshape(2, 3)
    for t in (None, 1.5, times):
        torch.testing.assert_close(
            field.jacobian(x, t), autodiff_jacobian(field, x, t), rtol=0, atol=1e-10
        )


@every_field
def test_options_and_state_rebuild_it(name: str, options: dict[str, Any]) -> None:
    field = scaled(build(name, **options, seed=3))
    field.proximal_(0.01)
    rebuilt = build(name, **json.loads(json.dumps(field.options)))
    rebuilt.load_state_dict(field.state_dict())
    x = states(field, 5)
    assert torch.equal(rebuilt(1.0, x), field(1.0, x))
    assert torch.equal(rebuilt.penalty(), field.penalty())
    assert rebuilt.options == field.options


@every_field
def test_the_seed_fixes_every_byte(name: str, options: dict[str, Any]) -> None:
    one, same, other = (build(name, **options, seed=s) for s in (5, 5, 6))
    for key, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[key])
    assert not torch.equal(one.network.weights[0], other.network.weights[0])


@every_field
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_leading_axes_do_not_matter(name: str, options: dict[str, Any], dtype: torch.dtype) -> None:
    field = build(name, dtype, **options)
    x = states(field, 2, 3, 4)
    moved = field(1.0, x)
    assert moved.dtype == dtype
    assert moved.shape == x.shape
    torch.testing.assert_close(moved[1, 2, 3], field(1.0, x[1, 2, 3]), rtol=1e-5, atol=1e-6)
    vmapped = torch.func.vmap(lambda row: field(1.0, row))(x.flatten(0, 2))
    torch.testing.assert_close(vmapped.reshape(x.shape), moved, rtol=1e-5, atol=1e-6)


@every_field
def test_gradients_reach_every_trained_tensor(name: str, options: dict[str, Any]) -> None:
    field = build(name, **options)
    (field(1.0, states(field, 5)).square().sum() + field.penalty()).backward()
    for key, parameter in field.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


@given(seed=st.integers(0, 10_000), size=st.floats(0.01, 100))
@pytest.mark.parametrize("name", ["sparse", "c-node", "path-reg"])
def test_softplus_production_is_never_negative(name: str, seed: int, size: float) -> None:
    field = build(name, seed=seed, hidden=(3,))
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.mul_(size)
    x = states(field, 4, seed=seed) * size
    assert (field.production(x) >= 0).all()
    at_zero = torch.where(torch.eye(4, dtype=torch.bool), 0.0, x)
    assert field.keeps_orthant
    assert (field(None, at_zero).diagonal() >= 0).all()


@pytest.mark.parametrize("name", ["sparse", "c-node", "path-reg"])
def test_linear_production_may_be_negative_and_promises_nothing(name: str) -> None:
    field = build(name, production="linear")
    assert not field.keeps_orthant
    assert (field.production(10 * states(field, 200) - 10) < 0).any()


def test_without_a_split_production_and_knockout_are_refused() -> None:
    for name in ("mlp", "sparse-second-order"):
        field = build(name)
        assert field.decay_rate() is None
        with pytest.raises(UnsupportedError, match="which has none"):
            field.production(states(field, 1))
        with pytest.raises(UnsupportedError, match="clamp"):
            field.do(Intervention.knockout("A"))


@pytest.mark.parametrize("name", ["sparse", "c-node", "path-reg"])
def test_interventions_change_one_equation(name: str) -> None:
    field = scaled(build(name))
    x = states(field, 6)
    free, rate = field(None, x), field.decay_rate()
    assert rate is not None
    knocked = field.do(Intervention.knockout("B"))
    assert torch.equal(knocked(None, x)[:, 1], -field.decay(x)[:, 1])
    assert torch.equal(knocked(None, x)[:, [0, 2, 3]], free[:, [0, 2, 3]])
    degraded = field.do(Intervention.degradation("C", 0.7))
    torch.testing.assert_close(degraded(None, x)[:, 2], free[:, 2] - 0.7 * x[:, 2])
    clamped = field.do(Intervention.clamp("A", 0.3))
    held = x.clone()
    held[:, 0] = 0.3
    assert torch.equal(clamped(None, x)[:, 1:], field(None, held)[:, 1:])
    assert not clamped(None, x)[:, 0].any()
    both = field.do(Intervention.clamp("A", 0.3) + Intervention.knockout("B"))
    for changed in (knocked, degraded, clamped, both, field.do(Intervention.cut_outgoing("D"))):
        torch.testing.assert_close(
            changed.jacobian(x), autodiff_jacobian(changed, x), rtol=0, atol=1e-10
        )


def test_calibration_balances_production_and_decay() -> None:
    field = build("sparse")
    x = 5 * states(field, 400)
    velocity = 0.2 * (states(field, 400, seed=2) - 1)
    field.calibrate_(x, velocity)
    rate = field.decay_rate()
    assert rate is not None
    expected = velocity.std(0, correction=0) / x.std(0, correction=0)
    torch.testing.assert_close(rate.detach(), expected)
    z = (x - field.centre) / field.spread
    torch.testing.assert_close(z.mean(0), torch.zeros(4, dtype=DOUBLE), atol=1e-12, rtol=0)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(4, dtype=DOUBLE))
    with torch.no_grad():  # a silent network: production is what the mean state asks for
        field.network.weights[-1].zero_()
    torch.testing.assert_close(field(None, x).mean(0), velocity.mean(0))


def test_calibration_survives_a_gene_that_never_changes() -> None:
    for name in NAMES:
        field = build(name)
        x = states(field, 20)
        x[:, 2] = 0.0
        field.calibrate_(x, torch.zeros_like(x))
        assert field(0.0, x).isfinite().all()
        assert (field.scale > 0).all()


def test_path_products_equal_enumeration() -> None:
    network = Networks(3, 2, (2, 2), per_target=False, seed=1, dtype=DOUBLE)
    first, second, third = (w.detach()[0].numpy() for w in network.weights)
    signed, unsigned = np.zeros((2, 3)), np.zeros((2, 3))
    for i in range(2):
        for j in range(3):
            for k in range(2):
                for m in range(2):
                    path = third[i, m] * second[m, k] * first[k, j]
                    signed[i, j] += path
                    unsigned[i, j] += abs(path)
    weights = list(network.weights)
    np.testing.assert_allclose(product_of(weights).detach(), signed, rtol=1e-12)
    np.testing.assert_allclose(path_norm(weights).detach(), unsigned, rtol=1e-12)


def test_agreeing_paths_fix_the_sign_of_the_jacobian_everywhere() -> None:
    field = build("c-node", hidden=(6,), production="softplus")
    with torch.no_grad():
        for weight in field.network.weights:
            weight.abs_()
        field.network.weights[0][..., 2].neg_()
    off_diagonal = ~torch.eye(4, dtype=torch.bool)
    jacobian = field.jacobian(20 * states(field, 300) - 20)
    expected = field.edge_weights().sign().expand_as(jacobian)
    assert torch.equal(jacobian.sign()[:, off_diagonal], expected[:, off_diagonal])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sparse", {"hidden": ()}),
        ("mlp", {"hidden": (4, 0)}),
        ("sparse", {"production": "relu"}),
        ("sparse", {"l1": -1.0}),
        ("c-node", {"l1": float("nan")}),
        ("path-reg", {"l0": -0.1}),
        ("mlp", {"time_scale": 0.0}),
    ],
)
def test_mistakes_are_named(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"Expected .* found .* Fix: ") as caught:
        build(name, **options)
    assert isinstance(caught.value, HillflowError)
