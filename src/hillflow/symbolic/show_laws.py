"""Display of laws: formula, kind, errors and flags."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hillflow.show import Block, Facts, Formula
from hillflow.symbolic.constants import constants_blocks
from hillflow.symbolic.presentation import equation
from hillflow.symbolic.printing import to_text
from hillflow.symbolic.truth_table import boolean_reading, percent, truth_table

if TYPE_CHECKING:
    from hillflow.symbolic.agreement import Agreement
    from hillflow.symbolic.law import Law
    from hillflow.symbolic.laws import Laws

_WIDTH = 80  # columns per line
_DIGITS = 4
_ACTS = {1: "activates", -1: "represses"}


def laws_blocks(laws: Laws) -> Iterator[Block]:
    """The best law of each gene, and the agreement of all laws with the fit."""
    for law in laws.best.values():
        yield from law_blocks(law)
    yield from constants_blocks(laws)
    facts = [*_about(laws), *_conditions(laws)]
    agreement = laws.agreement
    if agreement is not None:
        facts += _agreement(agreement)
    if facts:
        yield Facts(facts)


def _about(laws: Laws) -> list[tuple[str, str]]:
    """Of whose law these are, and what else moves the cells: proteins and noise."""
    facts = []
    members = members_sentence(laws)
    if members:
        facts.append(("Members", members))
    if laws.proteins:
        facts.append(("Proteins", proteins_sentence(laws)))
    if laws.noise:
        facts.append(("Noise", noise_sentence(laws)))
    return facts


def _conditions(laws: Laws) -> list[tuple[str, str]]:
    """A line for each law that was compared between conditions."""
    return [
        (
            f"{gene} elsewhere",
            f"worst in {worst['condition']}, where constants of the other conditions leave "
            f"{1 + worst['excess']:.2f} times the squared error of its own",
        )
        for gene, worst in laws.about.get("conditions", {}).items()
        if gene in laws
    ]


def is_of_first(laws: Laws) -> bool:
    """Whether laws are those of the first member of a fit of several."""
    return any(law.rule is not None and law.agreement is not None for law in laws.best.values())


def members_sentence(laws: Laws) -> str:
    """Whose laws these are, where a fit has several members; "" otherwise."""
    known = laws.about.get("members", 0)
    members = known if isinstance(known, int) else 0
    if is_of_first(laws):
        members = max(members, *(law.members for law in laws.best.values()))
        of = f"of {members} members" if members > 1 else "member"
        return f"the laws are those of the first {of}; predictions of the fit are of all members"
    if members < 2 or any(law.rule is not None for law in laws.best.values()):
        return ""
    return f"the laws describe the mean of the {members} members of the fit"


def proteins_sentence(laws: Laws) -> str:
    """How regulators act through proteins, and the range of their rates."""
    return (
        "regulators act through their proteins p, dp/dt = γ_p (x − p) with γ_p "
        f"{value_range(laws.proteins.values())}{f' 1/{laws.time_unit}' * bool(laws.time_unit)}; "
        "levels in productions are those of p"
    )


def noise_sentence(laws: Laws) -> str:
    """The range of the noise that was learned, and that formulas are without it."""
    return (
        f"ν {value_range(laws.noise.values())}, of dx = (production − decay) dt + √(ν (production "
        "+ decay)) dW; the formulas are the path without noise"
    )


def value_range(values: Iterable[float]) -> str:
    """``from 0.1 to 0.4``, or ``= 0.1`` if all are the same when rounded."""
    known = sorted(values)
    low, high = f"{known[0]:.2g}", f"{known[-1]:.2g}"
    return f"= {low}" if low == high else f"from {low} to {high}"


def _agreement(agreement: Agreement) -> list[tuple[str, str]]:
    """How the laws, simulated together, follow the fit."""
    facts = []
    if agreement.trajectory is not None:
        facts.append(
            ("Simulated", f"the laws together deviate by {agreement.trajectory:.2g} standard "
             "deviations from the fit (root mean square)")
        )  # fmt: skip
    if agreement.knockout_correlation is not None:
        facts.append(
            ("Knockouts", f"under knockouts of {len(agreement.knockouts)} regulators the laws "
             "shift genes as the fit does, with a mean correlation of "
             f"{agreement.knockout_correlation:.2g}")
        )  # fmt: skip
    if agreement.diverged:
        names = ", ".join(agreement.diverged)
        facts.append(("Diverged", f"the simulation of the laws diverges under {names}"))
    return facts


def law_blocks(law: Law) -> list[Block]:
    """One law: its formula, below the truth table if it has several regulators."""
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
        return "; ".join(_origin(law))
    if law.agreement is not None:
        parts.append(f"the same structure in {percent(law.agreement)} of the members")
    return "; ".join(parts)


def _origin(law: Law) -> list[str]:
    """Whether a law is the fitted model, or that of one member among several."""
    if law.agreement is None:
        return ["the fitted model itself, not an approximation"]
    parts = [origin_words(law)]
    named = in_members_words(law)
    if named:
        parts.append(named)
    return [*parts, f"the same regulators and signs in {percent(law.agreement)} of the members"]


def origin_words(law: Law) -> str:
    """``the law of the first of 3 members``; in older files the number is not known."""
    if law.members < 2:
        return "the law of the first member"
    return f"the law of the first of {law.members} members"


def in_members_words(law: Law) -> str:
    """``members with each regulator: GATA2 3 of 3, JUN 1 of 3``; "" without regulators."""
    if not law.in_members or law.members < 2:
        return ""
    counts = zip(law.parents, law.in_members, strict=True)
    named = ", ".join(f"{gene} {count} of {law.members}" for gene, count in counts)
    return f"members with each regulator: {named}"


def _wrapped(text: str) -> list[str]:
    """Lines of the given width after an indent of four spaces."""
    return textwrap.wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
