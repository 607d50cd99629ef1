"""The run in a few sentences: what was fitted, how well, and what stands out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hillflow.data.times import format_time
from hillflow.fields import FIELDS
from hillflow.page.contents import Contents
from hillflow.page.validation import informative
from hillflow.page.values import number, percent
from hillflow.results.run import Run

CONFIDENT = 0.8
CHANCE = 0.05
LEVEL = 0.05  # average precisions closer than this are level where no interval is known
ARROW = {1: "→", -1: "⊣", 0: "–"}
_NAMED = 5  # edges and perturbations named


def summary(contents: Contents) -> dict[str, Any]:
    """Sentences on the fit, its quality and each result; numbers with their labels."""
    findings = {
        "Network": _network(contents),
        "Knockouts": _knockouts(contents),
        "Laws": _laws(contents),
        "Validation": _validation(contents),
    }
    return {
        "fit": _fit(contents.run),
        "quality": _quality(contents.run),
        "cards": _cards(contents),
        "findings": [(name, text) for name, text in findings.items() if text is not None],
    }


def _errors(run: Run) -> tuple[float, float] | None:
    """Errors of the model and of predicting no change, mean over members; None if not scored."""
    metrics = run.metrics.get("members", [run.metrics])
    names = ("validation_loss", "no_change_loss")
    rows = [[member.get(name) for name in names] for member in metrics]
    if any(value is None for row in rows for value in row):
        return None
    error, no_change = np.mean(np.array(rows, dtype=float), axis=0)
    return float(error), float(no_change)


def _fit(run: Run) -> str:
    fit, about = run.fit, run.manifest["request"]["data"]
    members = f"An ensemble of {run.members} models" if run.members > 1 else "One model"
    field = fit.field.name
    formulas = [entry.formula for entry in FIELDS.values() if entry.name == field]
    method = (fit[0].provenance.get("method") or {}).get("name", "unknown")
    rows = "cells" if about["kind"] == "snapshots" else "observations of units"
    times = ", ".join(format_time(time, fit.time_unit) for time in fit.times)
    names = [condition.name for condition in fit.conditions if not condition.is_control]
    done = "without any perturbation"
    if names:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        done = (
            f"as control and under {len(names):,} perturbation{'s' * (len(names) > 1)} "
            f"({', '.join(names[:_NAMED])}{more})"
        )
    return (
        f"{members} of the kind “{field}”{''.join(f' ({formula})' for formula in formulas)} was "
        f"fitted by the method “{method}” to {about['rows']:,} {rows} × {len(fit.genes):,} "
        f"genes, measured at {times}, {done}."
    )


def _quality(run: Run) -> str:
    errors = _errors(run)
    if errors is None:
        return "The prediction error of this fit was not scored."
    error, no_change = errors
    validated = run.fit[0].provenance.get("setting", {}).get("validation_share")
    cells = "validation cells, kept out of training," if validated else "the training cells"
    followed = run.manifest["request"]["data"]["kind"] == "trajectories"
    text = (
        f"From one time to the next, the prediction error on {cells} is {number(error)} "
        f"({'mean squared error' if followed else 'energy distance'}); predicting no change gives "
        f"{number(no_change)}. "
    )
    if error >= no_change:
        return f"{text}The model is no better than predicting no change: trust nothing below."
    return f"{text}The error is {percent(1 - error / no_change)} smaller. {_left_out(run)}"


def _left_out(run: Run) -> str:
    rows = run.metrics.get("left_out", [])
    if not rows:
        return "No time and no perturbation was left out to test the predictions."
    better = sum(row["w1"] < row["no_change_w1"] for row in rows)
    worst = max(rows, key=lambda row: row["w1"] / max(row["no_change_w1"], 1e-12))
    return (
        f"Of {len(rows)} populations that were left out of training it predicts {better} better "
        f"than no change does; the worst is {worst['perturbation']} at "
        f"{format_time(worst['time'], run.fit.time_unit)}, at a distance of "
        f"{number(worst['w1'])}, where no change gives {number(worst['no_change_w1'])} (W1)."
    )


def _cards(contents: Contents) -> list[tuple[str, str]]:
    errors, graph, ranking = _errors(contents.run), contents.graph, contents.ranking
    cards = []
    if errors is not None:
        change = errors[0] / errors[1] - 1 if errors[1] > 0 else 0.0
        cards.append(("Error against no change", f"{change:+.0%}".replace("-", "−")))
    if graph is not None and contents.sure:
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


def _network(contents: Contents) -> str | None:
    if contents.graph is None:
        return None
    edges = contents.graph.edges
    edges = edges[(edges["weight"] != 0) & (edges["source"] != edges["target"])]
    text = "One fit gives no confidence. The strongest edges: "
    if contents.sure:
        edges = edges.sort_values("confidence", ascending=False, kind="stable")
        count = int((edges["confidence"] >= CONFIDENT).sum())
        many = f"{count:,} edge{'s' * (count != 1)} of confidence {CONFIDENT} or more"
        text = f"{many if count else f'No edge reaches a confidence of {CONFIDENT}'}. "
        text += "The most certain: "
    named = []
    for edge in edges.head(_NAMED).to_dict("records"):
        known = not math.isnan(edge["confidence"])
        name = f"{edge['source']} {ARROW[int(edge['sign'])]} {edge['target']}"
        named.append(name + (f" ({edge['confidence']:.2f})" if known else ""))
    return f"{text}{', '.join(named) or 'none'}."


def _knockouts(contents: Contents) -> str | None:
    if contents.ranking is None or contents.ranking.empty:
        return None
    rows = contents.ranking.sort_values("effect", ascending=False, kind="stable").head(3)
    named = []
    for row in rows.to_dict("records"):
        text = f"{row['perturbation']} shifts the other genes by {number(row['effect'], 2)} sd"
        if not math.isnan(row["low"]):
            fdr = row.get("fdr", math.nan)
            doubt = f"; not distinguishable from no effect, FDR {number(fdr, 2)}"
            text += f" (95 % interval {number(row['low'], 2)} to {number(row['high'], 2)}"
            text += f"{doubt if fdr > CHANCE else ''})"
        if row.get("fate_toward"):
            text += f", {percent(row['fate_shift'])} of cells change fate, "
            text += f"most to {row['fate_toward']}"
        named.append(text)
    return (
        f"The strongest of {len(contents.ranking):,} predicted perturbations: {'; '.join(named)}."
    )


def _laws(contents: Contents) -> str | None:
    if contents.laws is None:
        return None
    best, agreement = list(contents.laws.best.values()), contents.laws.agreement
    median = float(np.median([law.error for law in best]))
    flagged = sum(bool(law.flags) for law in best)
    text = (
        f"{len(best):,} gene{'s have' if len(best) != 1 else ' has'} a formula, with a median "
        f"error of {number(median, 2)} of the spread against the fitted field; {flagged:,} "
        f"carr{'y' if flagged != 1 else 'ies'} a warning"
    )
    if agreement is not None and agreement.knockout_correlation is not None:
        correlation = number(agreement.knockout_correlation, 2)
        text += f"; simulated together, their knockouts correlate {correlation} with the field’s"
    return f"{text}."


def _validation(contents: Contents) -> str | None:
    result = contents.validation
    if result is None or result["scores"] is None:
        return None
    scores, name = result["scores"], result["reference"].get("name") or "the reference"
    text = (
        f"Against {name}, average precision {scores['ap']:.2f}, {scores['ap_over_base']:.2f} times "
        f"the base rate {scores['base_rate']:.2f}"
    )
    p = [null["p"] for null in result.get("nulls", []) if informative(null)]
    silent = [null["verdict"] for null in result.get("nulls", []) if not informative(null)]
    if p:
        text += ", above chance" if max(p) <= CHANCE else ", not clearly above chance"
        text += f" ({'; '.join([f'largest p = {max(p):.3g}', *silent])})"
    elif silent:
        text += f" (chance: {'; '.join(silent)})"
    baselines = {name: scores["ap"] for name, scores in result.get("baselines", {}).items()}
    if baselines:
        best = max(baselines, key=lambda name: baselines[name])
        text += f"; {_beside(result, baselines[best])} the best simple baseline, {best} "
        text += f"({baselines[best]:.2f})"
    return f"{text}."


def _beside(result: dict[str, Any], baseline: float) -> str:
    """Better or worse than a baseline only where other cells would not have changed it."""
    ours = result["scores"]["ap"]
    spread = (result.get("over_cells") or {}).get("scores", {}).get("ap")
    low, high = spread["interval"] if spread else (ours - LEVEL, ours + LEVEL)
    if baseline < min(low, ours):
        return "better than"
    return "below" if baseline > max(high, ours) else "level with"
