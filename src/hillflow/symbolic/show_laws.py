"""Display of laws: formula, kind, errors and flags."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hillflow.show import Block, Facts, Formula
from hillflow.symbolic.presentation import equation
from hillflow.symbolic.printing import to_text
from hillflow.symbolic.truth_table import boolean_reading, percent, truth_table

if TYPE_CHECKING:
    from hillflow.symbolic.law import Law
    from hillflow.symbolic.laws import Laws

_WIDTH = 80  # columns per line
_DIGITS = 4
_ACTS = {1: "activates", -1: "represses"}


def laws_blocks(laws: Laws) -> Iterator[Block]:
    """The best law of each gene, and the agreement of all laws with the fit."""
    for law in laws.best.values():
        yield from law_blocks(law)
    if laws.proteins:
        low, high = min(laws.proteins.values()), max(laws.proteins.values())
        rates = f"{low:.2g} to {high:.2g}{f' 1/{laws.time_unit}' * bool(laws.time_unit)}"
        yield Facts(
            [("Proteins", "regulators act through their proteins p, dp/dt = gamma_p (x - p) with "
              f"gamma_p from {rates}; levels in productions are those of p")]
        )  # fmt: skip
    agreement = laws.agreement
    if agreement is None:
        return
    facts = []
    if agreement.trajectory is not None:
        facts.append(
            ("Simulated", f"the laws together deviate by {agreement.trajectory:.2g} standard "
             "deviations from the fit (root mean square)")
        )  # fmt: skip
    if agreement.knockout_correlation is not None:
        facts.append(
            ("Knockouts", f"{len(agreement.knockouts)} of regulators; their shifts correlate with "
             f"those of the fit, {agreement.knockout_correlation:.2g} on average")
        )  # fmt: skip
    if agreement.diverged:
        names = ", ".join(agreement.diverged)
        facts.append(("Diverged", f"the simulation of the laws diverges under {names}"))
    if facts:
        yield Facts(facts)


def law_blocks(law: Law) -> list[Block]:
    """One law: its formula, below the truth table if it has many regulators."""
    table = truth_table(law)
    return [law_formula(law)] if table is None else [table, law_formula(law, with_rule=False)]


def law_formula(law: Law, *, with_rule: bool = True) -> Formula:
    """The formula of a law as a block, with its regulators, rule, quality and flags."""
    reading = boolean_reading(law) if with_rule else ""
    lines = [*_wrapped(_regulation(law)), *_wrapped(reading), *_wrapped(_quality(law))]
    for flag in law.flags:
        lines += _wrapped(f"Flag: {flag}")
    return Formula("\n".join(_formula_lines(law)), equation(law), lines)


def _formula_lines(law: Law) -> list[str]:
    """The formula in one line, or one line per term with decay last; long terms are wrapped."""
    if len(law.text()) <= _WIDTH:
        return [law.text()]
    lines: list[str] = []
    for sign, term in law.terms():
        lead = "  " if lines else f"d{law.gene}/dt = "
        mark = "- " if sign < 0 else "+ " if lines else ""
        lines += textwrap.wrap(
            to_text(term, _DIGITS), _WIDTH, initial_indent=lead + mark, subsequent_indent=" " * 6,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return lines


def _regulation(law: Law) -> str:
    """``additive: GATA1 activates, FLI1 represses``."""
    if not law.parents:
        return f"{law.family}: no regulator"
    if not law.signs:
        return f"{law.family}: regulated by {', '.join(law.parents)}"
    named = zip(law.parents, law.signs, strict=True)
    return f"{law.family}: " + ", ".join(f"{gene} {_ACTS[sign]}" for gene, sign in named)


def _quality(law: Law) -> str:
    """Errors in percent of the standard deviation, and the agreement between members."""
    errors = (
        (law.error, "on the fitted states"), (law.error_off, "beyond the cells"),
        (law.error_left_out, "on left-out cells"),
    )  # fmt: skip
    shares = [
        f"{percent(error)} {where}"
        for error, where in errors
        if error is not None and math.isfinite(error)
    ]
    parts = [f"error against the fitted field {', '.join(shares)} (0 % is perfect)"] * bool(shares)
    if law.family == "logic":
        parts = ["the fitted model itself, not an approximation"]
    if law.agreement is not None:
        parts.append(f"the same structure in {percent(law.agreement)} of the members")
    return "; ".join(parts)


def _wrapped(text: str) -> list[str]:
    """Lines of the given width after an indent of four spaces."""
    return textwrap.wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
