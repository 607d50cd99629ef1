"""The locally linear field: exact where it claims to be, bounded, and honest about its error."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm, logm

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.locally_linear import (
    LocallyLinearField,
    _exponential,
    _series,
    _stages,
)
from hillflow.interventions import Intervention

DOUBLE = torch.float64
GENES = tuple("ABCDE")


def basis(genes: int = 5, latent: int = 3, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "components": np.linalg.qr(rng.normal(size=(genes, latent)))[0],
        "mean": rng.normal(size=genes),
        "scale": rng.uniform(0.5, 3.0, size=latent),
    }


def make(strength: float = 30.0, **options: Any) -> LocallyLinearField:
    """A field far from rest: the last layer, which starts small, is scaled up."""
    field = LocallyLinearField(GENES, **{**basis(), **options}, dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[-1].mul_(strength)
        field.network.biases[-1].copy_(
            torch.randn(field.network.biases[-1].shape, generator=torch.Generator().manual_seed(9))
        )
    return field


def constant(a: np.ndarray, b: np.ndarray, growth: float = 1.0, **options: Any) -> Any:
    """A field whose A and b are these everywhere; A's symmetric part must be at most growth."""
    d = len(a)
    field = LocallyLinearField(
        [f"z{k}" for k in range(d)], max_growth=growth, dtype=DOUBLE, **options
    )
    shrink = np.linalg.cholesky(np.eye(d) - (a + a.T) / 2 / growth) - np.eye(d)
    turn = (a - a.T) / 2 / growth
    with torch.no_grad():
        field.network.weights[-1].zero_()
        field.network.biases[-1][0] = torch.from_numpy(
            np.concatenate((shrink.ravel(), turn.ravel(), b / growth))
        )
    return field


def states(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, 5, generator=torch.Generator().manual_seed(3), dtype=DOUBLE)


def test_it_starts_near_rest() -> None:
    field = LocallyLinearField(GENES, dtype=DOUBLE)
    a, b = field.local_affine(states(20))
    assert a.abs().max() < 0.1
    assert b.abs().max() < 0.1


def test_forward_is_the_affine_law_lifted() -> None:
    field, x = make(), states(4)
    given_ = basis()
    v, sd = given_["components"], given_["scale"]
    a, b = (part.detach().numpy() for part in field.local_affine(x, 0.4))
    for n in range(4):
        z = (x[n].numpy() - given_["mean"]) @ v / sd
        expected = v @ (sd * (a[n] @ z + b[n]))
        np.testing.assert_allclose(field(0.4, x)[n].detach(), expected, rtol=1e-11)


@pytest.mark.parametrize("time", [True, False])
def test_the_jacobian_equals_autodiff(time: bool) -> None:
    field, x = make(time=time), states(2, 3)
    times = torch.linspace(0, 1, 6, dtype=DOUBLE).reshape(2, 3)
    for t in (None, 0.7, times):
        torch.testing.assert_close(
            field.jacobian(x, t), autodiff_jacobian(field, x, t), rtol=0, atol=1e-10
        )
    assert (field.jacobian(x) - field.gene_operator(x)).abs().max() > 1e-2, "∂A/∂z·z counts"


