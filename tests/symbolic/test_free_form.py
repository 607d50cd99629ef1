"""Text of free-form engines as laws: units, names, signs, and formulas that break."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from hillflow.errors import FileFormatError
from hillflow.symbolic import LawProblem, symbol
from hillflow.symbolic.free_form import free_law, in_genes, signs_of

PARENTS = ("X2", "X1")  # genes that are called like the engine's inputs, the other way round


@pytest.fixture
def problem() -> LawProblem:
    random = np.random.default_rng(0)
    x = random.uniform(0.5, 2, (50, 2))
    return LawProblem("G", PARENTS, x, x[:, 0] - 2 * x[:, 1])


def test_inputs_are_numbered_by_column_not_by_name(problem):
    formula = in_genes("X1 - (2 * X2)", ["X1", "X2"], problem)
    assert formula == symbol("X2") - 2 * symbol("X1")
    law = free_law(problem, formula, "test")
    assert law is not None
    assert law.error < 1e-12
    assert law.signs == (1, -1)


def test_scales_are_multiplied_back(problem):
    formula = in_genes("(X1 ^ 2) / X2", ["X1", "X2"], problem, np.array([2.0, 4.0]), 10.0)
    value = formula.subs({symbol("X2"): 6.0, symbol("X1"): 8.0})
    assert float(value) == pytest.approx(10 * 9 / 2)


def test_a_formula_without_a_value_somewhere_is_no_law(problem):
    assert free_law(problem, sympy.log(symbol("X2") - 1), "test") is None
    assert free_law(problem, 1 / (symbol("X2") - sympy.Float(problem.x[3, 0])), "test") is None


def test_a_parent_that_only_scales_has_no_sign_of_its_own(problem):
    centred = symbol("X2") * (symbol("X1") - sympy.Float(problem.x[:, 1].mean()))
    assert signs_of(centred, problem)[1] == 1
    assert signs_of(symbol("X1") * 3, problem) == (1,)


def test_text_is_never_run(problem):
    with pytest.raises(FileFormatError):
        in_genes("__import__('os').getcwd()", ["X1", "X2"], problem)
