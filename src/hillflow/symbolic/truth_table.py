"""The truth table of a logic law of several regulators, easier to read than its formula."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from hillflow.show import Table

if TYPE_CHECKING:
    from hillflow.symbolic.law import Law

FEW = 1  # regulators, up to which the formula says all: one curve between two productions
LITTLE = 0.01  # share of the largest production below which rows are not listed


def truth_table(law: Law) -> Table | None:
    """Production in each combination of regulators; None for laws that are short or no tables.

    The largest production comes first. Rows that make less than `LITTLE` of it are counted below
    the table, unless the Boolean rule has them on. Rows near the cut between on and off are marked
    (`BooleanRule.close`).

    Parameters
    ----------
    law
        A logic law, with the parameters of `laws_of_logic`.

    Returns
    -------
    Table
        A column for each regulator, "on" or "–"; the production; and whether the rule, which
        rounds the table, has the gene on.
    """
    if law.rule is None or len(law.parents) <= FEW:
        return None
    parameters = {each.name: each for each in law.parameters}
    rows = []
    for state in product((False, True), repeat=len(law.parents)):
        on = [gene for gene, is_on in zip(law.parents, state, strict=True) if is_on]
        name = f"production[{','.join(on)}]" if on else "basal"
        holds = bool(law.rule.holds(dict(zip(law.parents, state, strict=True))))
        near = tuple(on) in law.rule.close
        rows.append((state, parameters[name].value, holds, near))
    rows.sort(key=lambda row: -row[1])
    listed = [row for row in rows if row[1] >= LITTLE * rows[0][1] or row[2]]
    rate = parameters["basal"].unit
    heads = [f"{gene} > {parameters[f'K[{gene}]'].value:.2g}" for gene in law.parents]
    return Table(
        (*heads, f"production ({rate})" if rate else "production", "rule"),
        [
            (*map(_word, state), made, _word(holds) + ", near the cut" * near)
            for state, made, holds, near in listed
        ],
        f"{law.gene}: {boolean_reading(law)}",
        f"on: above K, the level in the heading{_rest(len(rows) - len(listed))}",
    )


def boolean_reading(law: Law) -> str:
    """``Boolean rule: GATA1 & !SPI1; keeps 83 % of the variance of its production``."""
    if law.rule is None or not law.parents:
        return ""
    kept = law.rule.kept
    known = "" if kept is None else f"; keeps {percent(kept)} of the variance of its production"
    return f"Boolean rule: {law.rule.text()}{known}"


def percent(share: float) -> str:
    """Two digits of a share in percent."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 99.5 else f"{value:.2g} %"


def _word(on: bool) -> str:
    return "on" if on else "–"


def _rest(hidden: int) -> str:
    if not hidden:
        return ""
    others = "the other combination makes"
    if hidden > 1:
        others = f"the other {hidden} combinations make"
    return f"; {others} less than {percent(LITTLE)} of the largest production"
