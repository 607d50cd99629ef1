from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from hillflow.symbolic.families import basis, constants, formula, owners
from hillflow.symbolic.numeric import compiled

CASES = [
    (family, signs)
    for family in ("additive", "multiplicative", "competitive")
    for size in (2, 3)
    for signs in product((1, -1), repeat=size)
] + [("single", (1,)), ("single", (-1,))]
GENES = ("S", "NKX2-5", "E2F1")


def _numbers(family: str, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(m)
    amplitudes = random.uniform(0.1, 2, 1 + max(owners(family, m)))
    return (random.uniform(0.1, 3, (9, m)), random.uniform(0.3, 1.5, m),
            random.uniform(1, 5, m), amplitudes)  # fmt: skip


def _textbook(family: str, signs: tuple[int, ...], x: np.ndarray, k: np.ndarray, n: np.ndarray,
              c: np.ndarray) -> np.ndarray:  # fmt: skip
    ratio = (x / k) ** n
    term = np.where(np.array(signs) > 0, ratio / (1 + ratio), 1 / (1 + ratio))
    if family == "multiplicative":
        return c[0] + c[1] * term.prod(1)
    if family == "competitive":
        above = ratio[:, np.array(signs) > 0].sum(1) if 1 in signs else 1.0
        return c[0] + c[1] * above / (1 + ratio.sum(1))
    return c[0] + term @ c[1:]


@pytest.mark.parametrize(("family", "signs"), CASES)
def test_basis_and_formula_are_the_textbooks(family: str, signs: tuple[int, ...]) -> None:
    m = len(signs)
    x, k, n, c = _numbers(family, m)
    expected = _textbook(family, signs, x, k, n, c)
    at = basis(family, *(torch.from_numpy(a) for a in (np.log(x)[None], np.log(k)[None],
               np.log(n)[None], np.array([signs], dtype=float))))  # fmt: skip
    np.testing.assert_allclose((at.terms[0] @ torch.from_numpy(c)).numpy(), expected, rtol=1e-12)
    law = formula(family, GENES[:m], signs, c.tolist(), k.tolist(), n.tolist())
    np.testing.assert_allclose(compiled(law, GENES[:m])(x), expected, rtol=1e-10)
    assert constants(family, m) == 2 * m + len(c)


@pytest.mark.parametrize(("family", "signs"), CASES)
def test_slopes_are_the_derivatives(family: str, signs: tuple[int, ...]) -> None:
    m = len(signs)
    x, k, n, c = (torch.from_numpy(a) for a in _numbers(family, m))
    sign = torch.tensor([signs], dtype=torch.float64)
    at = basis(family, x.log()[None], k.log()[None], n.log()[None], sign)
    log_x = x.log().requires_grad_()
    again = basis(family, log_x[None], k.log()[None], n.log()[None], sign)
    (slope,) = torch.autograd.grad((again.terms[0] @ c).sum(), log_x)
    by_u = at.slopes[0] * c[owners(family, m)]  # du/dlog x = n
    torch.testing.assert_close(by_u * n, slope, rtol=1e-9, atol=1e-12)
