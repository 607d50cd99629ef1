"""The section on laws: those that are shown, and the figure of all of them."""

from __future__ import annotations

from typing import Any

from hillflow import pl
from hillflow.page.contents import Contents
from hillflow.page.values import number, percent, picture
from hillflow.symbolic import Law, ParetoFront

MAX_LAWS = 150  # genes whose laws the page shows


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
        "hidden": max(len(genes) - MAX_LAWS, 0),
        "shown": [_law(fronts[gene], members) for gene in genes[:MAX_LAWS]],
        "fronts": picture(pl.law_fronts(fronts)[0]),
    }


def _law(front: ParetoFront, members: int) -> dict[str, Any]:
    best, others = front.best, [law for law in front if law is not front.best]
    return {
        "best": best,
        "facts": _facts(best, members),
        "constants": [(p.name, p.value, p.low, p.high, p.unit or "–") for p in best.parameters],
        "others": [(law.text(3), law.complexity, law.error, law.bic) for law in others],
    }


def _facts(law: Law, members: int) -> list[str]:
    """Return the origin and the errors of a law."""
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
