"""Knockouts with an efficacy: targets see less of the gene, its mRNA does not change.

A CRISPR cut destroys the protein, but the gene's mRNA often stays. With an efficacy e, a knockout
is fitted as ``cut_outgoing``: its targets see (1 − e) x, and the gene's own equation and level
are unchanged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hillflow.data import Cells
from hillflow.errors import InputError, listing
from hillflow.interventions import Action, Intervention

if TYPE_CHECKING:
    from hillflow.model.member import Member

START = 0.8  # initial value of a learned efficacy
Cuts = tuple[tuple[str, str], ...]  # (name of the condition, gene) of each efficacy to learn


def check_efficacy(efficacy: float | str | None) -> None:
    """Refuse everything except None, "learn" and a number above 0 and at most 1."""
    if efficacy is None or efficacy == "learn":
        return
    if isinstance(efficacy, str) or not 0 < efficacy <= 1:
        raise InputError(
            "an efficacy above 0 and at most 1, 'learn', or None",
            repr(efficacy),
            "write efficacy=0.8, for example, or efficacy='learn'",
        )


def knockouts_as_cuts(intervention: Intervention, efficacy: float) -> Intervention:
    """Replace every knockout by a cut of this efficacy; keep all other actions."""
    return Intervention(
        tuple(
            Action(action.gene, "cut_outgoing", efficacy) if action.kind == "knockout" else action
            for action in intervention
        )
    )


def apply_efficacy(data: Cells, efficacy: float | str | None) -> tuple[Cells, Cuts]:
    """Return the data with knockouts as they are fitted, and the efficacies to learn."""
    if efficacy is None:
        return data, ()
    start = START if isinstance(efficacy, str) else efficacy
    conditions = tuple(knockouts_as_cuts(condition, start) for condition in data.conditions)
    fitted_as = dict(zip(data.conditions, conditions, strict=True))
    if len(set(fitted_as.values())) < len(fitted_as):
        raise InputError(
            "knockouts and cuts that differ",
            f"the conditions {listing(condition.name for condition in fitted_as)}",
            "label the same perturbation in one way",
        )
    if not isinstance(efficacy, str):
        return replace(data, conditions=conditions), ()
    cuts = tuple(
        (cut.name, action.gene)
        for condition, cut in fitted_as.items()
        for action in condition
        if action.kind == "knockout"
    )
    if not cuts:
        raise InputError(
            "knockouts, whose efficacy is to be learned",
            f"the conditions {listing(condition.name for condition in fitted_as)}",
            "drop efficacy",
        )
    return replace(data, conditions=conditions), cuts


def learned_efficacies(member: Member) -> dict[tuple[str, str], float]:
    """Return every learned efficacy by condition (as fitted) and gene; empty if none was."""
    head = member.heads.efficacy
    if head is None:
        return {}
    return dict(zip(head.cuts, head.shares().tolist(), strict=True))


def as_fitted(member: Member, intervention: Intervention) -> Intervention:
    """Replace knockouts by cuts of their learned efficacy; of unseen ones, of the mean."""
    if member.efficacy is None:
        return intervention
    learned = learned_efficacies(member)
    name = knockouts_as_cuts(intervention, START).name
    return Intervention(
        tuple(
            Action(action.gene, "cut_outgoing", learned.get((name, action.gene), member.efficacy))
            if action.kind == "knockout"
            else action
            for action in intervention
        )
    )
