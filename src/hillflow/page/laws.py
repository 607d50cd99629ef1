"""The section on laws: those that are shown, and the figure of all of them."""

from __future__ import annotations

from typing import Any

from hillflow import pl
from hillflow.page.contents import Contents
from hillflow.page.values import number, percent, picture
from hillflow.symbolic import Law, Laws, ParetoFront
from hillflow.symbolic.show_laws import (
    in_members_words,
    is_of_first,
    members_sentence,
    noise_sentence,
    origin_words,
    proteins_sentence,
)
from hillflow.symbolic.truth_table import truth_table

MAX_LAWS = 150  # genes whose laws the page shows
MAX_DRAWN = 60  # genes whose rules one drawing still shows


def laws(contents: Contents) -> dict[str, Any]:
    """Return one Pareto front per gene; of too many, those of the strongest edges' targets."""
    fronts, members = contents.laws, contents.run.members
    if fronts is None:
        return {}
    genes = list(fronts)
    if len(genes) > MAX_LAWS and contents.graph is not None:
        strongest_first = [*contents.graph.edges["target"], *genes]
        genes = [gene for gene in dict.fromkeys(strongest_first) if gene in fronts]
    return {
        "unit": fronts.time_unit,
        "first": is_of_first(fronts),
        "hidden": max(len(genes) - MAX_LAWS, 0),
        "shown": [_law(fronts[gene], members) for gene in genes[:MAX_LAWS]],
        "about": [f"{text[0].upper()}{text[1:]}." for text in _about(fronts, contents)],
    } | _figure(fronts)


def _about(laws: Laws, contents: Contents) -> list[str]:
    """Return whose laws these are, and how proteins and noise enter."""
    texts = [members_sentence(laws)]
    if laws.proteins:
        texts.append(proteins_sentence(laws))
    if laws.noise:
        texts.append(f"noise {noise_sentence(laws)}")
    if contents.run.members > 1 and (laws.proteins or laws.noise):
        whose = "of the first member" if is_of_first(laws) else "means over the members"
        texts.append(
            f"these constants are {whose}; the ranges in the summary are over the genes of all "
            f"{contents.run.members} members"
        )
    return [text for text in texts if text]


def _figure(laws: Laws) -> dict[str, Any]:
    """Return the network of rules of logic laws; of other laws, errors against complexity."""
    rules = [law.rule for law in laws.best.values() if law.rule is not None]
    if len(rules) == len(laws):
        regulators = {gene for rule in rules for gene in rule.regulators}
        drawn = regulators and regulators <= set(laws) and len(laws) <= MAX_DRAWN
        return {"exact": True, "rules": picture(pl.logic_network(laws)) if drawn else None,
                "fronts": None}  # fmt: skip
    return {"exact": False, "rules": None, "fronts": picture(pl.law_fronts(laws)[0])}


def _law(front: ParetoFront, members: int) -> dict[str, Any]:
    best, others = front.best, [law for law in front if law is not front.best]
    table = truth_table(best)
    return {
        "best": best,
        "table": table,
        "facts": _facts(best, members, with_rule=table is None),
        "constants": [(p.name, p.value, p.low, p.high, p.unit or "–") for p in best.parameters],
        "intervals": best.interval if any(p.has_interval for p in best.parameters) else "",
        "others": [(law.text(3), law.complexity, law.error, law.bic) for law in others],
    }


def _facts(law: Law, members: int, with_rule: bool) -> list[str]:
    """Return the origin and the errors of a law."""
    if law.rule is not None:
        return _logic_facts(law, members, with_rule)
    facts = [f"{law.family} template" if law.engine == "template" else law.engine]
    errors = {
        "error": law.error,
        "beyond the cells": law.error_off,
        "left-out cells": law.error_left_out,
    }
    facts += [f"{name} {number(error, 2)}" for name, error in errors.items() if error is not None]
    if law.agreement is not None and members > 1:
        facts.append(f"same structure in {percent(law.agreement)} of members")
    return facts


def _logic_facts(law: Law, members: int, with_rule: bool) -> list[str]:
    """Return the Boolean rule of a logic law, and how well it is determined."""
    facts = ["the fitted model itself"]
    if law.agreement is not None and members > 1:
        facts = [part for part in (origin_words(law), in_members_words(law)) if part]
    if law.rule is not None and law.parents and with_rule:
        kept = law.rule.kept
        known = "" if kept is None else f" (keeps {percent(kept)} of the variance)"
        facts.append(f"Boolean rule: {law.rule.text()}{known}")
    if law.agreement is not None and members > 1:
        facts.append(f"same regulators and signs in {percent(law.agreement)} of members")
    return facts