def test_a_rotation_is_representable_and_exact() -> None:
    a = np.array([[0.0, -3.0, 0.0], [3.0, 0.0, 0.5], [0.0, -0.5, -0.2]])
    b = np.array([0.3, -0.1, 0.7])
    assert np.abs(np.linalg.eigvals(a).imag).max() > 1
    field = constant(a, b)
    found_a, found_b = field.local_affine(torch.zeros(3, dtype=DOUBLE))
    np.testing.assert_allclose(found_a.detach(), a, atol=1e-12)
    np.testing.assert_allclose(found_b.detach(), b, atol=1e-12)
    x = torch.randn(6, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    spans = torch.linspace(0, 7, 6, dtype=DOUBLE)
    augmented = np.zeros((4, 4))
    augmented[:3, :3], augmented[:3, 3] = a, b
    expected = [
        (expm(augmented * dt) @ np.append(row, 1))[:3]
        for row, dt in zip(x.numpy(), spans.numpy(), strict=True)
    ]
    for windows in (1, 4):
        moved = field.propagate(x, spans, windows=windows)
        np.testing.assert_allclose(moved.detach(), expected, atol=1e-11)


def test_what_is_reported_is_what_is_integrated() -> None:
    """The step over a tiny dt is A z + b, and displacements move by exp(gene_operator τ)."""
    field, x, tau = make(), states(6), 0.3
    a, b = field.local_affine(x, 0.2)
    velocity = field.lift(torch.einsum("nij,nj->ni", a, field.encode(x)) + b)
    tiny = 1e-6
    slope = (field.propagate(x, tiny, t=0.2) - x) / tiny
    torch.testing.assert_close(slope, velocity, rtol=1e-4, atol=1e-4)
    # Around the local fixed point x* the step is x* + exp(operator τ)(x − x*), in the span.
    operator = field.gene_operator(x, 0.2).detach().numpy()
    resting = -torch.linalg.solve(a, b)
    away = field.lift(field.encode(x) - resting).detach().numpy()
    moved = field.propagate(x, tau, t=0.2).detach().numpy()
    for n in range(6):
        fixed = x[n].numpy() - away[n]
        np.testing.assert_allclose(moved[n] - fixed, expm(operator[n] * tau) @ away[n], atol=1e-9)


def test_the_signs_of_the_operator_can_be_read_back_from_the_motion() -> None:
    rng = np.random.default_rng(4)
    a = rng.normal(size=(4, 4)) - 2.5 * np.eye(4)
    field = constant(a, rng.normal(size=4), growth=1.0)
    points = torch.cat((torch.zeros(1, 4, dtype=DOUBLE), torch.eye(4, dtype=DOUBLE)))
    moved = field.propagate(points, 0.2).detach().numpy()
    recovered = logm((moved[1:] - moved[0]).T).real / 0.2
    reported = field.gene_operator(points[0]).detach().numpy()
    np.testing.assert_allclose(reported, recovered, atol=1e-8)
    assert (np.sign(reported) == np.sign(recovered)).all()
    assert (np.sign(reported) != np.sign(recovered.T)).any(), "a transposed one would show"


@given(seed=st.integers(0, 10_000), strength=st.floats(0.0, 300.0), dt=st.floats(0.01, 30.0))
def test_growth_is_bounded_whatever_the_network_says(seed: int, strength: float, dt: float) -> None:
    field = LocallyLinearField(("A", "B", "C"), max_growth=0.5, seed=seed, dtype=DOUBLE)
    with torch.no_grad():
        field.network.weights[-1].mul_(strength)
    a, _ = field.local_affine(torch.ones(3, dtype=DOUBLE), 1.0)
    norm = torch.linalg.matrix_norm(torch.linalg.matrix_exp(a * dt), 2)
    assert norm.item() <= np.exp(0.5 * dt) * (1 + 1e-6)


def test_a_long_gap_stays_finite() -> None:
    field = make(strength=100.0, max_growth=0.1).float()
    x = states(10).float()
    moved, error = field.propagate(x, 500.0, windows=3, return_error=True)
    assert moved.isfinite().all()
    assert error.isfinite().all()


def test_windows_converge_to_the_ode_and_the_estimate_follows() -> None:
    field, x, t, dt = make(strength=12.0, max_growth=1.0), states(4), 0.1, 1.0

    def velocity(time: float, state: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return field(time, torch.from_numpy(state)).numpy()

    truth = np.stack([
        solve_ivp(velocity, (t, t + dt), row.numpy(), rtol=1e-10, atol=1e-12).y[:, -1] for row in x
    ])  # fmt: skip
    errors = []
    for windows in (16, 32, 64, 128):
        moved, estimate = field.propagate(x, dt, t, windows=windows, return_error=True)
        true_error = np.linalg.norm(moved.detach().numpy() - truth, axis=1)
        ratio = estimate.detach().numpy() / true_error
        assert (ratio > 0.5).all()
        assert (ratio < 2.0).all()
        errors.append(true_error.max())
    slopes = np.diff(np.log(errors)) / np.diff(np.log([16, 32, 64, 128]))
    assert (np.abs(slopes + 1) < 0.25).all(), slopes
    assert np.abs(ratio - 1).max() < 0.1


def test_what_lies_outside_the_basis_is_kept() -> None:
    field, x = make(), states(6)
    v = torch.from_numpy(basis()["components"])
    outside = torch.eye(5, dtype=DOUBLE) - v @ v.T
    moved = field.propagate(x, 0.8, windows=2)
    assert (moved - x).abs().max() > 0.1
    torch.testing.assert_close((moved - x) @ outside, torch.zeros_like(x), rtol=0, atol=1e-10)


def test_spans_and_times_can_differ_by_cell() -> None:
    field, x = make(), states(3)
    spans, times = (torch.tensor(v, dtype=DOUBLE) for v in ([0.1, 0.5, 0.9], [0.0, 1.0, 2.0]))
    together = field.propagate(x, spans, times, windows=3)
    for n in range(3):
        alone = field.propagate(x[n], float(spans[n]), float(times[n]), windows=3)
        torch.testing.assert_close(together[n], alone)


def test_gradients_flow_through_a_step() -> None:
    field = make()
    field.propagate(states(3), 0.5, windows=2).square().sum().backward()
    for parameter in field.network.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0


def test_options_and_state_rebuild_it_with_its_basis() -> None:
    field = make(hidden=(8,), max_growth=0.3, time_scale=5.0, seed=2)
    options = json.loads(json.dumps(field.options))
    rebuilt = make_field("locally-linear", GENES, **options, dtype=DOUBLE)
    x = states(4)
    assert rebuilt(0.0, x).isnan().all(), "a basis that was not loaded is not mistaken for one"
    rebuilt.load_state_dict(field.state_dict())
    assert torch.equal(rebuilt(0.0, x), field(0.0, x))
    assert rebuilt.options == field.options


def test_calibration_fills_in_what_was_not_given() -> None:
    x = 4 * states(300) + 7
    velocity = 2 * states(300)
    free = LocallyLinearField(GENES, dtype=DOUBLE)
    free.calibrate_(x, velocity)
    z = free.encode(x)
    torch.testing.assert_close(z.mean(0), torch.zeros(5, dtype=DOUBLE), rtol=0, atol=1e-12)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(5, dtype=DOUBLE))
    fastest = (velocity / x.std(0, correction=0)).square().mean(0).sqrt().max()
    torch.testing.assert_close(free.growth, fastest)
    told = make(max_growth=0.2)
    told.calibrate_(x, velocity)
    np.testing.assert_allclose(told.mean, basis()["mean"])
    np.testing.assert_allclose(told.scale, basis()["scale"])
    assert told.growth.item() == 0.2


def test_leading_axes_seed_dtype_and_kinetic() -> None:
    one, same = (LocallyLinearField(GENES, seed=1) for _ in range(2))
    for key, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[key])
    field, x = make(), states(2, 3, 4)
    torch.testing.assert_close(field(0.1, x)[1, 2], field(0.1, x[1, 2]))
    vmapped = torch.func.vmap(lambda row: field(0.1, row))(x.flatten(0, 2))
    torch.testing.assert_close(vmapped.reshape(x.shape), field(0.1, x))
    assert one(0.0, x.float()).dtype == torch.float32
    expected = (field(0.1, x).detach().numpy() ** 2).sum(-1).mean()
    np.testing.assert_allclose(field.kinetic(x, 0.1).item(), expected, rtol=1e-12)


