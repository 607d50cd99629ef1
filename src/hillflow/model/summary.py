"""A fit in a few lines of text: facts, and findings (its caveats)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.checks import COORDINATES
from hillflow.data.times import format_time
from hillflow.errors import listing
from hillflow.fields import FIELDS
from hillflow.fields.gated import GatedField
from hillflow.fields.logic import LogicField
from hillflow.findings import Finding
from hillflow.model.choice import Choice
from hillflow.model.efficacy import learned_efficacies
from hillflow.model.learned import learned_facts
from hillflow.objectives.moving import is_random

if TYPE_CHECKING:
    from hillflow.model.member import Member

Fact = tuple[str, str]

_OBJECTIVES = {
    "Equilibrium": "rest states", "FlowScore": "score matching",
    "Likelihood": "likelihood of populations", "Match": "flow matching",
    "Rollout": "simulation of populations",
    "Teach": "learning from a fitted field", "Variational": "action matching",
    "Velocity": "RNA velocities",
}  # fmt: skip


def fit_facts(members: Sequence[Member]) -> list[Fact]:
    """Return labels and texts: field, method, data, units, losses, what was learned, members."""
    first = members[0]
    facts = [
        ("Field", f"{first.field.name or type(first.field).__name__}: {_formula(first)}"),
        *([] if first.field.component_count is None else [("State", _components(first))]),
        ("Method", _method(first.provenance)),
        ("Data", _data(first)),
        *([] if first.at_rest else [_velocities(first)]),
        ("Fit", _quality(members)),
    ]
    facts += learned_facts(members)
    if isinstance(first.field, GatedField):
        closed = [member.field.closed for member in members if isinstance(member.field, GatedField)]
        facts.append(("Gates", f"{np.mean(closed):.0%} closed"))
    if first.efficacy is not None:
        facts.append(("Knockouts", _efficacy(first)))
    if len(members) > 1:
        losses = [m.metrics["validation_loss"] for m in members if "validation_loss" in m.metrics]
        span = f", with validation losses {min(losses):.4g} to {max(losses):.4g}" if losses else ""
        noisy = any(is_random(member.heads, intervened=False) for member in members)
        how = "each predicts a part of the cells" if noisy else "predictions are their mean"
        facts.append(("Members", f"{len(members)}{span}; {how}"))
    if "choice" in first.provenance:
        facts += _choice(first.provenance["choice"])
    return facts


def _velocities(member: Member) -> Fact:
    unit = member.time_unit or "time unit"
    if member.in_own_time:
        unit = "unit of the time of the RNA velocities"
    if member.scale == COORDINATES:
        return "Velocities", f"coordinates per {unit}"
    return "Velocities", f"expression ({_scale(member)}) per {unit}"


def fit_findings(members: Sequence[Member]) -> tuple[Finding, ...]:
    """Return the caveats of a fit, and of every result that rests on it."""
    first = members[0]
    findings = []
    if all(member.no_better_than_no_change for member in members):
        findings.append(
            Finding(
                "fit.no-better-than-no-change",
                "this fit predicts no better than no change: do not interpret its network or its "
                "knockouts; raise effort, or fit another field or method",
            )
        )
    choice = first.provenance.get("choice")
    if choice is not None and not Choice.from_json(choice).beats_no_change:
        findings.append(
            Finding(
                "fit.contest-lost",
                "this field predicts left-out cells best of all candidates, but no better than no "
                "change",
            )
        )
    if first.at_rest:
        findings.append(
            Finding(
                "fit.at-rest",
                "cells of one time are taken to be at rest: they tell the ratio of production to "
                "decay, but no rate (decay is about 1 per unit of time, by convention), nor what "
                "comes first; an effect may be direct or pass through genes that were not "
                "perturbed",
            )
        )
    elif first.in_own_time:
        also = ""
        if len(first.times) > 1:
            also = "; predictions between times of the data take one unit for the other"
        findings.append(
            Finding(
                "fit.velocity-time",
                "fitted to RNA velocities alone: rates are per unit of the velocities' own time, "
                f"whose length is arbitrary unless it was calibrated{also}. What the program that "
                "estimated them assumed and smoothed is in the network",
            )
        )
    elif len(first.times) < 3:
        findings.append(
            Finding(
                "fit.two-times",
                "cells of two times determine displacements, but hardly a law; measure more times, "
                "or knockouts",
            )
        )
    if first.heads.splicing is not None:
        findings.append(
            Finding(
                "fit.splicing",
                "networks, laws and stable states are those of spliced mRNA with splicing in "
                "balance, which has the same rest states; knockouts, predictions and velocities "
                "have the delay of splicing as well",
                "note",
            )
        )
    if first.field.component_count is not None:
        findings.append(
            Finding(
                "fit.components",
                f"the state is {_components(first)}: what a gene does beside them is not "
                "predicted, and genes that move together share their edges; components=… "
                "(--components) takes another number",
                "note",
            )
        )
    if first.scale == COORDINATES:
        findings.append(
            Finding(
                "fit.coordinates",
                f"the state is {len(first.genes):,} coordinates of an embedding, not genes: an "
                "edge or a law says how coordinates move together, and regulates nothing; "
                "velocities and predictions are in these coordinates",
            )
        )
    effort = first.provenance.get("setting", {}).get("effort", 1.0)
    if effort < 1:
        findings.append(
            Finding(
                "fit.sketch",
                f"a sketch, with {effort:.3g} of the method's steps: fit with effort 1 before you "
                "interpret it",
            )
        )
    if first.heads.growth is not None and not _counts_cells(first.provenance):
        findings.append(
            Finding(
                "fit.relative-growth",
                "growth is relative: this method compares shares of populations, not numbers of "
                "cells, so that a rate has no meaning but beside that of another cell of the same "
                "time; 'tigon' learns absolute rates, where numbers of cells were measured",
            )
        )
    ignored = _fitted_without_effect(members)
    if ignored:
        findings.append(
            Finding(
                "fit.perturbation-without-effect",
                f"in this law nothing depends on what {listing(ignored)} perturbs, though cells of "
                "it were fitted: it predicts no effect on other genes. hillflow.check shows "
                "whether these cells have one",
            )
        )
    kind = first.provenance.get("data", {}).get("kind", "snapshots")
    if kind == "snapshots" and all(condition.is_control for condition in first.conditions):
        circular = (
            "" if first.provenance.get("data", {}).get("velocity")
            else "detect circular motion that leaves populations unchanged, nor "
        )  # fmt: skip
        findings.append(
            Finding(
                "fit.no-perturbations",
                f"no perturbations: snapshots alone cannot {circular}tell apart genes that change "
                "together",
            )
        )
    if not first.time_unit and not first.at_rest and not first.in_own_time:
        findings.append(
            Finding(
                "fit.no-time-unit",
                "the unit of time is not known, so rates have none; name it with time_unit=… "
                "(--time-unit)",
                "note",
            )
        )
    return tuple(findings)


def _components(member: Member) -> str:
    """How many principal components are the state, and how much they hold."""
    count = member.field.component_count
    text = f"the first {count:,} principal components of {len(member.genes):,} genes"
    sets = member.provenance.get("data", {}).get("sets", [])
    if sets:  # aligned cells lie in them, so that their variance tells nothing
        return f"{text}, aligned over {len(sets):,} data sets"
    if member.basis is None or member.basis.size != count:
        return text
    return f"{text}, {member.basis.explained.sum():.0%} of the variance of the training cells"


def _counts_cells(provenance: dict[str, Any]) -> bool:
    """Whether a stage compared simulated mass with numbers of cells."""
    stages = provenance.get("method", {}).get("stages", [])
    objectives = [stage["objective"] for stage in stages]
    return any(one.get("objective", one).get("mass", 0) > 0 for one in objectives)


def _fitted_without_effect(members: Sequence[Member]) -> list[str]:
    """Conditions that were fitted by laws in which no gene depends on the perturbed ones."""
    laws = [member.field for member in members if isinstance(member.field, LogicField)]
    if len(laws) < len(members):
        return []
    acting = frozenset[str]().union(*(law.acting for law in laws))
    fitted = {one.name: one for member in members for one in member.conditions}
    return [name for name, one in fitted.items() if one.genes and acting.isdisjoint(one.genes)]


def _formula(member: Member) -> str:
    entry = FIELDS.get(member.field.name)
    return "a field of your own" if entry is None else entry.formula


def _method(provenance: dict[str, Any]) -> str:
    method = provenance.get("method")
    if method is None:
        return "not known"
    stages = [
        f"{stage['steps']:,}{' training steps' * (number == 0)} ({_objective(stage['objective'])})"
        for number, stage in enumerate(method["stages"])
    ]
    version = provenance["versions"]["hillflow"]
    seed = provenance.get("ensemble", provenance)["seed"]
    return f"{method['name']}: {', then '.join(stages)}, seed {seed}, hillflow {version}"


def _objective(about: dict[str, Any]) -> str:
    """An objective in words; one of a user by the name of its class."""
    if about["kind"] == "WithPrior":
        return f"{_objective(about['objective'])} with a prior"
    if about["kind"] == "WithVelocity":
        return f"{_objective(about['objective'])} with RNA velocities"
    if about["kind"] == "Variational" and about["moves_paths"]:
        return "Wasserstein Lagrangian flow"
    return _OBJECTIVES.get(about["kind"], about["kind"])


def _scale(member: Member) -> str:
    return "scale not declared" if member.scale == "unknown" else member.scale


def _data(member: Member) -> str:
    about = member.provenance.get("data", {})
    rows = f"{about['rows']:,} cells × " if about else ""
    times = ", ".join(format_time(time, member.time_unit) for time in member.times)
    conditions = listing((c.name for c in member.conditions), 3).replace("'", "")
    return f"{rows}{len(member.genes):,} genes at {times}; {conditions}"


def mean_losses(metrics: Sequence[Mapping[str, float]]) -> tuple[float, float] | None:
    """Validation and no-change loss, means over the members; None if one has not been scored."""
    names = ("validation_loss", "no_change_loss")
    rows = [[member.get(name) for name in names] for member in metrics]
    if any(value is None for row in rows for value in row):
        return None
    loss, no_change = np.mean(np.array(rows, dtype=float), axis=0)
    return float(loss), float(no_change)


def how_far(member: Member) -> str:
    """Over what span validation loss and no-change loss of a member predict."""
    followed = member.provenance.get("data", {}).get("kind") == "trajectories"
    if member.at_rest:
        return "of the means of populations"
    if member.in_own_time:
        return "of velocities"
    if member.heads.protein is not None and not followed:  # its proteins are known at the start
        return "from the first time to each later one"
    return "one time ahead"


def mean_of(members: int) -> str:
    """The label of a mean over several members; "" for one."""
    return f"mean of {members:,} members" if members > 1 else ""


def _quality(members: Sequence[Member]) -> str:
    member, losses = members[0], mean_losses([member.metrics for member in members])
    if losses is None:
        return "not scored"
    loss, no_change = losses
    gain = f", {1 - loss / no_change:.0%} less than no change" if 0 < loss < no_change else ""
    has_validation_cells = member.provenance.get("setting", {}).get("validation_share")
    cells = "validation cells" if has_validation_cells else "the training cells"
    series = member.provenance.get("data", {}).get("kind") == "trajectories"
    metric = "mean squared error per gene" if series else "energy distance"
    if member.at_rest:
        metric = "mean squared error in standard deviations within populations"
    if member.in_own_time:
        metric = "mean squared error in the variance of each gene's velocities"
    mean = f" ({mean_of(len(members))})" if len(members) > 1 else ""
    return (
        f"validation loss {loss:.4g}{mean}, {how_far(member)} on {cells} ({metric}; no change "
        f"{no_change:.4g}{gain})"
    )


def _efficacy(member: Member) -> str:
    learned = learned_efficacies(member)
    if not learned:
        return f"hide {member.efficacy:.0%} of a gene from its targets, as given"
    texts = (f"{efficacy:.0%} of {gene}" for (_, gene), efficacy in learned.items())
    return f"hide from their targets, as learned: {', '.join(texts)}"


def _choice(choice: dict[str, Any]) -> list[Fact]:
    """Return the scores that an automatic choice is based on, one line per prediction."""
    facts = [("Chosen", f"{choice['name']}, by prediction of left-out cells (energy distance):")]
    failed = set()
    for row in choice["table"]:
        if row["energy"] is None:
            if (row["field"], row["note"]) not in failed:  # not once per left-out population
                facts.append(("", f"{row['field']:<16}cannot be tried: {row['note']}"))
            failed.add((row["field"], row["note"]))
        else:
            facts.append(
                ("", f"{row['field']:<16}{row['left_out']:<27} {row['energy']:.4g}"
                     f"  (no change {row['no_change_energy']:.4g}; W1 {row['w1']:.4g}, no change "
                     f"{row['no_change_w1']:.4g})")
            )  # fmt: skip
    return facts
