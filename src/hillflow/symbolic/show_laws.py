"""How laws show themselves: each formula, what kind it is, how well it holds, and its flags."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hillflow.show import Block, Facts, Formula
from hillflow.symbolic.presentation import equation
from hillflow.symbolic.printing import to_text

if TYPE_CHECKING:
    from hillflow.symbolic.law import Law
    from hillflow.symbolic.laws import Laws

_WIDTH = 80  # columns that a law is broken to
_DIGITS = 4
_ACTS = {1: "activates", -1: "represses"}


def laws_blocks(laws: Laws) -> Iterator[Block]:
    """The best law of each gene, and how the laws together compare with the fit."""
    for law in laws.best.values():
        yield law_formula(law)
    agreement = laws.agreement
    if agreement is None:
        return
    facts = []
    if agreement.trajectory is not None:
        facts.append(
            ("Simulated", f"the laws together stay {agreement.trajectory:.2g} standard deviations "
             "from the model (root mean square)")
        )  # fmt: skip
    if agreement.knockout_correlation is not None:
        facts.append(
            ("Knockouts", f"{len(agreement.knockouts)} of regulators, whose shifts correlate "
             f"{agreement.knockout_correlation:.2g} with the model's")
        )  # fmt: skip
    if agreement.ran_away:
        names = ", ".join(agreement.ran_away)
        facts.append(("Ran away", f"{names}: the laws leave the finite numbers"))
    if facts:
        yield Facts(facts)


def law_formula(law: Law) -> Formula:
    """One law as a block."""
    lines = [*_wrapped(_regulation(law)), *_wrapped(_quality(law))]
    for flag in law.flags:
        lines += _wrapped(f"Flag: {flag}")
    return Formula("\n".join(_formula_lines(law)), equation(law), lines)


def _formula_lines(law: Law) -> list[str]:
    """In one line, or else a term a line, decay last; within a long term at spaces."""
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
    """Errors as shares of the production's spread, and in how many members it comes out."""
    errors = (
        (law.error, "where fitted"), (law.error_off, "beyond the cells"),
        (law.error_held, "on left-out cells"),
    )  # fmt: skip
    shares = [
        f"{_percent(error)} {where}"
        for error, where in errors
        if error is not None and math.isfinite(error)
    ]
    parts = [f"error {', '.join(shares)}"] if shares else []
    if law.agreement is not None:
        parts.append(f"the same structure in {_percent(law.agreement)} of the members")
    return "; ".join(parts)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 99.5 else f"{percent:.2g} %"


def _wrapped(text: str) -> list[str]:
    """Lines that stay within the width when four spaces stand before them."""
    return textwrap.wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
