"""The section on validation: the network compared with a published one."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow import pl
from hillflow.causal.confidence import reliability
from hillflow.evaluate.over_cells import WORDS
from hillflow.evaluate.shared_edges import cited
from hillflow.networks.network import INTERACTION
from hillflow.page.contents import Contents
from hillflow.page.values import Picture, number, picture

Values = dict[str, Any]

MAX_EDGES, MAX_PAPERS = 30, 4  # edges of each status; papers of each edge
_TITLES = {
    "matched": "Found, and published", "missed": "Published, not found",
    "novel": "Found, not published", "given": "Published, but given to the fit as a prior",
}  # fmt: skip
_NULLS = {
    "labels": "as many edges on random pairs",
    "degrees": "the reference rewired, all degrees kept",
}


def validation(contents: Contents) -> Values:
    """Return scores with chance and simple baselines, signs, and the edges of each status."""
    result = contents.validation
    if result is None:
        return {}
    reference, scored = result["reference"], result["scores"] is not None
    signs = result.get("signs") or {}
    return {
        "subject": result["subject"],
        "reference": reference.get("name") or "a reference",
        "universe": result["universe"],
        "scores": _scores(result) if scored else None,
        "interval": _interval(result.get("over_cells")),
        "curves": _curves(result) if scored and result.get("curves") else None,
        "chance": [_chance(null) for null in result.get("nulls", [])],
        "signs": signs if signs.get("edges") else None,
        "reliability": _reliability(contents) if scored else None,
        "groups": _groups(result["edges"], bool(signs.get("network_has_signs"))),
        "notes": [finding["text"] for finding in result.get("findings", [])],
        "terms": [reference[key] for key in ("licence", "citation") if reference.get(key)],
    }


def informative(null: Values) -> bool:
    """Whether a null's p is meaningful; files of earlier versions do not record it."""
    return bool(null.get("tells", True))


def _rankings(result: Values) -> dict[str, Values]:
    return {"this network": result["scores"], **result.get("baselines", {})}


def scores_picture(result: Values) -> tuple[Picture, str]:
    """Average precision of this network and the baselines, and the same in words."""
    rankings, scores = _rankings(result), result["scores"]
    nulls = {n["kind"]: n["interval"] for n in result.get("nulls", []) if informative(n)}
    figure = pl.scores(
        {name: ranking["ap"] for name, ranking in rankings.items()},
        base_rate=scores["base_rate"],
        chance=nulls.get("degrees", nulls.get("labels")),
    )
    named = ", ".join(f"{name} {ranking['ap']:.2f}" for name, ranking in rankings.items())
    words = f"Bars of average precision: {named}; base rate {scores['base_rate']:.2f}."
    return picture(figure), words


def _scores(result: Values) -> Values:
    rankings, scores = _rankings(result), result["scores"]
    columns = ("ap", "ap_over_base", "auroc", "early_precision")
    return {
        **{name: scores[name] for name in ("pairs", "edges")},
        "rows": [(name, *(r[column] for column in columns)) for name, r in rankings.items()],
    }


def _interval(spread: Values | None) -> str:
    """Return the intervals over cells, or why there are none."""
    if spread is None:
        return ""
    intervals = "; ".join(
        WORDS[name].format(" to ".join(number(end, 2) for end in score["interval"]))
        for name, score in spread["scores"].items()
    )
    words = spread["words"][0].upper() + spread["words"][1:]
    return f"{words}: {intervals}" if intervals else words


def _curves(result: Values) -> Values:
    """Return precision against recall (files of earlier versions have no curves)."""
    curves, rankings = result["curves"], _rankings(result)
    recall, band = curves["recall"], curves["chance"]
    figure = pl.precision_recall(
        {
            f"{name} (AP {rankings[name]['ap']:.3f})": (recall, precision)
            for name, precision in curves["precision"].items()
        },
        base_rate=result["scores"]["base_rate"],
        chance=(band["kind"], recall, band["low"], band["high"]),
    )
    ours = curves["precision"]["this network"]
    rows = [round(share * (len(recall) - 1)) for share in (0.1, 0.5, 1.0)]
    return {
        "random": band["kind"] == "labels",
        "points": [(ours[k], band["low"][k], band["high"][k], recall[k]) for k in rows],
        "picture": picture(figure),
    }


def _chance(null: Values) -> str:
    low, high = (number(end, 2) for end in null["interval"])
    verdict = f"p = {null['p']:.3g}" if informative(null) else null["verdict"]
    return f"Chance, {_NULLS.get(null['kind'], null['kind'])}: {low} to {high} ({verdict})"


def _reliability(contents: Contents) -> Values | None:
    """Return confidence against truth, if all scored pairs are in the table of edges."""
    result, graph = contents.validation, contents.graph
    if result is None or graph is None or not contents.has_confidence:
        return None
    true = {
        (edge["source"], edge["target"])
        for edge in result["edges"]
        if edge["status"] in ("matched", "missed")
    }
    edges = graph.edges[graph.edges["confidence"].notna()]
    edges = edges[edges["source"].isin({source for source, _ in true})]
    if len(edges) != result["scores"]["pairs"]:
        return None
    pairs = zip(edges["source"], edges["target"], strict=True)
    truth = np.array([pair in true for pair in pairs])
    bins = reliability(edges["confidence"].to_numpy(), truth, bins=5)
    return {"bins": bins.to_dict("records"), "picture": picture(pl.reliability(bins))}


def _groups(all_edges: list[Values], signed: bool) -> list[Values]:
    """Return the edges of each status: title, count, and the first rows."""
    groups = []
    for status, title in _TITLES.items():
        edges = [edge for edge in all_edges if edge["status"] == status]
        rows = [
            (edge["source"], edge["target"], _published(edge, signed), edge["weight"],
             None if edge["rank"] is None else int(edge["rank"]),
             cited(edge["evidence"], MAX_PAPERS) or "–")
            for edge in edges[:MAX_EDGES]
        ]  # fmt: skip
        if rows:
            groups.append({"title": title, "count": len(edges), "rows": rows})
    return groups


def _published(edge: Values, signed: bool) -> str:
    """Return the published sign, and whether the inferred one is opposite."""
    if edge["status"] == "novel":
        return "–"
    sign = int(edge["reference_sign"] or 0)
    opposite = signed and edge["status"] == "matched" and sign * (edge["weight"] or 0) < 0
    return INTERACTION[sign] + " (opposite sign here)" * opposite
