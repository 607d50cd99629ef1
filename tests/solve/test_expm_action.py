from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
import torch

from hillflow.errors import InputError, NumericalError
from hillflow.solve import affine_flow, expm_action


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("dt", [0.0, 0.3, -2.0])
def test_affine_flow_equals_scipy(dt):
    A, b, x = random(4, 4), random(4, seed=1), random(4, seed=2)
    augmented = np.zeros((5, 5))
    augmented[:4, :4], augmented[:4, 4] = A, b
    truth = scipy.linalg.expm(augmented * dt) @ np.append(x, 1.0)
    np.testing.assert_allclose(affine_flow(A, b, x, dt), truth[:4], rtol=1e-12)


def test_affine_flow_of_a_singular_matrix():
    A = torch.tensor([[0.0, 1.0], [0.0, 0.0]]).double()  # x' = y, y' = g: free fall
    x = affine_flow(A, torch.tensor([0.0, -9.0]).double(), torch.tensor([1.0, 2.0]).double(), 3.0)
    np.testing.assert_allclose(x, [1 + 2 * 3 - 9 * 9 / 2, 2 - 9 * 3], rtol=1e-14)


def test_affine_flow_broadcasts_and_takes_a_span_per_row():
    A, b, x = random(3, 4, 4), random(5, 1, 4, seed=1), random(5, 3, 4, seed=2)
    dt = torch.linspace(0, 1.5, 3).double()
    found = affine_flow(A, b, x, dt)
    assert found.shape == (5, 3, 4)
    for i, j in np.ndindex(5, 3):
        one = affine_flow(A[j], b[i, 0], x[i, j], float(dt[j]))
        torch.testing.assert_close(found[i, j], one, rtol=1e-12, atol=1e-13)


def test_affine_flow_has_gradients():
    arguments = [random(3, 3), random(3, seed=1), random(2, 3, seed=2), torch.tensor([0.3, 0.7])]
    arguments = [argument.double().requires_grad_() for argument in arguments]
    assert torch.autograd.gradcheck(affine_flow, arguments)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("layout", ["dense", "coo", "csr", "function", "bounded function"])
@pytest.mark.parametrize("t", [0.01, 1.0, -3.0, 12.0])
def test_action_equals_scipy(layout, t, dtype):
    n = 60
    sparse = scipy.sparse.random(n, n, density=0.08, random_state=1, dtype=np.float64)
    sparse = (sparse - 0.7 * scipy.sparse.eye(n)).tocsr()
    v = random(5, n, dtype=dtype)
    truth = scipy.sparse.linalg.expm_multiply(sparse * t, v.double().numpy().T).T
    A = torch.tensor(sparse.toarray(), dtype=dtype)
    bound = None
    if layout == "coo":
        A = A.to_sparse_coo()
    elif layout == "csr":
        A = A.to_sparse_csr()
    elif layout.endswith("function"):
        matrix = A
        bound = float(matrix.abs().sum(0).max()) if layout.startswith("bounded") else None

        def A(rows):
            return rows @ matrix.T

    found = expm_action(A, v, t, norm=bound)
    scale = np.abs(truth).max()
    tolerance = 1e-12 if dtype is torch.float64 else 2e-5
    np.testing.assert_allclose(found, truth, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("as_function", [False, True])
def test_action_of_a_matrix_with_a_hump(as_function):
    # ‖e^{At}‖ first rises by 1e3, then falls: Taylor terms must not cancel.
    A = torch.tensor([[-20.0, 2e4], [0.0, -21.0]]).double()
    v = torch.tensor([[0.3, 1.0]]).double()
    truth = scipy.linalg.expm(A.numpy()) @ v[0].numpy()
    found = expm_action((lambda rows: rows @ A.T) if as_function else A, v)
    np.testing.assert_allclose(found[0], truth, rtol=1e-6)


def test_action_takes_a_time_per_row_and_has_gradients():
    A, v = random(6, 6) / 2, random(3, 6, seed=1)
    t = torch.tensor([0.0, 0.5, 4.0]).double()
    truth = np.stack(
        [
            scipy.linalg.expm(A.numpy() * s) @ row
            for s, row in zip(t.numpy(), v.numpy(), strict=True)
        ]
    )
    np.testing.assert_allclose(expm_action(A, v, t), truth, rtol=1e-11, atol=1e-12)
    arguments = (A.clone().requires_grad_(), v.clone().requires_grad_(), t.clone().requires_grad_())
    assert torch.autograd.gradcheck(expm_action, arguments)


def test_rotation_over_many_turns_keeps_its_radius():
    A = torch.tensor([[0.0, -1.0], [1.0, 0.0]]).double()
    found = expm_action(A, torch.tensor([1.0, 0.0]).double(), 40 * torch.pi)
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-11)


@pytest.mark.parametrize("A", [torch.zeros(3, 3).double(), lambda rows: 0 * rows])
def test_zero_moves_nothing(A):
    v = random(2, 3)
    assert torch.equal(expm_action(A, v, 5.0), v)


def test_mistakes_are_named():
    with pytest.raises(InputError, match=r"A \[..., d, d\]"):
        affine_flow(torch.eye(2), torch.ones(3), torch.ones(2), 1.0)
    with pytest.raises(InputError, match=r"a matrix \[3, 3\].*\[2, 2\]"):
        expm_action(torch.eye(2), torch.ones(3))
    with pytest.raises(InputError, match="float32 or float64"):
        expm_action(torch.eye(2), torch.ones(2, dtype=torch.float16))
    with pytest.raises(NumericalError, match="finite norm"):
        expm_action(torch.full((2, 2), float("nan")), torch.ones(2))
    with pytest.raises(NumericalError, match="finite norm"):
        expm_action(lambda rows: rows / 0.0, torch.ones(2))