def test_mistakes_are_named() -> None:
    good = basis()
    skewed = good["components"] * 2
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"components": skewed}, "orthonormal"),
        ({"components": good["components"].T}, "transpose"),
        ({**good, "mean": np.zeros(4)}, "mean of 5"),
        ({**good, "scale": np.zeros(3)}, "scale above 0"),
        ({"latent": 6}, "latent from 1 to 5"),
        ({"max_growth": 0.0}, "max_growth"),
        ({"time_scale": -1.0}, "time_scale"),
    ]
    for options, words in wrong:
        with pytest.raises(InputError, match=words):
            LocallyLinearField(GENES, **options)
    with pytest.raises(InputError, match="window"):
        make().propagate(states(1), 1.0, windows=0)
    with pytest.raises(UnsupportedError, match="Jacobian"):
        make().edge_weights()


def test_long_waits_bound_growth_and_time_is_in_units_of_the_data() -> None:
    free = LocallyLinearField(GENES, dtype=DOUBLE)
    free.calibrate_(states(100), 30 * states(100))
    free.calibrate_time_(last=72.0, longest=48.0)
    assert free.growth.item() == pytest.approx(2 / 48)
    assert free.time_scale.item() == 72
    told = make(max_growth=0.3, time_scale=5.0)
    told.calibrate_time_(last=72.0, longest=48.0)
    assert (told.growth.item(), told.time_scale.item()) == (0.3, 5.0)


