"""Knockouts whose efficacy is not 1 and not seen in the mRNA: hidden from targets, by a share.

A CRISPR cut destroys the protein; the gene's mRNA often stays. Such a knockout is fitted as
``cut_outgoing``: targets see (1 − e) x, the gene's own equation and level are left alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError, listing
from hillflow.interventions import Action, Intervention

if TYPE_CHECKING:
    from hillflow.model.member import Member

START = 0.8  # where a learnt efficacy begins
Cuts = tuple[tuple[str, str], ...]  # (name of a condition, gene) of every efficacy to learn


def check_efficacy(efficacy: float | str | None) -> None:
    """Refuse what is neither None, "learn" nor a share."""
    if efficacy is None or efficacy == "learn":
        return
    if isinstance(efficacy, str) or not 0 < efficacy <= 1:
        raise InputError(
            "an efficacy above 0 and at most 1, 'learn', or None",
            repr(efficacy),
            "write efficacy=0.8, say, or efficacy='learn'",
        )


def hidden(intervention: Intervention, share: float) -> Intervention:
    """The same with every knockout as a cut of this share."""
    return Intervention(
        tuple(
            Action(action.gene, "cut_outgoing", share) if action.kind == "knockout" else action
            for action in intervention
        )
    )


def as_told(
    data: Snapshots | Trajectories, efficacy: float | str | None
) -> tuple[Snapshots | Trajectories, Cuts]:
    """The data with its knockouts as they are to be fitted, and the efficacies to learn."""
    if efficacy is None:
        return data, ()
    share = START if isinstance(efficacy, str) else efficacy
    conditions = tuple(hidden(condition, share) for condition in data.conditions)
    different = dict(zip(data.conditions, conditions, strict=True))
    if len(set(different.values())) < len(different):
        raise InputError(
            "knockouts and cuts that stay apart",
            f"the conditions {listing(condition.name for condition in different)}",
            "label the same perturbation in one way",
        )
    if not isinstance(efficacy, str):
        return replace(data, conditions=conditions), ()
    cuts = tuple(
        (told.name, action.gene)
        for condition, told in different.items()
        for action in condition
        if action.kind == "knockout"
    )
    if not cuts:
        raise InputError(
            "knockouts, whose efficacy is to be learnt",
            f"the conditions {listing(condition.name for condition in different)}",
            "leave efficacy out",
        )
    return replace(data, conditions=conditions), cuts


def learnt(model: Member) -> dict[tuple[str, str], float]:
    """Every learnt efficacy by condition (as fitted) and gene; empty where none was learnt."""
    head = model.heads.efficacy
    if head is None:
        return {}
    return dict(zip(head.cuts, head.shares().tolist(), strict=True))


def as_fitted(model: Member, intervention: Intervention) -> Intervention:
    """What a knockout means to the model: its learnt efficacy; the mean of all where not seen."""
    if model.efficacy is None:
        return intervention
    shares, name = learnt(model), hidden(intervention, START).name
    return Intervention(
        tuple(
            Action(action.gene, "cut_outgoing", shares.get((name, action.gene), model.efficacy))
            if action.kind == "knockout"
            else action
            for action in intervention
        )
    )
