"""The network beside a published one, as `hillflow validate` left it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow.causal.confidence import reliability
from hillflow.evaluate.over_cells import WORDS
from hillflow.evaluate.shared_edges import cited
from hillflow.networks.network import INTERACTION
from hillflow.page.contents import Contents
from hillflow.page.parts import (
    Html,
    items,
    join,
    missing,
    number,
    paragraph,
    picture,
    section,
    table,
    tag,
)
from hillflow.pl.precision_recall import draw_curves
from hillflow.pl.reliability import plot_reliability
from hillflow.pl.scores_figure import plot_scores

MOST_EDGES, MOST_PAPERS = 30, 4  # of each status; of each edge
_TITLES = {
    "matched": "Found, and published", "missed": "Published, not found",
    "novel": "Found, not published", "given": "Published, but given to the model",
}  # fmt: skip
_NULLS = {
    "labels": "as many edges on random pairs",
    "degrees": "the reference rewired, all degrees kept",
}


def validation(contents: Contents) -> Html:
    """The section with scores beside chance and simple guesses, signs, and edge by edge."""
    read = contents.validation
    if read is None:
        command = contents.command("validate", "--against", "trrust", "--organism", "human")
        return section(
            "validation", "Validation",
            missing(
                "The network was written anew after it was held against a known one."
                if contents.outdated else "The network has not been held against a known one.",
                command,
            ),
        )  # fmt: skip
    reference = read["reference"]
    inside: list[Html] = [
        paragraph(
            f"{read['subject']}, against {reference.get('name') or 'a reference'}: "
            f"{read['universe']['pairs']:,} pairs ({read['universe']['words']})."
        )
    ]
    if read["scores"] is None:
        inside.append(paragraph("No edge of the reference is left to find: all were given."))
    else:
        inside += [_scores(read), _curves(read), _beside(read), _chance(read)]
    inside += [_signs(read.get("signs")), _reliability(contents), _edges(read)]
    inside.append(items(read["notes"]) if read.get("notes") else Html(""))
    terms = "; ".join(str(reference[key]) for key in ("licence", "citation") if reference.get(key))
    inside.append(tag("p", f"Reference: {terms}.", class_="facts") if terms else Html(""))
    return section("validation", "Validation", *inside)


def _rankings(read: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"this network": read["scores"], **read.get("baselines", {})}


def _scores(read: dict[str, Any]) -> Html:
    rows = [
        (name, one["ap"], one["ap_over_base"], one["auroc"], one["early_precision"])
        for name, one in _rankings(read).items()
    ]
    heads = ("Ranking", "Average precision", "÷ base rate", "AUROC", "Early precision")
    edges, pairs = read["scores"]["edges"], read["scores"]["pairs"]
    scores = table(f"Scores over {pairs:,} pairs, {edges:,} of them edges", heads, rows)
    return join([scores, _over_cells(read.get("over_cells"))])


def _over_cells(over: dict[str, Any] | None) -> Html:
    """The intervals that other cells would have given, or why there are none."""
    if over is None:
        return Html("")
    found = {name: one["interval"] for name, one in over["scores"].items()}
    said = "; ".join(
        WORDS[name].format(f"{number(low, 2)} to {number(high, 2)}")
        for name, (low, high) in found.items()
    )
    words = over["words"][0].upper() + over["words"][1:]
    return paragraph(f"{words}: {said}." if said else f"{words}.")


def _curves(read: dict[str, Any]) -> Html:
    """Precision against recall; a validation written by an earlier version has no curves."""
    curves = read.get("curves")
    if not curves:
        return Html("")
    recall, band = curves["recall"], curves["chance"]
    precision = {name: one["ap"] for name, one in _rankings(read).items()}
    drawn = {
        f"{name} (AP {precision[name]:.3f})": (recall, values)
        for name, values in curves["precision"].items()
    }
    base = read["scores"]["base_rate"]
    chance = "the published network rewired, with every gene's number of edges kept."
    if band["kind"] == "labels":
        chance = (
            "as many edges on random pairs, since the published network leaves too few rewirings."
        )
    ours = curves["precision"]["this network"]
    at = [round(share * (len(recall) - 1)) for share in (0.1, 0.5, 1.0)]
    words = ", ".join(
        f"{ours[k]:.2f} (chance {band['low'][k]:.2f} to {band['high'][k]:.2f}) at recall "
        f"{recall[k]:.1f}"
        for k in at
    )
    return picture(
        draw_curves(drawn, base, (band["kind"], recall, band["low"], band["high"])),
        f"Precision against recall. This network: {words}.",
        "The share of true edges among the pairs down to each rank (precision), as more of the "
        f"published edges are reached (recall). Grey band: {chance}",
    )  # fmt: skip


def _beside(read: dict[str, Any]) -> Html:
    nulls = {one["kind"]: one["interval"] for one in read.get("nulls", []) if tells(one)}
    band = nulls.get("degrees", nulls.get("labels"))
    precision = {name: one["ap"] for name, one in _rankings(read).items()}
    words = ", ".join(f"{name} {value:.2f}" for name, value in precision.items())
    return picture(
        plot_scores(precision, read["scores"]["base_rate"], band),
        f"Bars of average precision: {words}; base rate {read['scores']['base_rate']:.2f}.",
        "Average precision beside simple guesses from the same cells. Grey band: chance.",
    )


def _chance(read: dict[str, Any]) -> Html:
    return items(
        f"Chance, {_NULLS.get(one['kind'], one['kind'])}: {number(one['interval'][0], 2)} to "
        f"{number(one['interval'][1], 2)} "
        + (f"(p = {one['p']:.3g})" if tells(one) else f"({one['verdict']})")
        for one in read.get("nulls", [])
    )


def tells(null: dict[str, Any]) -> bool:
    """Whether a null's p means anything; earlier versions did not write that down."""
    return bool(null.get("tells", True))


