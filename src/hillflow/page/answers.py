"""The first screen: four questions of a biologist, answered with reasons and a figure each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hillflow import pl
from hillflow.causal.hypotheses import NEXT
from hillflow.data import Snapshots
from hillflow.networks.drivers import CONFIDENT, drivers
from hillflow.page.contents import Contents
from hillflow.page.quality import (
    error_sentence,
    errors_of,
    left_out_sentence,
    no_better,
    predicted_better,
)
from hillflow.page.sentences import (
    again_sentence,
    at_chance,
    effect_words,
    knockouts_sentence,
    network_sentence,
    validation_sentence,
    validation_verdict,
)
from hillflow.page.validation import scores_picture
from hillflow.page.values import Picture, percent, picture

_NAMED = 3  # regulators, perturbations and conditions that an answer names
_BARS = 8  # perturbations in the figure; that of the section on knockouts has more


@dataclass(frozen=True)
class Answer:
    """An answer in plain words, its reasons as (label, sentence), and a figure with its words."""

    question: str
    answer: str
    reasons: list[tuple[str, str]] = field(default_factory=list)
    picture: Picture | None = None
    alt: str = ""
    caption: str = ""


def answers(contents: Contents) -> list[Answer]:
    """Who drives, how sure, what to perturb next, and whether the cells are reproduced."""
    return [_who(contents), _how_sure(contents), _what_next(contents), _reproduced(contents)]


def _who(contents: Contents) -> Answer:
    question, graph = "Who drives this?", contents.graph
    if graph is None:
        return Answer(question, f"Not asked yet: {contents.run.command('graph')}")
    table = drivers(graph)
    if table.empty:
        return Answer(question, "No gene: the network has no edge between different genes.")
    first = table.head(_NAMED).to_dict("records")
    named = ", ".join(f"{row['regulator']} ({percent(row['share'])})" for row in first)
    text = f"The strongest regulators, with their share of the weight of all edges: {named}."
    if contents.has_confidence:
        sure = [
            f"{row['certain_targets']} of the {row['targets']} of {row['regulator']}"
            for row in first if row["certain_targets"]
        ]  # fmt: skip
        text += (
            f" Of their edges, a confidence of {CONFIDENT} or more have {', '.join(sure)}."
            if sure else f" None of their edges has a confidence of {CONFIDENT} or more."
        )  # fmt: skip
    else:
        text += " How sure that is, one member cannot say."
    if at_chance(contents):
        text = f"These cells do not say, since the network is at chance. {text}"
    return Answer(
        question, text, [("Network", network_sentence(contents) or "")],
        picture(pl.drivers(graph)),
        "Bars of the share of all weight by regulator, largest first.",
        "Share of the weight of all edges between different genes, by regulator.",
    )  # fmt: skip


def _how_sure(contents: Contents) -> Answer:
    reasons = {
        "Predictions": error_sentence(contents.run),
        "Left-out cells": left_out_sentence(contents.run),
        "Another half of the cells": again_sentence(contents),
        "Validation": validation_sentence(contents),
    }
    answer = Answer(
        "How sure is this?", " ".join(_verdicts(contents)),
        [(label, text) for label, text in reasons.items() if text is not None],
    )  # fmt: skip
    result = contents.validation
    if result is None or result["scores"] is None:
        return answer
    drawn, alt = scores_picture(result)
    return Answer(
        answer.question, answer.answer, answer.reasons, drawn, alt,
        "Average precision, compared with simple baselines from the same cells. Grey band: chance.",
    )  # fmt: skip


def _verdicts(contents: Contents) -> list[str]:
    """A short sentence on predictions, left-out populations, edges, and known edges."""
    run, errors = contents.run, errors_of(contents.run)
    texts = ["The predictions were not scored."]
    if no_better(run):
        texts = ["Not at all: predicting no change is as good."]
    elif errors is not None:
        smaller = percent(1 - errors[0] / errors[1])
        texts = [f"Predictions have an error {smaller} smaller than predicting no change."]
    better, count = predicted_better(run)
    if count:
        texts.append(f"Of {count} left-out populations, {better} beat the simple guess.")
    if at_chance(contents):
        texts.append("The network is at chance: another half of the cells names other edges.")
    elif contents.graph is not None and contents.has_confidence:
        sure = int((contents.graph.edges["confidence"] >= CONFIDENT).sum())
        total = len(contents.graph)
        texts.append(f"Of {total:,} edges, {sure:,} have a confidence of {CONFIDENT} or more.")
    elif contents.graph is not None:
        texts.append("Edges have no confidence, since the fit has one member.")
    known = validation_verdict(contents)
    return [*texts, known] if known else texts


def _what_next(contents: Contents) -> Answer:
    question, ranking = "What to knock out next?", contents.ranking
    if ranking is None or ranking.empty:
        return Answer(question, f"Not asked yet: {contents.run.command('knockout', '--all')}")
    table = contents.hypotheses
    best = table[table["verdict"] == NEXT].head(_NAMED)
    texts = [f"Try {row['perturbation']}: {_expected(row)}." for row in best.to_dict("records")]
    if not texts:
        counts = table["verdict"].value_counts(sort=False)
        why = ", ".join(f"{verdict} ({count:,})" for verdict, count in counts.items())
        texts = [f"No prediction stands out as the next experiment: {why}."]
    return Answer(
        question, " ".join(texts), [("Knockouts", knockouts_sentence(contents) or "")],
        picture(pl.knockout_ranking(ranking, top=_BARS)),
        "Bars of the predicted effect of perturbations, largest first, with intervals.",
        "The largest predicted effects. The section on knockouts has all, with the reasons.",
    )  # fmt: skip


def _expected(row: Mapping[Any, Any]) -> str:
    """The effect of a hypothesis and its reason."""
    words = effect_words(row)
    return f"{words} ({row['reason']})" if row["reason"] else words


def _reproduced(contents: Contents) -> Answer:
    question, run = "Does the model reproduce my cells?", contents.run
    if run.fit.at_rest:  # nothing moves
        text = error_sentence(run) or "The predictions were not scored."
        return Answer(question, text)
    shares = run.fates
    control = None if shares is None else shares[shares["perturbation"] == "control"]
    if len(run.fit.times) < 2 and (control is None or control.empty):
        text = "Cells of one time have no later ones to compare with; see the validation loss."
        if no_better(run):
            text = "No: the fit is no better than predicting no change."
        return Answer(question, text)
    if shares is None or control is None or control.empty:
        series = not isinstance(run.data, Snapshots)
        what = "series" if series else "cells of the control"
        text = f"The figure has genes of the {what}, measured beside simulated."
        if no_better(run):
            text = f"No: predicting no change is as good. {text}"
        return Answer(
            question, text, [], picture(pl.trajectories(run.fit, data=run.data)[0]),
            "Panels, one a gene: measured mean and spread at each time, simulated mean as a line.",
            "Genes over time. Dots and bars: measured mean and middle 80 % of cells. Line and "
            "band: simulated mean and middle 80 %, from the cells of the first time.",
        )  # fmt: skip
    apart = {
        str(name): float((rows["measured"] - rows["simulated"]).abs().sum() / 2)
        for name, rows in shares.groupby("perturbation", sort=False)
    }
    others = sorted((name for name in apart if name != "control"), key=lambda n: -apart[n])
    text = (
        f"Of the control, {percent(apart['control'])} of the simulated cells would have to change "
        "their type to agree with the measured shares."
    )
    if others:
        worst = ", ".join(f"{name} ({percent(apart[name])})" for name in others[:_NAMED])
        text += f" Perturbations that are furthest from what was measured: {worst}."
    return Answer(
        question, text, [], picture(pl.fate_comparison(shares)),
        "Stacked bars in pairs: shares of cell types at the last time, measured and simulated, a "
        "pair a condition.",
        "Cell types at the last time, measured, and simulated from the cells of the first time "
        "with the noise that was learnt.",
    )  # fmt: skip
