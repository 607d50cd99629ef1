from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hillflow.errors import InputError
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.hill_sparse import HillSparseField
from hillflow.fields.registry import make_field

GENES = tuple("abcdefgh")


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("nonnegative", [True, False])
def test_formula_against_numpy(units: int, nonnegative: bool, states, edges_of, shake) -> None:
    field = shake(
        HillSparseField(
            GENES, edges=edges_of(), units=units, nonnegative=nonnegative, dtype=torch.float64
        )
    )
    p = {name: value.detach().numpy() for name, value in field.named_parameters()}
    x = states.numpy()
    soft = (x - 0.5) / (1 + np.abs(x - 0.5))
    drive = np.zeros_like(x)
    for u in range(units):
        a, log_p = (
            np.tile(p["additive_bias"][u], (5, 1)),
            np.tile(p["multiplicative_bias"][u], (5, 1)),
        )
        for e, (j, i) in enumerate(zip(field.edges.source, field.edges.target, strict=True)):
            a[:, i] += p["additive"][u, e] * soft[:, j]
            log_p[:, i] += p["multiplicative"][u, e] * np.log(1 + soft[:, j])
        drive += p["additive_share"][u] * a + p["multiplicative_share"][u] * np.exp(log_p)
    production = np.logaddexp(0, drive) if nonnegative else drive
    expected = np.logaddexp(0, p["raw_rate"]) * (production - x)
    np.testing.assert_allclose(field(None, states).detach().numpy(), expected, atol=1e-12)


@given(st.integers(0, 2**31), st.floats(0.1, 5.0))
def test_the_orthant_is_kept(seed: int, size: float) -> None:
    field = HillSparseField(("A", "B", "C", "D"), seed=seed, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in field.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.copy_(size * noise)
    x = 10 * torch.rand(20, 4, generator=generator, dtype=torch.float64)
    on_wall = torch.rand(20, 4, generator=generator) < 0.5
    x = torch.where(on_wall, torch.zeros_like(x), x)
    assert (field(None, x)[on_wall] >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_exact_flows_stay_in_the_orthant(seed: int, shake) -> None:
    field = shake(HillSparseField(("A", "B", "C"), seed=seed, dtype=torch.float64), seed)

    def flow(_: float, x: np.ndarray) -> np.ndarray:
        return field(None, torch.from_numpy(x)).detach().numpy()

    path = solve_ivp(flow, (0, 10), [0.0, 0.0, 2.0], rtol=1e-9, atol=1e-11)
    assert path.success
    assert path.y.min() >= -1e-9


def test_known_signs_hold_for_slopes_and_weights(edges_of, shake, states) -> None:
    sign = np.array([1, -1] * 7)
    field = shake(HillSparseField(GENES, edges=edges_of(sign=sign), units=2, dtype=torch.float64))
    field.proximal_(0.1)
    wanted = field.edges.dense(field.edges.sign.double())
    assert (field.edge_weights() * wanted >= 0).all()
    slopes = field.jacobian(states) + torch.diag(field.decay_rate())
    assert (slopes * wanted >= 0).all()


def test_calibration_meets_the_mean_production(edges_of) -> None:
    x = torch.rand(300, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    velocity = 3 * (1.5 - x)
    exact = HillSparseField(GENES, edges=edges_of(), nonnegative=False, dtype=torch.float64)
    exact.calibrate_(x, velocity)
    torch.testing.assert_close(exact.decay_rate().detach(), torch.full((8,), 3.0).double())
    torch.testing.assert_close(exact(None, x).mean(0).detach(), velocity.mean(0))
    close = HillSparseField(GENES, edges=edges_of(), dtype=torch.float64)
    close.calibrate_(x, velocity)
    torch.testing.assert_close(close(None, x).mean(0).detach(), velocity.mean(0), rtol=0.1, atol=0)


def test_sparsity_reaches_both_blocks(edges_of) -> None:
    shrunk = HillSparseField(GENES, edges=edges_of(), l1=1.0)
    shrunk.proximal_(100.0)
    assert not shrunk.additive.any()
    assert not shrunk.multiplicative.any()
    term = HillSparseField(GENES, edges=edges_of(), l1=0.5, proximal=False)
    expected = 0.5 * (term.additive.abs().sum() + term.multiplicative.abs().sum())
    torch.testing.assert_close(term.penalty(), expected)


def test_rebuilt_from_its_options(edges_of, shake, states) -> None:
    field = shake(HillSparseField(GENES, edges=edges_of(), units=2, nonnegative=False, seed=4))
    state = field.state_dict()
    again = make_field(
        "hill-sparse", GENES, edges=CandidateEdges.from_state(state, 8, "edges."), **field.options
    )
    again.load_state_dict(state)
    assert torch.equal(field(None, states.float()), again(None, states.float()))
    first, second = (HillSparseField(GENES, edges=edges_of(), seed=7) for _ in range(2))
    assert first.additive.detach().numpy().tobytes() == second.additive.detach().numpy().tobytes()


def test_no_units_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1 unit"):
        HillSparseField(GENES, units=0)
