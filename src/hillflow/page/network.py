"""The network as a drawing that can be asked: found genes, thresholds, an edge's evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hillflow.networks.layout import positions
from hillflow.networks.network import INTERACTION, Network
from hillflow.page.contents import Contents
from hillflow.page.drawing import draw
from hillflow.page.parts import (
    Html,
    embedded,
    missing,
    number,
    paragraph,
    picture,
    section,
    table,
    tag,
)
from hillflow.pl.regulators import plot_regulators

MOST_EDGES = 250  # that a picture still shows, and a page still carries
FIRST = 40  # drawn before anything is asked
_READOUTS = {
    "jacobian": "mean |slope|, in standard deviations",
    "mean_jacobian": "mean slope, in standard deviations",
    "consistency": "sign consistency of the slope over cells",
    "contrast": "effect of taking the regulator away",
    "importance": "importance, by size",
    "gradients": "integrated gradient",
    "parameter": "parameter of the field",
}
_STATUS = {
    "matched": "called here and in {name}",
    "missed": "in {name}, but not among the strongest here",
    "novel": "among the strongest here, not in {name}",
    "given": "in {name}, and in the prior that the model was given",
}


def network(contents: Contents) -> Html:
    """The section with the drawing, what filters it, and the same edges as a table."""
    if contents.graph is None:
        return section(
            "network", "Network",
            missing("The network has not been read off the fit.", contents.command("graph")),
        )  # fmt: skip
    if not len(contents.graph):
        return section("network", "Network", paragraph("No edge has a weight: there is no network"))
    strongest = contents.graph.select(top=MOST_EDGES)
    edges = [_named(edge) for edge in strongest.edges.to_dict("records")]
    used = {edge[end] for edge in edges for end in ("source", "target")}
    placed = replace(strongest, genes=tuple(gene for gene in strongest.genes if gene in used))
    at = positions(placed.to_networkx())
    label = (
        f"Network of {len(used):,} genes and {len(edges):,} edges; the table below says the same"
    )
    left_out = len(contents.graph) - len(edges)
    more = f" The page carries the {MOST_EDGES:,} strongest; {left_out:,} more are in edges.csv."
    return section(
        "network", "Network",
        paragraph(
            "Arrows activate, bars inhibit; width is weight" + ", faint is unsure" * contents.sure
            + ". Choose a gene to see its neighbourhood, or an edge to see what supports it."
            + contents.origin + more * bool(left_out)
        ),
        _controls(contents, len(edges), sorted(used)),
        tag(
            "div",
            tag("div", draw(edges, at, label), class_="canvas", tabindex="0", role="region",
                aria_label="Drawing of the network, scrolls"),
            tag("div", tag("h3", "No edge chosen", id="edge-title", tabindex="-1"),
                tag("div", paragraph("Choose one in the drawing, or in the table below."),
                    id="edge-body"),
                id="edge", aria_live="polite"),
            class_="beside",
        ),
        tag("details", tag("summary", "The same edges as a table"), _table(edges, contents.sure)),
        _heat_map(contents.graph),
        embedded("edges-data", [_details(edge, contents) for edge in edges]),
    )  # fmt: skip


def _named(edge: Mapping[Any, Any]) -> dict[str, Any]:
    return {**edge, "interaction": INTERACTION[int(edge["sign"])]}


def _controls(contents: Contents, count: int, genes: list[str]) -> Html:
    first = min(FIRST, count)
    find = tag(
        "label", "Gene ",
        tag("input", type="search", id="gene", list="genes", autocomplete="off",
            spellcheck="false", placeholder="all"),
    )  # fmt: skip
    strongest = tag(
        "label", "Strongest ",
        tag("input", type="range", id="top", min=1, max=count, value=first),
        tag("output", f"{first}", id="top-shown", for_="top"),
    )  # fmt: skip
    sure = tag(
        "label", "Confidence at least ",
        tag("input", type="range", id="sure", min=0, max=1, step=0.05, value=0),
        tag("output", "0", id="sure-shown", for_="sure"),
    )  # fmt: skip
    zoom = tag(
        "span",
        tag("button", "−", type="button", data_zoom="-1", aria_label="Smaller"),
        tag("button", "+", type="button", data_zoom="1", aria_label="Larger"),
        tag("button", "Reset", type="button", id="reset"),
        class_="buttons",
    )  # fmt: skip
    return tag(
        "form", find, tag("datalist", *(tag("option", value=gene) for gene in genes), id="genes"),
        strongest, sure if contents.sure else "", zoom,
        tag("p", f"{first} of {count} edges shown.", id="shown", role="status", aria_live="polite"),
        id="ask", role="search", aria_label="Filter the network",
    )  # fmt: skip


def _table(edges: list[dict[str, Any]], sure: bool) -> Html:
    headings = ["Edge", "Source", "Sign", "Target", "Weight", *(["Confidence"] if sure else [])]
    rows = []
    for k, edge in enumerate(edges):
        choose = tag(
            "button", f"{k + 1}", type="button", class_="choose", data_edge=k,
            aria_label=f"Show {edge['source']} {edge['interaction']} {edge['target']}",
        )  # fmt: skip
        row = [choose, edge["source"], edge["interaction"], edge["target"], edge["weight"]]
        rows.append([*row, *([edge["confidence"]] if sure else [])])
    return table("Edges by weight, strongest first", headings, rows, id="edges-table")


def _details(edge: dict[str, Any], contents: Contents) -> dict[str, Any]:
    """What the page shows of a chosen edge: plain JSON."""
    sure = edge["confidence"]
    facts = [("Weight", f"{number(edge['weight'])} standard deviations")]
    if not math.isnan(sure):
        facts.append(("Confidence", f"{sure:.2f}, the estimated probability that it is real"))
    elif contents.sure:
        facts.append(("Confidence", "not known: autoregulation and decay act alike"))
    if "selection" in edge and contents.run.members > 1:
        facts += [
            ("Stability", f"among the strongest in {edge['selection']:.0%} of the "
             f"{contents.run.members} members"),
            ("Same sign in", f"{edge['agreement']:.0%} of them"),
        ]  # fmt: skip
    if edge.get("turns"):
        facts.append(("Context", "its sign depends on the group of cells"))
    facts += [
        (words[0].upper() + words[1:], number(edge[key]))
        for key, words in _READOUTS.items()
        if key in edge
    ]
    facts.append(("Evidence", _evidence(edge, contents)))
    return {
        "source": edge["source"], "target": edge["target"], "kind": edge["interaction"],
        "sure": None if math.isnan(sure) else sure, "facts": facts,
        "nolaw": "" if contents.laws is not None else
        f"Laws have not been distilled: {contents.command('laws')}",
    }  # fmt: skip


def _evidence(edge: dict[str, Any], contents: Contents) -> str:
    if contents.validation is None:
        return "not looked up: " + contents.command("validate", "--against", "trrust")
    name = contents.validation["reference"].get("name") or "the reference"
    for known in contents.validation["edges"]:
        if (known["source"], known["target"]) == (edge["source"], edge["target"]):
            words = _STATUS.get(known["status"], known["status"]).format(name=name)
            sign = INTERACTION.get(int(known.get("reference_sign") or 0), "regulates")
            differs = known["status"] != "novel" and sign not in ("regulates", edge["interaction"])
            there = f", where it {sign}" * differs
            cited = f" ({known['evidence']})" if known.get("evidence") else ""
            return words + there + cited
    return f"neither in {name} nor among the strongest that were compared with it"


def _heat_map(graph: Network) -> Html:
    return picture(
        plot_regulators(graph),
        "Table of colours: regulators in rows, targets in columns, blue where the regulator "
        "activates and orange where it represses. The edges above say the same in numbers.",
        "Every weight at once: regulators in rows, targets in columns.",
    )
