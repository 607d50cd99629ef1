"""Sentences of the summary on the results of a run; None for results not computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hillflow.interventions import Intervention
from hillflow.networks.drivers import CONFIDENT
from hillflow.page.contents import Contents
from hillflow.page.validation import informative
from hillflow.page.values import number, percent
from hillflow.symbolic.show_laws import is_of_first

CHANCE = 0.05
LEVEL = 0.05  # average precisions that differ less are called level, without an interval
ARROW = {1: "→", -1: "⊣", 0: "–"}
_NAMED = 5  # edges named


def network_sentence(contents: Contents) -> str | None:
    """Name the most certain edges."""
    if contents.graph is None:
        return None
    edges = contents.graph.edges
    edges = edges[(edges["weight"] != 0) & (edges["source"] != edges["target"])]
    text = "A fit of one member gives no confidence. The strongest edges: "
    if contents.has_confidence:
        edges = edges.sort_values("confidence", ascending=False, kind="stable")
        count = int((edges["confidence"] >= CONFIDENT).sum())
        certain = f"{count:,} edge{'s' * (count != 1)} of confidence {CONFIDENT} or more"
        text = f"{certain if count else f'No edge reaches a confidence of {CONFIDENT}'}. "
        text += "The most certain: "
    named = []
    for edge in edges.head(_NAMED).to_dict("records"):
        known = not math.isnan(edge["confidence"])
        name = f"{edge['source']} {ARROW[int(edge['sign'])]} {edge['target']}"
        named.append(name + (f" ({edge['confidence']:.2f})" if known else ""))
    return f"{text}{', '.join(named) or 'none'}."


def at_chance(contents: Contents) -> bool:
    """Whether another half of the cells names other edges."""
    findings = () if contents.graph is None else contents.graph.findings
    return any(finding.code == "graph.at-chance" for finding in findings)


def again_sentence(contents: Contents) -> str | None:
    """Say how many of the strongest edges another half of the cells names too."""
    halves = contents.graph_about.get("halves")
    if not halves or not halves["edges"]:
        return None
    return (
        f"{percent(halves['found_again'])} of the {halves['edges']:,} strongest edges of one half "
        f"of the cells are among those of the other; {percent(halves['by_chance'])} would be by "
        "chance."
    )


def knockouts_sentence(contents: Contents) -> str | None:
    """Name the perturbations with the largest predicted effects."""
    if contents.ranking is None or contents.ranking.empty:
        return None
    tests = int(contents.ranking["fdr"].notna().sum()) if "fdr" in contents.ranking else 0
    rows = contents.ranking.sort_values("effect", ascending=False, kind="stable").head(3)
    named = [f"{row['perturbation']} {effect_words(row, tests)}" for row in rows.to_dict("records")]
    return (
        f"The strongest of {len(contents.ranking):,} predicted perturbations: {'; '.join(named)}."
    )


def states_sentence(contents: Contents) -> str | None:
    """Name the stable states, and what single genes lead from one to another."""
    result = contents.scm
    if result is None:
        return None
    states = ", ".join(
        f"{row['state']}{' (' + str(row['label']) + ')' if row['label'] else ''} of "
        f"{percent(row['share'])} of the cells"
        for row in result.table.to_dict("records")
    )
    count = len(result.states)
    text = f"{count} stable state{'s' * (count != 1)}: {states}"
    moves = result.leading_elsewhere.head(_NAMED)
    if len(moves):
        named = (f"{row.intervention} from {row.state} to {row.to}" for row in moves.itertuples())
        text += f"; the law switches under {', '.join(named)}"
    return f"{text}."


def effect_words(row: Mapping[Any, Any], tests: int = 0) -> str:
    """What a perturbation shifts by how much, its interval, and the change of fate."""
    whole = Intervention.parse(str(row["perturbation"])).perturbed
    genes = "the other genes" if whole else "the genes"
    text = f"shifts {genes} by {number(row['effect'], 2)} sd"
    if not math.isnan(row["low"]):
        fdr = row.get("fdr", math.nan)
        caveat = f"; after correction for {tests:,} test{'s' * (tests != 1)} its FDR is "
        caveat += f"{number(fdr, 2)}, so it is not called"
        text += f" (95 % interval {number(row['low'], 2)} to {number(row['high'], 2)}"
        text += f"{caveat if tests and fdr > CHANCE else ''})"
    toward = row.get("fate_toward")
    if isinstance(toward, str) and toward:
        text += f", {percent(row['fate_shift'])} of cells change fate, most to {toward}"
    return text


def laws_sentence(contents: Contents) -> str | None:
    """Summarise the errors of the laws."""
    if contents.laws is None:
        return None
    best, agreement = list(contents.laws.best.values()), contents.laws.agreement
    exact = all(law.family == "logic" for law in best)
    median = float(np.median([law.error for law in best]))
    against = f"with a median error of {number(median, 2)} of the spread against the fitted field"
    flagged = sum(bool(law.flags) for law in best)
    origin = "which is the fitted model itself"
    if is_of_first(contents.laws):
        origin = f"that of the first of {contents.run.members} members (predictions are of all)"
    text = (
        f"{len(best):,} gene{'s have' if len(best) != 1 else ' has'} a formula, "
        f"{origin if exact else against}; {flagged:,} "
        f"carr{'y' if flagged != 1 else 'ies'} a warning"
    )
    if agreement is not None and agreement.knockout_correlation is not None:
        correlation = number(agreement.knockout_correlation, 2)
        count = len(agreement.knockouts)
        text += (
            f"; in simulated knockouts of {count} regulator{'s' * (count != 1)}, the shifts of the "
            f"laws and of the field correlate {correlation} on average (1: they are the same)"
        )
    return f"{text}."


def validation_sentence(contents: Contents) -> str | None:
    """Summarise the scores against a published network."""
    result = contents.validation
    if result is None or result["scores"] is None:
        return None
    scores, name = result["scores"], result["reference"].get("name") or "the reference"
    text = (
        f"Against {name}, average precision {scores['ap']:.2f}, {scores['ap_over_base']:.2f} times "
        f"the base rate {scores['base_rate']:.2f}"
    )
    p = [null["p"] for null in result.get("nulls", []) if informative(null)]
    no_p = [null["verdict"] for null in result.get("nulls", []) if not informative(null)]
    if p:
        text += ", above chance" if max(p) <= CHANCE else ", not clearly above chance"
        text += f" ({'; '.join([f'largest p = {max(p):.3g}', *no_p])})"
    elif no_p:
        text += f" (chance: {'; '.join(no_p)})"
    baselines = {name: scores["ap"] for name, scores in result.get("baselines", {}).items()}
    if baselines:
        best = max(baselines, key=lambda name: baselines[name])
        text += f"; {_compared(result, baselines[best])} the best simple baseline, {best} "
        text += f"({baselines[best]:.2f})"
    return f"{text}."


def validation_verdict(contents: Contents) -> str | None:
    """Say in a few words whether a published network is found better than by chance."""
    result = contents.validation
    if result is None or result["scores"] is None:
        return None
    p = [null["p"] for null in result.get("nulls", []) if informative(null)]
    name = result["reference"].get("name") or "the reference"
    if not p:
        return None
    above = "above chance" if max(p) <= CHANCE else "not clearly above chance"
    return f"Against {name}, the network is {above}."


def _compared(result: dict[str, Any], baseline: float) -> str:
    """Return whether the score is better than a baseline, beyond its interval over cells."""
    ours = result["scores"]["ap"]
    spread = (result.get("over_cells") or {}).get("scores", {}).get("ap")
    low, high = spread["interval"] if spread else (ours - LEVEL, ours + LEVEL)
    if baseline < min(low, ours):
        return "better than"
    return "below" if baseline > max(high, ours) else "level with"
