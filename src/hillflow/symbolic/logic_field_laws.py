"""Laws of the 'logic' field, whose equations are laws already."""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import product, starmap

import numpy as np
import sympy

from hillflow.fields.logic import FLOOR, LogicField
from hillflow.symbolic.boolean import BooleanRule, boolean_rules
from hillflow.symbolic.expression import complexity, symbol
from hillflow.symbolic.law import Law
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.soft_table import Array, SoftTable, soft_tables

NEGLIGIBLE = 1e-6  # share of s by which all terms that are left out may change a production


def laws_of_logic(field: LogicField, unit: str = "") -> dict[str, Law]:
    """Write a fitted 'logic' field as laws, with its own parameters.

    The production s Σ_T a_T Π_{j∈T} h_j Π_{j∉T} (1 − h_j) is multiplied out to a sum
    s Σ_T c_T Π_{j∈T} g_j, where g_j is h_j = x_jⁿ / (Kⁿ + x_jⁿ) or 1 − h_j = 1 / (1 + K⁻ⁿ x_jⁿ),
    whichever gives the fewest curves; terms that change production by less than 1e-6 s in all are
    left out. So "A and not B" is one product. Regulators that were dropped are not in the law. The
    field raises levels below its floor (1e-3 of the gene's top level) to the floor; the formulas do
    not.

    Parameters
    ----------
    field
        The field.
    unit
        Time unit, for the units of the rates.

    Returns
    -------
    dict
        A `Law` for each gene. Its parameters are "max" (s), "decay" (γ), "basal" (no regulator is
        on), for each regulator "K[A]" and "n[A]", and for each further row of the table the
        production with those regulators on, "production[A,B]". `Law.rule` is its Boolean reading.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import laws_of_logic
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]), unit="h")
    >>> laws["GATA1"].family, laws["GATA1"].parents
    ('logic', ('GATA1', 'SPI1'))
    """
    tables = soft_tables(field)
    rules = boolean_rules(tables)
    rate = f"1/{unit}" if unit else ""
    return {gene: _law(table, rules[gene], rate) for gene, table in tables.items()}


def floor_of(field: LogicField) -> list[float]:
    """The level to which curves raise lower levels, for each gene."""
    return (FLOOR * field.top.double()).tolist()


def table_parameters(table: SoftTable, rate: str) -> tuple[Parameter, ...]:
    """The parameters of a law by name; `rate` is the unit of rates."""
    curves = [
        Parameter(f"{name}[{gene}]", float(value))
        for name, values in (("K", table.threshold), ("n", table.exponent))
        for gene, value in zip(table.regulators, values, strict=True)
    ]
    basal, *rows = (
        Parameter(
            f"production[{','.join(on)}]" if on else "basal", table.scale * float(a), unit=rate
        )
        for on, a in zip(table.names(), table.rows.ravel(), strict=True)
    )
    return (
        Parameter("max", table.scale, unit=rate), Parameter("decay", table.decay, unit=rate),
        basal, *curves, *rows,
    )  # fmt: skip


def _law(table: SoftTable, rule: BooleanRule, rate: str) -> Law:
    formula = _formula(table)
    return Law(
        gene=table.gene, production=formula, parents=table.regulators, decay=table.decay,
        parameters=table_parameters(table, rate), family="logic", engine="logic field",
        complexity=complexity(formula), error=0.0, error_off=None, error_left_out=None,
        bic=float("nan"), signs=table.signs(), rule=rule,
    )  # fmt: skip


def _formula(table: SoftTable) -> sympy.Expr:
    """The sum of products with the fewest curves: multiplied out, or the rows as they are."""
    count = len(table.regulators)
    least = NEGLIGIBLE / 2**count
    # Each form: coefficients [2, …, 2], whether curves are those of absence, and of which rows.
    forms = [(_multiplied_out(table.rows, off), off) for off in product((0, 1), repeat=count)]
    costs = [_cost(coefficients, least) for coefficients, _ in forms]
    best = min(range(len(forms)), key=costs.__getitem__)
    rows = np.argwhere(table.rows >= least)
    if (len(rows) * (1 + count), 0) < costs[best]:
        terms = [
            (table.rows[tuple(row)], [(k, not on) for k, on in enumerate(row.tolist())])
            for row in rows
        ]
    else:
        coefficients, off = forms[best]
        terms = [
            (coefficients[tuple(row)], [(k, bool(off[k])) for k in np.flatnonzero(row).tolist()])
            for row in np.argwhere(abs(coefficients) >= least)
        ]
    curve = lru_cache(partial(_curve, table))
    return sympy.Add(
        *(
            sympy.Mul(sympy.Float(table.scale * float(coefficient)), *starmap(curve, curves))
            for coefficient, curves in terms
        )
    )


def _multiplied_out(rows: Array, off: tuple[int, ...]) -> Array:
    """Coefficients c_T = Σ_{U⊆T} (−1)^|T∖U| a_U, with the axes where `off` is 1 reversed."""
    coefficients = np.array(rows, dtype=float)
    for axis, reverse in enumerate(off):
        if reverse:
            coefficients = np.flip(coefficients, axis)
        base, other = np.take(coefficients, 0, axis), np.take(coefficients, 1, axis)
        coefficients = np.stack((base, other - base), axis)
    return coefficients


def _cost(coefficients: Array, least: float) -> tuple[int, int]:
    """Number of factors of a form, and of its negative terms."""
    kept = np.argwhere(abs(coefficients) >= least)
    return len(kept) + int(kept.sum()), int((coefficients <= -least).sum())


def _curve(table: SoftTable, k: int, absent: bool) -> sympy.Expr:
    exponent = sympy.Float(float(table.exponent[k]))
    power = symbol(table.regulators[k]) ** exponent
    half = sympy.Float(float(table.threshold[k])) ** exponent
    # Numerators without numbers: the coefficients of terms then are productions.
    return 1 / (1 + power / half) if absent else power / (half + power)
