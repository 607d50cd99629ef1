"""Formulas as functions of arrays: what is evaluated is the tree, never text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import sympy
from sympy import Expr

from hillflow.errors import InputError, did_you_mean
from hillflow.symbolic.arithmetic import unsupported

Library = Literal["numpy", "torch"]
Evaluate = Callable[[Any], Any]
LEAST_LEVEL = 1e-9  # levels below are read as this: powers and logarithms stay finite


def compiled(formula: Expr, genes: Sequence[str], library: Library = "numpy") -> Evaluate:
    """A function of levels [..., genes] that gives the formula's values [...].

    Levels below `LEAST_LEVEL` are read as `LEAST_LEVEL`. With torch the function is
    differentiable, and keeps dtype and device.
    """
    if library not in ("numpy", "torch"):
        raise InputError("'numpy' or 'torch'", repr(library), "name one of the two")
    column = {gene: k for k, gene in enumerate(genes)}
    for one in formula.free_symbols:
        if one.name not in column:
            raise InputError(
                f"levels of every gene of the formula {formula}", f"none of {one.name!r}",
                did_you_mean(one.name, list(column)),
            )  # fmt: skip
    functions: dict[Any, Evaluate] = {sympy.exp: np.exp, sympy.log: np.log}
    if library == "torch":
        import torch

        functions = {sympy.exp: torch.exp, sympy.log: torch.log}
    value = _node(formula, column, functions)

    def evaluate(levels: Any) -> Any:
        if library == "numpy":
            levels = np.maximum(np.asarray(levels, dtype=float), LEAST_LEVEL)
            return np.broadcast_to(value(levels), levels.shape[:-1]).copy()
        levels = levels.clamp_min(LEAST_LEVEL)
        return value(levels) + levels.new_zeros(levels.shape[:-1])

    return evaluate


def _node(node: Expr, column: dict[str, int], functions: dict[Any, Evaluate]) -> Evaluate:
    """The function of one node, built from those of its arguments."""
    if node.is_Symbol:
        place = column[node.name]
        return lambda levels: levels[..., place]
    if node.is_number:
        number = float(node)
        return lambda levels: number
    parts = [_node(argument, column, functions) for argument in node.args]
    if node.is_Add:
        return lambda levels: sum(part(levels) for part in parts)
    if node.is_Mul:
        return lambda levels: _product(part(levels) for part in parts)
    if node.is_Pow:
        base, exponent = parts
        return lambda levels: base(levels) ** exponent(levels)
    for function, evaluate in functions.items():
        if isinstance(node, function):
            return lambda levels: evaluate(parts[0](levels))
    raise unsupported(node)


def _product(factors: Any) -> Any:
    result = 1.0
    for factor in factors:
        result = result * factor
    return result