def _signs(signs: dict[str, Any] | None) -> Html:
    if signs is None or not signs.get("edges"):
        return Html("")
    low, high = signs["accuracy_interval"]
    return paragraph(
        f"Signs: {signs['accuracy']:.0%} right of {signs['edges']:,} edges whose sign is published "
        f"(95 % over edges {low:.0%} to {high:.0%}); always guessing activation, "
        f"{signs['always_activation']:.0%}; Matthews correlation {number(signs['mcc'], 2)} "
        f"(p = {signs['mcc_p']:.3g})."
    )


def _reliability(contents: Contents) -> Html:
    """Confidence against truth, where the table of edges holds every pair that was scored."""
    read, graph = contents.validation, contents.graph
    if read is None or graph is None or not contents.sure or read["scores"] is None:
        return Html("")
    known = [edge for edge in read["edges"] if edge["status"] in ("matched", "missed")]
    true = {(edge["source"], edge["target"]) for edge in known}
    edges = graph.edges[graph.edges["confidence"].notna()]
    edges = edges[edges["source"].isin({source for source, _ in true})]
    if len(edges) != read["scores"]["pairs"]:
        return Html("")
    pairs = zip(edges["source"], edges["target"], strict=True)
    found = reliability(
        edges["confidence"].to_numpy(), np.array([pair in true for pair in pairs]), bins=5
    )
    words = "; ".join(
        f"of {row['edges']} at {row['confidence']:.2f}, {row['true']:.0%} true"
        for row in found.to_dict("records")
    )
    return picture(
        plot_reliability(found), f"Confidence against the share of true edges: {words}.",
        "Whether the confidence can be trusted here: the share of published edges at each. A "
        "reference that lacks true edges pulls the curve down.",
    )  # fmt: skip


def _edges(read: dict[str, Any]) -> Html:
    signed = bool((read.get("signs") or {}).get("network_has_signs"))
    tables = []
    for status, title in _TITLES.items():
        rows = [edge for edge in read["edges"] if edge["status"] == status]
        if not rows:
            continue
        more = f", the first {MOST_EDGES}" if len(rows) > MOST_EDGES else ""
        inside = [
            (edge["source"], edge["target"], _published(edge, signed), edge["weight"], _rank(edge),
             cited(edge["evidence"], MOST_PAPERS) or "–")
            for edge in rows[:MOST_EDGES]
        ]  # fmt: skip
        heads = ("Source", "Target", "Published", "Weight here", "Rank here", "Evidence")
        tables.append(
            tag("details", tag("summary", f"{title} ({len(rows):,})"),
                table(f"{title}{more}", heads, inside))
        )  # fmt: skip
    return tag("div", *tables)


def _published(edge: dict[str, Any], signed: bool) -> str:
    """The published sign, and whether an edge that was found has the other one here."""
    if edge["status"] == "novel":
        return "–"
    sign = int(edge["reference_sign"] or 0)
    turned = signed and edge["status"] == "matched" and sign * (edge["weight"] or 0) < 0
    return INTERACTION[sign] + " (opposite sign here)" * turned


def _rank(edge: dict[str, Any]) -> int | None:
    return None if edge["rank"] is None else int(edge["rank"])
