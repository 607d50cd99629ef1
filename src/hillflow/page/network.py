"""The section on the network: a drawing that can be searched, with evidence for each edge."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from hillflow import pl
from hillflow.networks.network import INTERACTION
from hillflow.networks.svg import network_svg
from hillflow.page.contents import Contents
from hillflow.page.values import number, picture

MAX_EDGES = 250  # edges on the page
FIRST = 40  # edges drawn before anything is selected
_READOUTS = {
    "jacobian": "Mean |slope|, in standard deviations",
    "mean_jacobian": "Mean slope, in standard deviations",
    "consistency": "Sign consistency of the slope over cells",
    "contrast": "Effect of removing the regulator",
    "importance": "Importance, by size",
    "gradients": "Integrated gradient",
    "parameter": "Parameter of the field",
}
_STATUS = {
    "matched": "found here and in {name}",
    "missed": "in {name}, but not among the strongest here",
    "novel": "among the strongest here, not in {name}",
    "given": "in {name}, and in the prior that the fit was given",
}


def network(contents: Contents) -> dict[str, Any]:
    """Return the drawing, the same edges for a table, and details of each."""
    if contents.graph is None:
        return {}
    if not len(contents.graph):
        return {"edges": []}
    strongest = contents.graph.select(top=MAX_EDGES)
    edges: list[dict[Any, Any]] = [
        {**edge, "interaction": INTERACTION[int(edge["sign"])]}
        for edge in strongest.edges.to_dict("records")
    ]
    used = {edge[end] for edge in edges for end in ("source", "target")}
    title = (
        f"Network of {len(used):,} genes and {len(edges):,} edges; the table below lists the same"
    )
    published = {
        (edge["source"], edge["target"]): edge
        for edge in (contents.validation or {"edges": ()})["edges"]
    }
    return {
        "edges": edges,
        "genes": sorted(used),
        "first": FIRST,
        "hidden": len(contents.graph) - len(edges),
        "zero": len(contents.graph.edges) - len(contents.graph),  # pairs that are no edges
        "confidence": contents.has_confidence,
        "lawful": "in_law" in contents.graph.edges,
        "origin": contents.origin,
        "weight": contents.graph_about.get("description", ""),
        "drawing": Markup(network_svg(strongest, name="drawing", title=title, clickable=True)),
        "regulators": picture(pl.regulators(contents.graph)),
        "details": [_details(edge, contents, published) for edge in edges],
    }


def _details(edge: dict[str, Any], contents: Contents, published: dict[Any, Any]) -> dict[str, Any]:
    """Return what the page shows of a chosen edge, as plain JSON values."""
    confidence = edge["confidence"]
    facts = [("Weight", number(edge["weight"]))]
    if not math.isnan(confidence):
        facts.append(("Confidence", f"{confidence:.2f}, the estimated probability that it is real"))
    elif contents.has_confidence:
        facts.append(("Confidence", "not known: autoregulation cannot be distinguished from decay"))
    if "in_law" in edge:
        facts.append(("In the law", "yes" if edge["in_law"] is True else "no; ranked by the cells"))
        if not math.isnan(edge["selection"]):
            facts += [
                ("Stability", f"among the strongest in {edge['selection']:.0%} of the bootstraps"),
                ("Same sign in", f"{edge['agreement']:.0%} of them"),
            ]
    elif "selection" in edge and contents.run.members > 1:
        facts += [
            ("Stability", f"among the strongest in {edge['selection']:.0%} of the "
             f"{contents.run.members} members"),
            ("Same sign in", f"{edge['agreement']:.0%} of them"),
        ]  # fmt: skip
    if edge.get("turns"):
        facts.append(("Context", "its sign depends on the group of cells"))
    facts += [(words, number(edge[name])) for name, words in _READOUTS.items() if name in edge]
    facts.append(("Evidence", _evidence(edge, contents, published)))
    return {
        "source": edge["source"],
        "target": edge["target"],
        "kind": edge["interaction"],
        "confidence": None if math.isnan(confidence) else confidence,
        "facts": facts,
        "noLaw": ""
        if contents.laws is not None
        else f"Laws have not been distilled: {contents.run.command('laws')}",
    }


def _evidence(edge: dict[str, Any], contents: Contents, published: dict[Any, Any]) -> str:
    if contents.validation is None:
        return "not compared: " + contents.run.command("validate", "--against", "trrust")
    name = contents.validation["reference"].get("name") or "the reference"
    known = published.get((edge["source"], edge["target"]))
    if known is None:
        return f"neither in {name} nor among the strongest that were compared with it"
    words = _STATUS.get(known["status"], known["status"]).format(name=name)
    sign = INTERACTION.get(int(known.get("reference_sign") or 0), "regulates")
    if known["status"] != "novel" and sign not in ("regulates", edge["interaction"]):
        words += f", where it {sign}"
    return words + (f" ({known['evidence']})" if known.get("evidence") else "")
