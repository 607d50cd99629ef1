"""A fit in a few lines of text: facts, and findings (its caveats)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hillflow.data.times import format_time
from hillflow.errors import listing
from hillflow.fields import FIELDS
from hillflow.findings import Finding
from hillflow.model.choice import Choice
from hillflow.model.efficacy import learned_efficacies

if TYPE_CHECKING:
    from hillflow.model.member import Member

Fact = tuple[str, str]


def fit_facts(members: Sequence[Member]) -> list[Fact]:
    """Return labels and texts: field, method, data, units and losses, and the members."""
    first = members[0]
    facts = [
        ("Field", f"{first.field.name or type(first.field).__name__}: {_formula(first)}"),
        ("Method", _method(first.provenance)),
        ("Data", _data(first)),
        ("Velocities", f"expression ({first.scale}) per {first.time_unit or 'time unit'}"),
        ("Fit", _quality(first)),
    ]
    if first.efficacy is not None:
        facts.append(("Knockouts", _efficacy(first)))
    if len(members) > 1:
        losses = [m.metrics["validation_loss"] for m in members if "validation_loss" in m.metrics]
        span = f", with validation losses {min(losses):.4g} to {max(losses):.4g}" if losses else ""
        facts.append(
            ("Members", f"{len(members)}{span}; the first is shown, predictions are their mean")
        )
    if "choice" in first.provenance:
        facts += _choice(first.provenance["choice"])
    return facts


def fit_findings(members: Sequence[Member]) -> tuple[Finding, ...]:
    """Return the caveats of a fit, and of every result that rests on it."""
    first = members[0]
    findings = []
    if all(member.no_better_than_no_change for member in members):
        findings.append(
            Finding(
                "fit.no-better-than-no-change",
                "this fit predicts no better than no change: do not interpret its network or its "
                "knockouts; fit longer, or with another field or method",
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
    if len(first.times) < 3:
        findings.append(
            Finding(
                "fit.two-times",
                "cells of two times determine displacements, but hardly a law; more times or "
                "knockouts would",
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
    kind = first.provenance.get("data", {}).get("kind", "snapshots")
    if kind == "snapshots" and all(condition.is_control for condition in first.conditions):
        findings.append(
            Finding(
                "fit.no-perturbations",
                "no perturbations: snapshots alone cannot determine rotations of the field, nor "
                "tell co-regulators apart",
            )
        )
    if not first.time_unit:
        findings.append(
            Finding(
                "fit.no-time-unit",
                "the unit of time is not known, so rates have none; name it with time_unit=… "
                "(--time-unit)",
                "note",
            )
        )
    return tuple(findings)


def _formula(member: Member) -> str:
    entry = FIELDS.get(member.field.name)
    return "a field of your own" if entry is None else entry.formula


def _method(provenance: dict[str, Any]) -> str:
    method = provenance.get("method")
    if method is None:
        return "not known"
    stages = [f"{stage['steps']:,} × {stage['objective']['kind']}" for stage in method["stages"]]
    version = provenance["versions"]["hillflow"]
    seed = provenance["seed"]
    if "ensemble" in provenance:
        seed = f"{provenance['ensemble']['seed']} of the ensemble (this member's own: {seed})"
    return f"{method['name']} ({', then '.join(stages)}), seed {seed}, hillflow {version}"


def _data(member: Member) -> str:
    about = member.provenance.get("data", {})
    rows = f"{about['rows']:,} cells × " if about else ""
    times = ", ".join(format_time(time, member.time_unit) for time in member.times)
    conditions = listing((c.name for c in member.conditions), 3).replace("'", "")
    return f"{rows}{len(member.genes):,} genes at {times}; {conditions}"


def _quality(member: Member) -> str:
    loss, no_change = member.metrics.get("validation_loss"), member.metrics.get("no_change_loss")
    if loss is None or no_change is None:
        return "not scored"
    gain = f", {1 - loss / no_change:.0%} less than no change" if 0 < loss < no_change else ""
    has_validation_cells = member.provenance.get("setting", {}).get("validation_share")
    cells = "validation cells" if has_validation_cells else "the training cells"
    series = member.provenance.get("data", {}).get("kind") == "trajectories"
    metric = "mean squared error per gene" if series else "energy distance"
    return (
        f"validation loss {loss:.4g}, one time ahead on {cells} ({metric}; no change "
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