def in_components(genes: int = 6, latent: int = 2) -> LocallyLinearField:
    """A field whose components are not known yet."""
    return LocallyLinearField([f"g{k}" for k in range(genes)], latent=latent, dtype=DOUBLE)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_series_is_the_exponential_in_value_and_gradient(dtype: torch.dtype) -> None:
    """Twelve dimensions, a span and a stiffness that need several stages."""
    random = np.random.default_rng(0)
    a, b, z = (random.normal(size=shape) for shape in ((5, 12, 12), (5, 12), (5, 12)))
    span = np.linspace(0.1, 2.0, 5)
    given_ = [torch.tensor(part, dtype=dtype, requires_grad=True) for part in (a, b, z)]
    width = torch.tensor(span, dtype=dtype)[:, None]
    stages = _stages(given_[0], width)
    assert stages > 1
    moved = _series(*given_, width, stages)
    for n in range(5):
        augmented = np.zeros((13, 13))
        augmented[:12, :12], augmented[:12, 12] = a[n], b[n]
        expected = (expm(augmented * span[n]) @ np.append(z[n], 1))[:12]
        limit = 2000 * torch.finfo(dtype).eps * np.abs(expected).max()
        np.testing.assert_allclose(moved[n].detach(), expected, rtol=0, atol=limit)
    slopes = torch.autograd.grad(moved.square().sum(), given_)
    same = torch.autograd.grad(_exponential(*given_, width).square().sum(), given_)
    for one, other in zip(slopes, same, strict=True):
        limit = 4000 * torch.finfo(dtype).eps * float(other.abs().max())
        torch.testing.assert_close(one, other, rtol=0, atol=limit)


def test_a_state_of_components_waits_for_them_and_keeps_those_it_has() -> None:
    field, columns = in_components(), np.linalg.qr(np.random.default_rng(1).normal(size=(6, 2)))[0]
    assert (field.component_count, field.missing_components) == (2, 2)
    with pytest.raises(InputError, match="shape"):
        field.set_components_(torch.from_numpy(columns[:, :1]))
    field.set_components_(torch.from_numpy(columns))
    assert field.missing_components == 0
    np.testing.assert_array_equal(field.components, columns)
    field.set_components_(torch.eye(6, dtype=DOUBLE)[:, :2])
    np.testing.assert_array_equal(field.components, columns)
    assert LocallyLinearField(GENES).component_count is None


def test_the_mean_operator_is_lifted_with_the_scales_that_were_applied() -> None:
    field, x = make(), states(7)
    v, sd = basis()["components"], basis()["scale"]
    times = torch.linspace(0, 1, 7, dtype=DOUBLE)
    a = field.local_affine(x, times)[0].detach().numpy().mean(0)
    expected = v @ np.diag(sd) @ a @ np.diag(1 / sd) @ v.T
    np.testing.assert_allclose(field.mean_edge_weights(x, times), expected, atol=1e-12)


def test_genes_of_a_mixed_state_cannot_be_perturbed() -> None:
    field = in_components()
    for wrong in ("g1=clamp:0.5", "g1=ko"):
        with pytest.raises(UnsupportedError, match="mixes all genes"):
            field.do(wrong)
    assert field.do(Intervention.control()) is field
    LocallyLinearField(GENES).do("A=clamp:0.5")
