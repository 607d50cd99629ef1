"""The section that summarises the run: what was fitted, how well, and the main results."""

from __future__ import annotations

from typing import Any

from hillflow import pl
from hillflow.data.times import format_time
from hillflow.fields import FIELDS
from hillflow.model.learned import learned_facts
from hillflow.model.summary import how_far, mean_losses, mean_of
from hillflow.page.contents import Contents
from hillflow.page.sentences import (
    CONFIDENT,
    knockouts_sentence,
    laws_sentence,
    network_sentence,
    states_sentence,
    validation_sentence,
)
from hillflow.page.values import number, percent, picture
from hillflow.results.describe import baseline_name, laws_facts
from hillflow.results.run import Run

_NAMED = 5  # perturbations named
VALIDATION_CELLS = "held out from gradient steps, used to choose the step"


def summary(contents: Contents) -> dict[str, Any]:
    """Return sentences on the fit, its quality and each result; numbers with their labels."""
    results = {
        "Network": network_sentence(contents),
        "Knockouts": knockouts_sentence(contents),
        "Stable states": states_sentence(contents),
        "Laws": laws_sentence(contents),
        "Validation": validation_sentence(contents),
    }
    return {
        "warnings": contents.warnings,
        "fit": _fit(contents.run),
        "details": _details(contents.run),
        "learned": [*learned_facts(contents.run.fit.members), *laws_facts(contents.run)],
        "quality": _quality(contents.run),
        "cards": _cards(contents),
        "fates": _fates(contents.run),
        "results": [(name, text) for name, text in results.items() if text is not None],
    }


def _fates(run: Run) -> dict[str, Any] | None:
    """Fates measured and simulated side by side, where control cells have labels."""
    shares = run.fates
    if shares is None:
        return None
    control = shares[shares["perturbation"] == "control"]
    if control.empty:  # no control cells at the last time
        return None
    apart = float((control["measured"] - control["simulated"]).abs().sum() / 2)
    return {"picture": picture(pl.fate_comparison(shares)), "apart": percent(apart)}


def _errors(run: Run) -> tuple[float, float] | None:
    """Return validation and no-change loss, means over members; None if not scored."""
    return mean_losses(run.metrics.get("members", [run.metrics]))


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
    return (
        "This model predicts how the expression of each gene changes over time, from the current "
        f"expression of all genes. It was fitted to {about['rows']:,} {rows} × "
        f"{len(fit.genes):,} genes, measured at {times}, {conditions}."
    )


def _quality(run: Run) -> str:
    errors = _errors(run)
    if errors is None:
        return "The prediction error of this fit was not scored."
    error, no_change = errors
    validated = run.fit[0].provenance.get("setting", {}).get("validation_share")
    cells = f"validation cells ({VALIDATION_CELLS})" if validated else "the training cells"
    series = run.manifest["request"]["data"]["kind"] == "trajectories"
    distance = "mean squared error" if series else "energy distance"
    text = (
        f"The error of predictions {how_far(run.fit[0])}, on {cells}, is {number(error)} "
        f"({', '.join(part for part in (distance, mean_of(run.members)) if part)}); predicting no "
        "change gives "
        f"{number(no_change)}. "
    )
    if error >= no_change:
        return (
            f"{text}The fit is no better than predicting no change: do not interpret the results "
            "below."
        )
    return f"{text}The error is {percent(1 - error / no_change)} smaller. {_left_out(run)}"


def _left_out(run: Run) -> str:
    rows = run.metrics.get("left_out", [])
    if not rows:
        return "No time or perturbation was left out to test the predictions."
    better = sum(row["w1"] < row["no_change_w1"] for row in rows)
    worst = max(rows, key=lambda row: row["w1"] / max(row["no_change_w1"], 1e-12))
    baselines = " or ".join(dict.fromkeys(baseline_name(row, run) for row in rows))
    return (
        f"Of {len(rows)} populations that were left out of training, it predicts {better} better "
        f"than {baselines} does. The worst prediction is {worst['perturbation']} at "
        f"{format_time(worst['time'], run.fit.time_unit)}, at a distance of {number(worst['w1'])}, "
        f"where {baseline_name(worst, run)} gives {number(worst['no_change_w1'])} (W1)."
    )


def _cards(contents: Contents) -> list[tuple[str, str]]:
    errors, graph, ranking = _errors(contents.run), contents.graph, contents.ranking
    cards = []
    if errors is not None:
        change = errors[0] / errors[1] - 1 if errors[1] > 0 else 0.0
        cards.append(("Error relative to no change", f"{change:+.0%}".replace("-", "−")))
    if graph is not None and contents.has_confidence:
        count = int((graph.edges["confidence"] >= CONFIDENT).sum())
        cards.append((f"Edges of confidence {CONFIDENT} or more", f"{count:,}"))
    elif graph is not None:
        cards.append(("Edges with a weight", f"{len(graph):,}"))
    if ranking is not None and len(ranking):
        strongest = ranking.iloc[int(ranking["effect"].argmax())]
        cards.append(("Strongest perturbation", str(strongest["perturbation"])))
    scores = (contents.validation or {}).get("scores")
    if scores is not None:
        cards.append(("Average precision ÷ chance", f"{scores['ap_over_base']:.2f}"))
    return cards
