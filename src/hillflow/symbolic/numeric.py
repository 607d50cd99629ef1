"""Formulas as functions of arrays."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any, Literal

import numpy as np
import sympy
from sympy import Add, Expr

from hillflow.errors import InputError, did_you_mean
from hillflow.symbolic.expression import FUNCTIONS, checked, replaced

Library = Literal["numpy", "torch"]
Evaluate = Callable[[Any], Any]
_DIGITS = 17  # enough to represent a 64-bit float exactly
LEAST_LEVEL = 1e-9  # lower levels are raised to it, so that powers and logarithms are finite


def compiled(formula: Expr, genes: Sequence[str], library: Library = "numpy") -> Evaluate:
    """The formula as a function from levels [..., genes] to values [...].

    Levels below `LEAST_LEVEL` are raised to it. With torch the function is differentiable, and
    keeps dtype and device.
    """
    if library not in ("numpy", "torch"):
        raise InputError("'numpy' or 'torch'", repr(library), "choose one of the two")
    column = {gene: k for k, gene in enumerate(genes)}
    for symbol in formula.free_symbols:
        if symbol.name not in column:
            raise InputError(
                f"levels of all genes in the formula {formula}", f"none of {symbol.name!r}",
                did_you_mean(symbol.name, list(column)),
            )  # fmt: skip
    terms, columns = _compiled_terms(formula, tuple(genes), library)

    def evaluate(levels: Any) -> Any:
        if library == "numpy":
            levels = np.maximum(np.asarray(levels, dtype=float), LEAST_LEVEL)
            value = reduce(operator.add, terms(*(levels[..., k] for k in columns)))
            return np.broadcast_to(value, levels.shape[:-1]).copy()
        levels = levels.clamp_min(LEAST_LEVEL)
        value = reduce(operator.add, terms(*(levels[..., k] for k in columns)))
        return value + levels.new_zeros(levels.shape[:-1])

    return evaluate


@lru_cache(maxsize=256)
def _compiled_terms(
    formula: Expr, genes: tuple[str, ...], library: Library
) -> tuple[Callable[..., list[Any]], list[int]]:
    """The terms of the formula as one function of some columns, and these columns.

    sympy generates Python code, from an expression that contains only arithmetic (`checked`) and
    no gene names.
    """
    formula = checked(formula)
    used = sorted(formula.free_symbols, key=lambda symbol: genes.index(symbol.name))
    inputs = {symbol: sympy.Symbol(f"x{k}") for k, symbol in enumerate(used)}
    leaves = formula.atoms(sympy.Float, sympy.Pow, type(sympy.E), *FUNCTIONS.values())
    numbers = {leaf: sympy.Float(leaf, _DIGITS) for leaf in leaves if leaf.is_number}
    terms = [replaced(term, inputs | numbers) for term in Add.make_args(formula)]
    arrays: Any = np
    if library == "torch":
        import torch

        arrays = torch
    functions = {name: getattr(arrays, name) for name in (*FUNCTIONS, "sqrt")}
    function = sympy.lambdify(list(inputs.values()), terms, modules=[functions])
    return function, [genes.index(symbol.name) for symbol in used]
