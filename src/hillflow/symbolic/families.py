"""The families of Hill laws: their terms and derivatives.

With occupation u_j = n_j (log x_j − log K_j), a regulator's Hill term is a_j = σ(s_j u_j): the
activation xⁿ/(Kⁿ+xⁿ) for s = +1, the repression Kⁿ/(Kⁿ+xⁿ) for s = −1 (Hill 1910). Production,
with basal b ≥ 0 and strengths v ≥ 0 (Bintu et al. 2005):

==================  =======================================================================
``single``          b + v a
``additive``        b + Σ_j v_j a_j: independent sites
``multiplicative``  b + v Π_j a_j: all regulators are needed together
``competitive``     b + v Σ_activators e^u / (1 + Σ_j e^u): all compete for one site;
                    with repressors only, b + v / (1 + Σ_j e^u)
==================  =======================================================================

Each family is linear in (b, v) and smooth in θ = (log K, log n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy
import torch
from sympy import Expr
from torch import Tensor

from hillflow.symbolic.expression import symbol

FAMILIES = ("additive", "multiplicative", "competitive")  # of two or more regulators


@dataclass(frozen=True)
class Basis:
    """A family at given θ, for a batch of B laws, n states and m regulators.

    Attributes
    ----------
    terms
        Factors of the amplitudes (b, v…), [B, n, p]; the first is 1.
    slopes
        Derivative by u_j of the term with regulator j, [B, n, m].
    occupation
        u, [B, n, m].
    """

    terms: Tensor
    slopes: Tensor
    occupation: Tensor


def basis(family: str, log_x: Tensor, log_k: Tensor, log_n: Tensor, signs: Tensor) -> Basis:
    """Evaluate the family at θ.

    Parameters
    ----------
    family
        One of `FAMILIES`, or "single".
    log_x
        Logarithms of the regulators' levels, [B, n, m].
    log_k, log_n, signs
        Values for each regulator, [B, m].
    """
    u = log_n.exp()[:, None] * (log_x - log_k[:, None])
    sign = signs[:, None]
    ones = torch.ones_like(u[..., :1])
    if family == "competitive":
        share = torch.softmax(torch.cat([torch.zeros_like(ones), u], -1), -1)
        active = (sign > 0).to(u.dtype)
        empty = (active.sum(-1, keepdim=True) == 0).to(u.dtype)  # no activator: the bare site
        term = (share[..., 1:] * active).sum(-1, keepdim=True) + empty * share[..., :1]
        return Basis(torch.cat([ones, term], -1), share[..., 1:] * (active - term), u)
    bound = torch.sigmoid(sign * u)
    if family == "multiplicative":
        term = bound.prod(-1, keepdim=True)
        return Basis(torch.cat([ones, term], -1), term * sign * (1 - bound), u)
    return Basis(torch.cat([ones, bound], -1), sign * bound * (1 - bound), u)


def owners(family: str, regulators: int) -> list[int]:
    """Index of the amplitude that multiplies the term of each regulator."""
    shared = family in ("multiplicative", "competitive")
    return [1 if shared else j + 1 for j in range(regulators)]


def constants(family: str, regulators: int) -> int:
    """Number of constants of a law: K and n of each regulator, and the amplitudes."""
    return 2 * regulators + 1 + max(owners(family, regulators))


def formula(
    family: str,
    parents: Sequence[str],
    signs: Sequence[int],
    amplitudes: Sequence[float],
    k: Sequence[float],
    n: Sequence[float],
) -> Expr:
    """The law as a formula; amplitudes = (b, v…)."""
    powers = [symbol(gene) ** _number(exponent) for gene, exponent in zip(parents, n, strict=True)]
    halves = [sympy.Float(half**exponent) for half, exponent in zip(k, n, strict=True)]
    basal, *strengths = map(_number, amplitudes)
    if family == "competitive":
        bound = [power / half for power, half in zip(powers, halves, strict=True)]
        above = [share for share, sign in zip(bound, signs, strict=True) if sign > 0]
        return basal + strengths[0] * sympy.Add(*(above or [1])) / sympy.Add(1, *bound)
    terms = [
        (power if sign > 0 else half) / (half + power)
        for power, half, sign in zip(powers, halves, signs, strict=True)
    ]
    if family == "multiplicative":
        return basal + sympy.Mul(strengths[0], *terms)
    return sympy.Add(basal, *(v * term for v, term in zip(strengths, terms, strict=True)))


def _number(value: float) -> Expr:
    """A float; exact 0 and 1 as integers, so that they vanish from sums and products."""
    return sympy.Integer(int(value)) if value in (0.0, 1.0) else sympy.Float(value)
