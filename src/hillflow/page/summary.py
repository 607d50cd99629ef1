"""The first section: what was fitted, four questions with their answers, and what was learned."""

from __future__ import annotations

from typing import Any

from hillflow.data.times import format_time
from hillflow.fields import FIELDS
from hillflow.model.learned import learned_facts
from hillflow.page.answers import answers
from hillflow.page.contents import Contents
from hillflow.page.sentences import laws_sentence, states_sentence
from hillflow.results.describe import laws_facts
from hillflow.results.run import Run

_NAMED = 5  # perturbations named


def summary(contents: Contents) -> dict[str, Any]:
    """Return the data in a sentence, the answers, and facts on the fit and its laws."""
    run, laws = contents.run, laws_sentence(contents)
    return {
        "warnings": contents.warnings,
        "fit": _fit(run),
        "details": _details(run),
        "answers": answers(contents),
        "learned": [*learned_facts(run.fit.members), *laws_facts(run)],
        "laws": laws or "",
        "states": states_sentence(contents) or "",
    }


def _details(run: Run) -> str:
    """Name the field with its formula, the method and the members."""
    fit = run.fit
    members = f" The fit is an ensemble of {run.members} members." if run.members > 1 else ""
    field = fit.field.name
    formulas = [entry.formula for entry in FIELDS.values() if entry.name == field]
    method = (fit[0].provenance.get("method") or {}).get("name", "unknown")
    return (
        f"The field “{field}”{''.join(f' ({formula})' for formula in formulas)} was fitted by the "
        f"method “{method}”.{members}"
    )


def _fit(run: Run) -> str:
    """Describe the fit without formulas."""
    fit, about = run.fit, run.manifest["request"]["data"]
    rows = "cells" if about["kind"] == "snapshots" else "observations of series"
    times = ", ".join(format_time(time, fit.time_unit) for time in fit.times)
    names = [condition.name for condition in fit.conditions if not condition.is_control]
    conditions = "without perturbations"
    if names:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        conditions = (
            f"as control and under {len(names):,} perturbation{'s' * (len(names) > 1)} "
            f"({', '.join(names[:_NAMED])}{more})"
        )
    what = (
        "This model predicts at which expression cells come to rest when genes are perturbed."
        if fit.at_rest else "This model predicts how the expression of each gene changes over "
        "time, from the current expression of all genes."
    )  # fmt: skip
    return (
        f"{what} It was fitted to {about['rows']:,} {rows} × "
        f"{len(fit.genes):,} genes, measured at {times}, {conditions}."
    )
