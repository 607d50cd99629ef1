from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.stats import multivariate_normal

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.solve import divergence, flow_with_log_density, make_solver
from hillflow.solve.divergence import hutchinson_divergence, rademacher

A = torch.tensor([[-0.5, 0.4, 0.0], [-0.3, 0.2, 0.1], [0.2, 0.0, -1.0]]).double()
B = torch.tensor([0.3, -0.2, 0.1]).double()


def states(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)).double()


def test_a_linear_field_has_the_trace_everywhere(linear_law):
    found = divergence(linear_law(A, B), None, states(2, 5, 3))
    torch.testing.assert_close(found, torch.full((2, 5), float(A.trace())).double())


def test_exact_equals_the_sum_of_central_differences(ring_law):
    field, x = ring_law(forcing=0.5), states(6, 3)
    times = torch.linspace(0, 2, 6).double()
    h, total = 1e-6, 0.0
    for i in range(3):
        shift = h * torch.eye(3).double()[i]
        total = total + (field(times, x + shift) - field(times, x - shift))[:, i] / (2 * h)
    torch.testing.assert_close(divergence(field, times, x), total, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(divergence(field, times[2], x[2]), total[2], rtol=1e-8, atol=1e-8)


def test_chunks_change_nothing(ring_law):
    field, x = ring_law(forcing=0.5), states(2, 7, 3)
    times = torch.linspace(0, 2, 7).double()
    few = divergence(field, times, x, memory_mb=2 * 2 * 9 * 4 * 8 / 2**20)
    torch.testing.assert_close(few, divergence(field, times, x), rtol=0, atol=1e-15)
    few = divergence(field, 0.5, x, memory_mb=1e-9)
    torch.testing.assert_close(few, divergence(field, 0.5, x), rtol=0, atol=1e-15)


def test_all_sign_patterns_average_to_the_trace_exactly(linear_law):
    field, x = linear_law(A, B), states(4, 3)
    patterns = torch.tensor(np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T)
    probes = patterns[:, None, :].expand(8, 4, 3)
    found = hutchinson_divergence(field, None, x, probes)
    torch.testing.assert_close(found, torch.full((4,), float(A.trace())).double())


def test_probes_have_the_variance_that_is_claimed(linear_law):
    field, x = linear_law(A, B), states(4000, 3)
    probes = rademacher(x, 4, torch.Generator().manual_seed(1))
    assert set(probes.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(probes, rademacher(x, 4, torch.Generator().manual_seed(1)))
    found = hutchinson_divergence(field, None, x, probes).detach()
    symmetric = (A + A.T) / 2
    off = symmetric - symmetric.diagonal().diag()
    variance = 2 * float((off**2).sum()) / 4
    assert float(found.mean()) == pytest.approx(float(A.trace()), abs=4 * (variance / 4000) ** 0.5)
    assert float(found.var()) == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize("solver", ["rk4", "dopri5"])
def test_log_density_of_a_linear_flow_falls_by_the_trace(linear_law, solver):
    x0 = states(5, 3)
    span = torch.tensor([0.0, 0.5, 1.0, 2.0, -1.0]).double()
    if solver == "dopri5":
        solver = make_solver("dopri5", rtol=1e-10, atol=1e-12)
    x, change = flow_with_log_density(
        linear_law(A, B), x0, torch.zeros(5).double(), span, solver=solver, steps=100
    )
    torch.testing.assert_close(change, -float(A.trace()) * span, rtol=1e-9, atol=1e-12)
    flow = scipy.linalg.expm(A.numpy())
    free = np.linalg.solve(A.numpy(), B.numpy())
    truth = flow @ (x0[2].numpy() + free) - free
    np.testing.assert_allclose(x[2].detach(), truth, rtol=1e-8)


def test_a_gaussian_stays_the_gaussian_it_should_be(linear_law):
    start = multivariate_normal([1.0, 0.5, 0.0], np.diag([0.1, 0.2, 0.3]))
    x0 = torch.tensor(start.rvs(20, random_state=0))
    x, log_density = flow_with_log_density(
        linear_law(A, B), x0, torch.tensor(start.logpdf(x0)), 1.5, steps=100
    )
    flow = scipy.linalg.expm(1.5 * A.numpy())
    free = np.linalg.solve(A.numpy(), B.numpy())
    end = multivariate_normal(flow @ (start.mean + free) - free, flow @ start.cov @ flow.T)
    np.testing.assert_allclose(log_density.detach(), end.logpdf(x.detach()), atol=1e-7)
    # and pulled back, as a likelihood is
    back, before = flow_with_log_density(linear_law(A, B), x, log_density, -1.5, steps=100)
    np.testing.assert_allclose(back.detach(), x0, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(before.detach(), start.logpdf(x0), atol=1e-6)


def test_probes_serve_in_a_flow_and_gradients_flow(ring_law):
    x0 = states(3, 3)
    probes = rademacher(x0, 400, torch.Generator().manual_seed(0))
    zero = torch.zeros(3).double()
    gradients, changes = [], []
    for given in (None, probes):
        field = ring_law()
        _, change = flow_with_log_density(field, x0, zero, 0.5, probes=given)
        change.sum().backward()
        gradients.append(field.rate.grad)
        changes.append(change.detach())
    torch.testing.assert_close(*changes, rtol=0, atol=0.1)
    torch.testing.assert_close(*gradients, rtol=0, atol=0.05)
    assert float(gradients[0].sum()) == pytest.approx(3 * 3 * 0.5, rel=1e-9)  # d(γ·t)/dγ


def test_clamped_genes_neither_thin_nor_crowd(ring_law):
    field, x0 = ring_law(rate=[1.0, 2.0, 3.0]), states(4, 3)
    _, change = flow_with_log_density(
        field.do(Intervention.clamp("G1", 0.5)), x0, torch.zeros(4).double(), 1.0
    )
    torch.testing.assert_close(change, torch.full((4,), 4.0).double())  # rates 1 and 3 are left


def test_mistakes_are_named(linear_law):
    field, x = linear_law(A, B), states(4, 3)
    with pytest.raises(InputError, match="at least one probe"):
        rademacher(x, 0, torch.Generator())
    with pytest.raises(InputError, match=r"one log density per state, \[4\]"):
        flow_with_log_density(field, x, torch.zeros(3), 1.0)
    with pytest.raises(InputError, match=r"probes of shape \[probes, 4, 3\]"):
        flow_with_log_density(field, x, torch.zeros(4), 1.0, probes=torch.ones(2, 5, 3))
