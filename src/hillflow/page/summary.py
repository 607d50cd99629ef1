"""The run in a few sentences with numbers: what was fitted, how well, what stands out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import format_time
from hillflow.fields import FIELDS
from hillflow.page.contents import Contents
from hillflow.page.parts import Html, items, join, number, paragraph, section, tag
from hillflow.page.validation import tells

if TYPE_CHECKING:
    from hillflow.results.run import Run

SURE = 0.8
CHANCE = 0.05
LEVEL = 0.05  # of average precision: two rankings closer than this are level, if no interval says
ARROW = {1: "→", -1: "⊣", 0: "–"}
_MOST = 5  # edges and perturbations named


def summary(contents: Contents) -> Html:
    """The first section of the page."""
    found = [
        line
        for line in (_edges(contents), _knockouts(contents), _laws(contents), _validation(contents))
        if line is not None
    ]
    return section(
        "summary", "In short", paragraph(_fitted(contents.run)), paragraph(_quality(contents.run)),
        tag("dl", *_cards(contents), class_="cards"), items(found),
    )  # fmt: skip


def errors(run: Run) -> tuple[float, float] | None:
    """Landing error of the model and of no motion, mean over members; None if never scored."""
    metrics = run.metrics.get("members", [run.metrics])
    names = ("validation_loss", "no_change_loss")
    rows = [[one.get(name) for name in names] for one in metrics]
    if any(value is None for row in rows for value in row):
        return None
    model, still = np.mean(np.array(rows, dtype=float), axis=0)
    return float(model), float(still)


def edge_words(edge: Mapping[Any, Any]) -> str:
    """``GATA1 ⊣ SPI1 (0.93)``, with the confidence where there is one."""
    sure = edge["confidence"]
    name = f"{edge['source']} {ARROW[int(edge['sign'])]} {edge['target']}"
    return name if math.isnan(sure) else f"{name} ({sure:.2f})"


def _fitted(run: Run) -> str:
    model, about = run.model, run.manifest["request"]["data"]
    times = ", ".join(format_time(time, model.time_unit) for time in model.times)
    done = [one.name for one in model.conditions if not one.is_control]
    named = ", ".join(done[:_MOST]) + (f" and {len(done) - _MOST:,} more" * (len(done) > _MOST))
    method = model.provenance.get("method") or {}
    what = f"An ensemble of {run.members} models" if run.members > 1 else "One model"
    rows = "cells" if about["kind"] == "snapshots" else "measurements of followed units"
    formulas = {entry.name: entry.formula for entry in FIELDS.values()}
    formula = f" ({formulas[model.field.name]})" if model.field.name in formulas else ""
    return (
        f"{what} of the kind “{model.field.name}”{formula} was fitted by the method "
        f"“{method.get('name', 'unknown')}” to {about['rows']:,} {rows} × {len(model.genes):,} "
        f"genes, measured at {times}, " + (
            f"untouched and under {len(done):,} perturbation{'s' * (len(done) > 1)} ({named})."
            if done else "without any perturbation."
        )
    )  # fmt: skip


def _quality(run: Run) -> str:
    scored = errors(run)
    if scored is None:
        return "How well it fits was not scored."
    model, still = scored
    held = run.model.provenance.get("setting", {}).get("validation_share")
    where = "cells held back from training" if held else "the training cells"
    followed = run.manifest["request"]["data"]["kind"] == "trajectories"
    metric = "mean squared error" if followed else "energy distance"
    text = (
        f"Simulated from one time to the next, it lands {number(model)} ({metric}) from {where}; "
        f"left where they were, cells are {number(still)} away. "
    )
    if model >= still:
        return text + "It is no better than no motion at all: nothing below should be believed."
    return (
        text + f"It takes {1 - model / still:.0%} off the error of doing nothing." + _left_out(run)
    )


def _left_out(run: Run) -> str:
    rows = run.metrics.get("held_out", [])
    if not rows:
        return " No time and no perturbation was left out as a test of its own."
    better = sum(row["w1"] < row["no_change_w1"] for row in rows)
    worst = max(rows, key=lambda row: row["w1"] / max(row["no_change_w1"], 1e-12))
    when = format_time(worst["time"], run.model.time_unit)
    return (
        f" Of {len(rows)} populations that were left out of training it predicts {better} better "
        f"than doing nothing; the worst is {worst['perturbation']} at {when}, with a distance of "
        f"{number(worst['w1'])} beside {number(worst['no_change_w1'])} (W1)."
    )


def _cards(contents: Contents) -> list[Html]:
    scored = errors(contents.run)
    cards: list[Html] = []
    if scored is not None:
        off = 1 - scored[0] / scored[1] if scored[1] > 0 else 0.0
        cards.append(_card("Error against no motion", f"{-off:+.0%}".replace("-", "−")))
    if contents.graph is not None and contents.sure:
        sure = int((contents.graph.edges["confidence"] >= SURE).sum())
        cards.append(_card(f"Edges of confidence {SURE} or more", f"{sure:,}"))
    elif contents.graph is not None:
        cards.append(_card("Edges with a weight", f"{len(contents.graph):,}"))
    if contents.ranking is not None and len(contents.ranking):
        strongest = contents.ranking.iloc[int(contents.ranking["effect"].argmax())]
        cards.append(_card("Strongest perturbation", str(strongest["perturbation"])))
    scores = (contents.validation or {}).get("scores")
    if scores is not None:
        cards.append(_card("Average precision ÷ chance", f"{scores['ap_over_base']:.2f}"))
    return cards


def _card(label: str, value: str) -> Html:
    return tag("div", tag("dt", label), tag("dd", value))


def _edges(contents: Contents) -> Html | None:
    if contents.graph is None:
        return None
    edges = contents.graph.edges
    edges = edges[(edges["weight"] != 0) & (edges["source"] != edges["target"])]
    if contents.sure:
        ranked = edges.sort_values("confidence", ascending=False, kind="stable")
        many = int((edges["confidence"] >= SURE).sum())
        lead = f"{many:,} edges" if many != 1 else "1 edge"
        text = f"{lead} of confidence {SURE} or more. The surest: "
        if not many:
            text = f"No edge reaches a confidence of {SURE}. The surest: "
    else:
        ranked, text = edges, "How sure an edge is cannot be told from one fit. The strongest: "
    named = [edge_words(edge) for edge in ranked.head(_MOST).to_dict("records")]
    return join([tag("strong", "Network. "), text, ", ".join(named) or "none", "."])


def _knockouts(contents: Contents) -> Html | None:
    if contents.ranking is None or contents.ranking.empty:
        return None
    rows = contents.ranking.sort_values("effect", ascending=False, kind="stable").head(3)
    named = []
    for row in rows.to_dict("records"):
        words = f"{row['perturbation']} moves the other genes by {number(row['effect'], 2)} sd"
        if not math.isnan(row["low"]):
            fdr = row.get("fdr", math.nan)
            doubt = f"; not told from no effect, FDR {number(fdr, 2)}" if fdr > CHANCE else ""
            words += f" (95 % interval {number(row['low'], 2)} to {number(row['high'], 2)}{doubt})"
        if row.get("fate_toward"):
            words += f", {row['fate_shift']:.0%} of cells change fate, most to {row['fate_toward']}"
        named.append(words)
    lead = f"Of {len(contents.ranking):,} predicted perturbations the strongest: "
    return join([tag("strong", "Knockouts. "), lead, "; ".join(named), "."])


def _laws(contents: Contents) -> Html | None:
    if contents.laws is None:
        return None
    best = list(contents.laws.best.values())
    median = float(np.median([law.error for law in best]))
    flagged = sum(bool(law.flags) for law in best)
    text = (
        f"{len(best):,} gene{'s have' if len(best) != 1 else ' has'} a formula, with a median "
        f"error of {number(median, 2)} of the spread against the fitted field; {flagged:,} "
        f"carr{'y' if flagged != 1 else 'ies'} a warning"
    )
    met = contents.laws.agreement
    if met is not None and met.knockout_correlation is not None:
        text += (
            "; simulated together, their knockouts correlate "
            f"{number(met.knockout_correlation, 2)} with the field's"
        )
    return join([tag("strong", "Laws. "), text, "."])


def _validation(contents: Contents) -> Html | None:
    read = contents.validation
    if read is None or read["scores"] is None:
        return None
    scores, name = read["scores"], read["reference"].get("name") or "the reference"
    text = (
        f"Against {name}, average precision {scores['ap']:.2f}, {scores['ap_over_base']:.2f} times "
        f"the base rate {scores['base_rate']:.2f}"
    )
    nulls = [one for one in read.get("nulls", []) if tells(one)]
    mute = [one["verdict"] for one in read.get("nulls", []) if not tells(one)]
    if nulls:
        passed = all(one["p"] <= CHANCE for one in nulls)
        text += ", above chance" if passed else ", not clearly above chance"
        largest = max(one["p"] for one in nulls)
        text += f" ({'; '.join([f'largest p = {largest:.3g}', *mute])})"
    elif mute:
        text += f" (chance: {'; '.join(mute)})"
    baselines = read.get("baselines", {})
    if baselines:
        best = max(baselines, key=lambda one: baselines[one]["ap"])
        top = baselines[best]["ap"]
        text += f"; {_beside(read, top)} the best simple guess, {best} ({top:.2f})"
    return join([tag("strong", "Validation. "), text, "."])


def _beside(read: dict[str, Any], guess: float) -> str:
    """Better or worse only where other cells would not have turned it."""
    ours = read["scores"]["ap"]
    over = (read.get("over_cells") or {}).get("scores", {}).get("ap")
    low, high = over["interval"] if over else (ours - LEVEL, ours + LEVEL)
    if guess < min(low, ours):
        return "better than"
    return "below" if guess > max(high, ours) else "level with"
