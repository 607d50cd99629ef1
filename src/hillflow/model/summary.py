"""A fit in a few lines of words and numbers, and what to be careful with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hillflow.data.times import format_time
from hillflow.errors import listing
from hillflow.fields import FIELDS
from hillflow.findings import Finding
from hillflow.model.choice import Choice
from hillflow.model.efficacy import learnt

if TYPE_CHECKING:
    from hillflow.model.member import Member

Fact = tuple[str, str]


def fit_facts(members: Sequence[Member]) -> list[Fact]:
    """What was fitted on what, how well, in which units; of the first member, then of all."""
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
        between = (
            f", with validation losses {min(losses):.4g} to {max(losses):.4g}" if losses else ""
        )
        facts.append(
            ("Members", f"{len(members)}{between}; the first is shown, predictions are their mean")
        )
    if "choice" in first.provenance:
        facts += _choice(first.provenance["choice"])
    return facts


def fit_findings(members: Sequence[Member]) -> tuple[Finding, ...]:
    """What a reader of anything that rests on this fit must know."""
    first = members[0]
    findings = []
    if all(member.no_better_than_no_change for member in members):
        findings.append(
            Finding(
                "fit.no-better-than-no-change",
                "this fit predicts no better than no change: do not read a network or a knockout "
                "off it; fit longer, or with another field or method",
            )
        )
    choice = first.provenance.get("choice")
    if choice is not None and not Choice.from_json(choice).beats_no_change:
        findings.append(
            Finding(
                "fit.contest-lost",
                "this field won its contest, and yet predicts left-out cells no better than no "
                "change",
            )
        )
    if len(first.times) < 3:
        findings.append(
            Finding(
                "fit.two-times",
                "two times determine displacements, hardly a law; more times or knockouts would",
            )
        )
    effort = first.provenance.get("setting", {}).get("effort", 1.0)
    if effort < 1:
        findings.append(
            Finding(
                "fit.sketch",
                f"a sketch, with {effort:.3g} of the method's steps: fit with effort 1 before you "
                "judge",
            )
        )
    kind = first.provenance.get("data", {}).get("kind", "snapshots")
    if kind == "snapshots" and all(condition.is_control for condition in first.conditions):
        findings.append(
            Finding(
                "fit.no-perturbations",
                "no perturbations: snapshots alone leave rotations and co-regulators open",
            )
        )
    if not first.time_unit:
        findings.append(
            Finding(
                "fit.no-time-unit",
                "the unit of time is not known (time_unit=…, --time-unit), so rates have none",
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
    error, none = (member.metrics.get(f"{name}_loss") for name in ("validation", "no_change"))
    if error is None or none is None:
        return "not scored"
    share = f", {1 - error / none:.0%} less than no change" if 0 < error < none else ""
    apart = member.provenance.get("setting", {}).get("validation_share")
    where = "validation cells" if apart else "the training cells"
    series = member.provenance.get("data", {}).get("kind") == "trajectories"
    metric = "mean squared error a gene" if series else "energy distance"
    return (
        f"validation loss {error:.4g}, one time ahead on {where} ({metric}; no change {none:.4g}"
        f"{share})"
    )


def _efficacy(member: Member) -> str:
    shares = learnt(member)
    if not shares:
        return f"hide {member.efficacy:.0%} of a gene from its targets, as given"
    words = (f"{share:.0%} of {gene}" for (_, gene), share in shares.items())
    return f"hide from their targets, as learnt: {', '.join(words)}"


def _choice(choice: dict[str, Any]) -> list[Fact]:
    """The table that an automatic choice was made from."""
    facts = [("Chosen", f"{choice['name']}, by prediction of left-out cells (energy distance):")]
    refused = set()
    for row in choice["table"]:
        if row["energy"] is None:
            if (row["field"], row["note"]) not in refused:  # once, not once a left-out population
                facts.append(("", f"{row['field']:<16}cannot be tried: {row['note']}"))
            refused.add((row["field"], row["note"]))
        else:
            facts.append(
                ("", f"{row['field']:<16}{row['left_out']:<27} {row['energy']:.4g}"
                     f"  (no change {row['no_change_energy']:.4g}; W1 {row['w1']:.4g}, no change "
                     f"{row['no_change_w1']:.4g})")
            )  # fmt: skip
    return facts
