from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hillflow.errors import InputError
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.hill_edges import HillField
from hillflow.fields.registry import make_field

GENES = tuple("abcdefgh")


def values(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().numpy()


@pytest.mark.parametrize("per_edge", [False, True])
def test_formula_against_numpy(per_edge: bool, states, edges_of, shake) -> None:
    field = HillField(GENES, edges=edges_of(), per_edge=per_edge, dtype=torch.float64)
    field.calibrate_(states, torch.sin(3 * states))
    shake(field)
    x = states.numpy()
    K = np.exp(values(field.log_threshold))
    n = 1 + 7 / (1 + np.exp(-values(field.raw_exponent)))
    centre, unit = values(field.units.centre), values(field.units.production)
    strength, spread = values(field.strength), values(field.units.spread)
    decay = values(field.units.rate) * np.log1p(np.exp(values(field.units.raw_decay)))
    expected, level = np.zeros_like(x), unit * values(field.raw_level)
    for e, (j, i) in enumerate(zip(field.edges.source, field.edges.target, strict=True)):
        at = e if per_edge else int(j)
        seen = np.maximum(x[:, j], 1e-3)
        h = seen ** n[at] / (K[at] ** n[at] + seen ** n[at])
        w = strength[e] * unit[i] / spread[j]
        expected[:, i] += w * h if w > 0 else -w * (1 - h)
        level[i] -= w * centre[j] if w > 0 else -w * (1 - centre[j])
    expected += unit * np.log1p(np.exp(level / unit)) - decay * x
    np.testing.assert_allclose(values(field(None, states)), expected, atol=1e-12)


def test_a_toggle_switch_reads_as_written() -> None:
    """f_0 = 2 (1 − h(x_1)), f_1 = 3 h(x_0), h = x² / (¼ + x²), decay 1 and ½."""
    field = HillField(("A", "B"), edges=CandidateEdges([1, 0], [0, 1], 2), dtype=torch.float64)
    with torch.no_grad():
        field.strength.copy_(torch.tensor([-2.0, 3.0]))
        field.log_threshold.fill_(np.log(0.5))
        field.raw_exponent.fill_(np.log(1 / 6))
        field.raw_level.fill_(-40.0)
        field.units.raw_decay.copy_(torch.log(torch.expm1(torch.tensor([1.0, 0.5]).double())))
    x = torch.tensor([0.5, 1.0], dtype=torch.float64)
    expected = torch.tensor([2 * 0.2 - 0.5, 3 * 0.5 - 0.5], dtype=torch.float64)
    torch.testing.assert_close(field(None, x).detach(), expected)
    law = field.law_parameters()
    assert [(e["source"], e["target"]) for e in law] == [("B", "A"), ("A", "B")]
    np.testing.assert_allclose([[e["w"], e["K"], e["n"]] for e in law], [[-2, 0.5, 2], [3, 0.5, 2]])
    assert field.edge_weights().tolist() == [[0, -2], [3, 0]]


def test_slope_is_zero_below_the_floor(edges_of, shake) -> None:
    field = shake(HillField(GENES, edges=edges_of(), floor=0.1, dtype=torch.float64))
    x = torch.full((8,), 0.05, dtype=torch.float64)
    torch.testing.assert_close(field.jacobian(x), -torch.diag(field.decay_rate()))


@given(st.integers(0, 2**31), st.booleans(), st.floats(0.1, 30.0))
def test_the_orthant_is_kept(seed: int, per_edge: bool, size: float) -> None:
    """f_i ≥ 0 where x_i = 0, whatever the parameters; and production ≥ 0 everywhere."""
    field = HillField(("A", "B", "C", "D"), seed=seed, per_edge=per_edge)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.copy_(size * torch.randn(parameter.shape, generator=generator))
    x = 10 * torch.rand(20, 4, generator=generator)
    on_wall = torch.rand(20, 4, generator=generator) < 0.5
    x = torch.where(on_wall, torch.zeros_like(x), x)
    assert (field(None, x)[on_wall] >= 0).all()
    assert (field.production(x) >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_exact_flows_stay_in_the_orthant(seed: int, shake) -> None:
    field = shake(HillField(("A", "B", "C"), seed=seed, dtype=torch.float64), seed, by=2.0)

    def flow(_: float, x: np.ndarray) -> np.ndarray:
        return values(field(None, torch.from_numpy(x)))

    path = solve_ivp(flow, (0, 20), [0.0, 0.0, 2.0], rtol=1e-9, atol=1e-11, method="LSODA")
    assert path.success
    assert path.y.min() >= -1e-9


def test_signs_are_projected_and_a_gradient_is_left(edges_of) -> None:
    sign = np.array([1, -1, 0] * 4 + [1, -1])
    field = HillField(GENES, edges=edges_of(sign=sign), dtype=torch.float64)
    known = field.edges.sign != 0
    assert (field.weights * field.edges.sign >= 0).all()
    with torch.no_grad():
        field.strength.neg_()
    wrong = field.weights.detach().clone()
    field(None, torch.ones(8, dtype=torch.float64)).sum().backward()
    assert (field.strength.grad[known] != 0).all()
    field.proximal_(0.1)
    assert (field.weights[known] == 0).all()
    assert torch.equal(field.weights[~known], wrong[~known])


def test_calibration_meets_scales(edges_of) -> None:
    generator = torch.Generator().manual_seed(0)
    scale = torch.logspace(-1, 2, 8).double()
    x = scale * (0.1 + torch.rand(500, 8, generator=generator, dtype=torch.float64))
    x[::2] = 0  # half the cells do not express: K is the median of those that do
    velocity = 2.0 * (scale - x)
    for per_edge in (False, True):
        field = HillField(GENES, edges=edges_of(), per_edge=per_edge, dtype=torch.float64)
        field.calibrate_(x, velocity)
        median = x[1::2].median(0).values
        expected = field.edges.gather(median) if per_edge else median
        torch.testing.assert_close(field.threshold().detach(), expected)
        torch.testing.assert_close(field.decay_rate().detach(), torch.full((8,), 2.0).double())
        wanted = 2 * scale
        got = field.production(x).mean(0).detach()
        assert ((got > 0.5 * wanted) & (got < 2 * wanted)).all()
        state = {k: v.clone() for k, v in field.state_dict().items()}
        field.calibrate_(x, velocity)
        for key, value in field.state_dict().items():
            torch.testing.assert_close(value, state[key])


@pytest.mark.parametrize("per_edge", [False, True])
def test_rebuilt_from_its_options(per_edge: bool, edges_of, shake, states) -> None:
    edges = edges_of(sign=np.array([1, -1, 0, 0, 1, 1, -1] * 2), free=np.arange(14) % 2)
    field = shake(HillField(GENES, edges=edges, per_edge=per_edge, floor=0.02, l1=0.1, seed=4))
    state = field.state_dict()
    again = make_field(
        "hill", GENES, edges=CandidateEdges.from_state(state, 8, "edges."), **field.options
    )
    again.load_state_dict(state)
    assert torch.equal(field(None, states.float()), again(None, states.float()))
    other = HillField(GENES, edges=edges, per_edge=per_edge, seed=4)
    fresh = HillField(GENES, edges=edges, per_edge=per_edge, seed=4)
    assert other.weights.detach().numpy().tobytes() == fresh.weights.detach().numpy().tobytes()


def test_a_law_is_learnt_back(edges_of) -> None:
    """Least squares on exact velocities finds w of the generating field."""
    true = HillField(("A", "B"), edges=CandidateEdges([1, 0], [0, 1], 2), dtype=torch.float64)
    with torch.no_grad():
        true.strength.copy_(torch.tensor([-1.5, 2.0]))
    x = 3 * torch.rand(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = true(None, x).detach()
    field = HillField(("A", "B"), edges=CandidateEdges([1, 0], [0, 1], 2), dtype=torch.float64)
    optimiser = torch.optim.LBFGS(
        field.parameters(), max_iter=300, line_search_fn="strong_wolfe",
        tolerance_grad=1e-12, tolerance_change=1e-14,
    )  # fmt: skip

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = (field(None, x) - wanted).square().mean()
        value.backward()
        return value

    optimiser.step(loss)
    torch.testing.assert_close(field.weights, true.weights, rtol=1e-3, atol=1e-3)


def test_a_floor_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="floor above 0"):
        HillField(GENES, floor=0.0)
