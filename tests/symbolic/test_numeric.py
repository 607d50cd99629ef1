from __future__ import annotations

import numpy as np
import pytest
import sympy
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.symbolic import parse, symbol
from hillflow.symbolic.numeric import compiled

FORMULA = parse("0.1 + 0.8*S**2.5/(0.3 + S**2.5) - exp(-`7157`)*log(1 + E) + 2")


def _by_hand(x: np.ndarray) -> np.ndarray:
    s, p, e = x[..., 0], x[..., 1], x[..., 2]
    return 0.1 + 0.8 * s**2.5 / (0.3 + s**2.5) - np.exp(-p) * np.log(1 + e) + 2


@pytest.mark.parametrize("shape", [(7, 3), (3,), (2, 5, 3)])
def test_numpy_and_torch_agree_with_the_formula(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).uniform(0.1, 2.0, shape)
    genes = ["S", "7157", "E"]
    np.testing.assert_allclose(compiled(FORMULA, genes)(x), _by_hand(x), rtol=1e-13)
    value = compiled(FORMULA, genes, "torch")(torch.from_numpy(x))
    np.testing.assert_allclose(value.numpy(), _by_hand(x), rtol=1e-13)


def test_torch_differentiates_also_at_zero() -> None:
    x = torch.tensor([[0.0, 0.0, 0.0], [0.5, 1.0, 2.0]], requires_grad=True)
    compiled(parse("S**0.5 + `7157`/E"), ["S", "7157", "E"], "torch")(x).sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()
    assert x.grad[1].tolist() == pytest.approx([0.5**0.5, 0.5, -0.25])


def test_a_constant_has_a_value_a_state() -> None:
    assert compiled(sympy.Float(2.0), ["S"])(np.ones((4, 1))).tolist() == [2.0] * 4
    assert compiled(sympy.Float(2.0), ["S"], "torch")(torch.ones(4, 1)).tolist() == [2.0] * 4


def test_levels_below_zero_are_read_as_zero() -> None:
    value = compiled(parse("S**2.5"), ["S"])(np.array([[-1.0], [0.0]]))
    np.testing.assert_allclose(value, 0.0, atol=1e-15)


def test_what_cannot_be_evaluated_is_said() -> None:
    with pytest.raises(InputError, match="did you mean 'E2F1'"):
        compiled(symbol("E2F"), ["E2F1", "S"])
    with pytest.raises(InputError, match="'numpy' or 'torch'"):
        compiled(symbol("S"), ["S"], "jax")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError):
        compiled(sympy.sin(symbol("S")), ["S"])
