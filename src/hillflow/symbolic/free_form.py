"""Conversion of formulas of free-form engines to laws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy

from hillflow.symbolic.engine import scored_law
from hillflow.symbolic.expression import symbol
from hillflow.symbolic.law import Law
from hillflow.symbolic.numeric import compiled
from hillflow.symbolic.parse import parse
from hillflow.symbolic.problem import LawProblem

FAMILY = "free"


def in_genes(
    text: str, inputs: Sequence[str], problem: LawProblem,
    x_scale: np.ndarray | None = None, y_scale: float = 1.0,
) -> sympy.Expr:  # fmt: skip
    """Convert a formula in `inputs` to a formula of the genes, in the units of the data.

    Parameters
    ----------
    text
        Text that `parse` reads; ``^`` is a power as well.
    inputs
        Name of each parent in the text.
    problem
        The problem, for the names of its parents.
    x_scale, y_scale
        Factors by which levels and production were divided for the engine.
    """
    scales = np.ones(len(inputs)) if x_scale is None else x_scale
    genes = {
        symbol(name): symbol(parent) / sympy.Float(scale) if scale != 1 else symbol(parent)
        for name, parent, scale in zip(inputs, problem.parents, scales.tolist(), strict=True)
    }
    formula = parse(text.replace("^", "**"), inputs).xreplace(genes)
    return formula if y_scale == 1 else sympy.Float(y_scale) * formula


def free_law(problem: LawProblem, production: sympy.Expr, engine: str) -> Law | None:
    """The law of a free formula; None if it is not finite at all states.

    Its constants are its decimal numbers; equal numbers are counted separately.
    """
    with np.errstate(all="ignore"):
        values = compiled(production, problem.parents)(problem.x)
        if not np.isfinite(values).all():
            return None
        constants = sum(node.is_Float for node in sympy.preorder_traversal(production))
        law = scored_law(
            problem, production, engine=engine, family=FAMILY, constants=int(constants),
            signs=signs_of(production, problem),
        )  # fmt: skip
    beyond = law.error_off is not None and not np.isfinite(law.error_off)
    return None if beyond or not np.isfinite(law.error) else law


def signs_of(production: sympy.Expr, problem: LawProblem) -> tuple[int, ...]:
    """Sign of the change of production between the 10 % and 90 % quantiles of each parent.

    The other parents keep their levels in each state; the mean over states gives the sign.
    """
    function = compiled(production, problem.parents)
    used = {level.name for level in production.free_symbols}
    signs = []
    for column, parent in enumerate(problem.parents):
        if parent not in used:
            continue
        low, high = np.array(problem.x, dtype=float), np.array(problem.x, dtype=float)
        low[:, column], high[:, column] = np.quantile(problem.x[:, column], (0.1, 0.9))
        signs.append(int(np.sign(np.nanmean(function(high) - function(low)))))
    return tuple(signs)
