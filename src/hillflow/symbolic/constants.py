"""The constants of laws with their intervals, as compact tables by regulator and by gene."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from hillflow.show import Block, Table, Text
from hillflow.symbolic.parameter import Parameter

if TYPE_CHECKING:
    from hillflow.symbolic.law import Law
    from hillflow.symbolic.laws import Laws

SHOWN = 12  # genes whose constants are shown unless asked otherwise
# Kept in `Law.parameters` of logic laws too, with intervals over the members.
_OF_GENE = {"decay": "γ", "noise": "ν", "protein": "γ_p"}
_WORDS = {
    "decay": "decay",
    "noise": "noise, the variance of a gene at rest over its mean",
    "protein": "rate at which the protein follows its mRNA",
}


def law_constants(laws: Laws, law: Law) -> list[Parameter]:
    """The parameters of a law, with its decay, noise and rate of the protein.

    Parameters
    ----------
    laws, law
        The laws, and one of them.
    """
    unit = f"1/{laws.time_unit}" if laws.time_unit else ""
    known = {each.name for each in law.parameters}
    others = (
        ("decay", law.decay, unit), ("noise", laws.noise.get(law.gene), ""),
        ("protein", laws.proteins.get(law.gene), unit),
    )  # fmt: skip
    more = [
        Parameter(name, value, unit=unit)
        for name, value, unit in others
        if value is not None and name not in known
    ]
    return [*law.parameters, *more]


def constants_blocks(laws: Laws) -> Iterator[Block]:
    """The tables, if they are wanted; else where the constants are."""
    if laws.show_constants is False:
        return
    if laws.show_constants is None and len(laws) > SHOWN:
        yield Text(
            f"The constants of {len(laws):,} genes with their intervals: laws.constants(), "
            "or constants=True (--constants)"
        )
        return
    yield from constants_tables(laws)


def constants_tables(laws: Laws) -> list[Table]:
    """One row for each regulator of each gene: K, n, effect; and one for each gene: γ, ν, γ_p.

    Parameters
    ----------
    laws
        The laws.

    Returns
    -------
    list of Table
        Without the first if no law has a threshold, and without columns of which no law has one.
    """
    best = laws.best
    constants = {
        gene: {each.name: each for each in law_constants(laws, law)} for gene, law in best.items()
    }
    per = f" (1/{laws.time_unit})" if laws.time_unit else ""
    tables = []
    by_regulator = [
        (gene, parent, *(constant_text(of.get(f"{name}[{parent}]")) for name in "Kn"),
         effect_text(best[gene], parent, of))
        for gene, of in constants.items()
        for parent in best[gene].parents
        if f"K[{parent}]" in of
    ]  # fmt: skip
    if by_regulator:
        heads = ("gene", "regulator", "K", "n", f"effect{per}")
        title = "Constants of the curves"
        tables.append(Table(heads, by_regulator, title, _curves_caption(laws)))
    used = [name for name in _OF_GENE if any(name in of for of in constants.values())]
    by_gene = [
        (gene, *(constant_text(of.get(name)) for name in used)) for gene, of in constants.items()
    ]
    if used:
        of_gene = [_OF_GENE[name] + per * (name != "noise") for name in used]
        caption = "; ".join(f"{_OF_GENE[name]}: {_WORDS[name]}" for name in used)
        tables.append(Table(("gene", *of_gene), by_gene, "Constants of the genes", caption))
    return tables


def constant_text(parameter: Parameter | None) -> str:
    """``0.353 [0.31, 0.40]``; without brackets if there is no interval, a dash if no constant."""
    if parameter is None:
        return "–"
    value = f"{parameter.value:.3g}"
    if not parameter.has_interval:
        return value
    return f"{value} [{_outward(parameter.low, -1)}, {_outward(parameter.high, 1)}]"


def _outward(limit: float, side: int) -> str:
    """Two digits of a limit, rounded away from the value: the interval never leaves it out."""
    if not limit or not math.isfinite(limit):
        return f"{limit:g}"
    unit = 10.0 ** (math.floor(math.log10(abs(limit))) - 1)
    steps = side * math.ceil(side * limit / unit - 1e-9)
    return f"{steps * unit:.2g}"


def effect_text(law: Law, parent: str, constants: dict[str, Parameter]) -> str:
    """The effect of a regulator: over the cells, of a logic law; else its term, with the sign."""
    if f"effect[{parent}]" in constants:
        return constant_text(constants[f"effect[{parent}]"])
    strength = constants.get(f"strength[{parent}]", constants.get("strength"))
    if strength is None:
        return "–"
    if dict(zip(law.parents, law.signs, strict=False)).get(parent, 1) < 0:
        low, high = -strength.high, -strength.low
        strength = replace(strength, value=-strength.value, low=low, high=high)
    return constant_text(strength)


def _curves_caption(laws: Laws) -> str:
    kinds = dict.fromkeys(
        law.interval
        for law in laws.best.values()
        if any(each.has_interval for each in law.parameters)
    )
    parts = [f"in brackets: {', or '.join(kinds)}"] * bool(kinds)
    parts.append("K: level at which the curve is half; n: its exponent")
    families = {law.rule is not None for law in laws.best.values()}
    if True in families:
        parts.append("effect: production with the regulator on minus off, mean over the cells")
    if False in families:
        parts.append("effect: the most that the term makes (strength), negative if it represses")
    return "; ".join(parts)
