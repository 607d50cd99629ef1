"""A fitted model in a few lines of words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hillflow.data import format_time
from hillflow.errors import listing
from hillflow.fields import FIELDS
from hillflow.model.efficacy import learnt
from hillflow.train.contest import Choice

if TYPE_CHECKING:
    from hillflow.model.model import Model


def summarize(model: Model) -> str:
    """What was fitted on what, how well, in which units, and what to be careful with."""
    lines = [
        f"Field       {model.field.name or type(model.field).__name__}: {_formula(model)}",
        f"Method      {_method(model.provenance)}",
        f"Data        {_data(model)}",
        f"Velocities  expression ({model.scale}) per {model.time_unit or 'time unit'}",
        f"Fit         {_fit(model)}",
    ]
    if model.efficacy is not None:
        lines.append(f"Knockouts   {_efficacy(model)}")
    lines += [f"Note        {warning}" for warning in _warnings(model)]
    if "choice" in model.provenance:
        lines += ["", *_choice(model.provenance["choice"])]
    return "\n".join(lines)


def _formula(model: Model) -> str:
    known = {entry.name: entry.formula for entry in FIELDS.values()}
    return known.get(model.field.name, "a field of your own")


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


def _data(model: Model) -> str:
    about = model.provenance.get("data", {})
    rows = f"{about['rows']:,} cells × " if about else ""
    times = ", ".join(format_time(time, model.time_unit) for time in model.times)
    conditions = listing((c.name for c in model.conditions), 3).replace("'", "")
    return f"{rows}{len(model.genes):,} genes at {times}; {conditions}"


def _fit(model: Model) -> str:
    error, still = (model.metrics.get(f"{name}_error") for name in ("landing", "standstill"))
    if error is None or still is None:
        return "not scored"
    share = f", {1 - error / still:.0%} less than no motion" if 0 < error < still else ""
    where = "cells held back" if model.provenance.get("setting", {}).get("hold_back") else (
        "the training cells"
    )  # fmt: skip
    followed = model.provenance.get("data", {}).get("kind") == "trajectories"
    metric = "mean squared error a gene" if followed else "energy distance"
    return f"lands {error:.4g} from {where} one time ahead ({metric}; no motion {still:.4g}{share})"


def _efficacy(model: Model) -> str:
    found = learnt(model)
    if not found:
        return f"hide {model.efficacy:.0%} of a gene from its targets, as given"
    shares = (f"{share:.0%} of {gene}" for (_, gene), share in found.items())
    return f"hide from their targets, as learnt: {', '.join(shares)}"


def moves_nothing(model: Model) -> bool:
    """Whether its cells land no nearer to measured ones than cells that did not move."""
    error, still = (model.metrics.get(f"{name}_error") for name in ("landing", "standstill"))
    return error is not None and still is not None and error >= still


def _warnings(model: Model) -> list[str]:
    found = []
    if moves_nothing(model):
        found.append("this model is no better than no motion at all; do not read a network off it")
    if (
        "choice" in model.provenance
        and not Choice.from_json(model.provenance["choice"]).beats_still
    ):
        found.append(
            "this field won its contest, and yet predicts left-out cells no better than no motion"
        )
    if len(model.times) < 3:
        found.append("two times fix displacements, hardly a law; more times or knockouts would")
    effort = model.provenance.get("setting", {}).get("effort", 1.0)
    if effort < 1:
        found.append(
            f"a sketch, with {effort:.3g} of the method's steps; fit with effort 1 before you judge"
        )
    kind = model.provenance.get("data", {}).get("kind", "snapshots")
    if kind == "snapshots" and all(condition.is_control for condition in model.conditions):
        found.append("no interventions: snapshots alone leave rotations and co-regulators open")
    if not model.time_unit:
        found.append("the unit of time is not known (--time-unit), so rates have none")
    return found


def _choice(choice: dict[str, Any]) -> list[str]:
    """The table that an automatic choice was made from."""
    lines = [f"Chosen by prediction of left-out cells (energy distance): {choice['name']}"]
    told = set()
    for row in choice["table"]:
        if row["energy"] is None:
            if (row["field"], row["note"]) not in told:  # once, not once a left-out population
                lines.append(f"  {row['field']:<16}cannot be tried: {row['note']}")
            told.add((row["field"], row["note"]))
        else:
            lines.append(
                f"  {row['field']:<16}{row['left_out']:<27} {row['energy']:.4g}"
                f"  (no motion {row['still_energy']:.4g}; W1 {row['w1']:.4g}, no motion "
                f"{row['still_w1']:.4g})"
            )
    return lines
