"""The section on the network: a drawing that can be searched, with evidence for each edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hillflow import pl
from hillflow.networks.layout import discs, positions
from hillflow.networks.network import INTERACTION, Network
from hillflow.networks.svg import network_svg
from hillflow.page.contents import Contents
from hillflow.page.values import number, picture

if TYPE_CHECKING:
    import networkx as nx

MAX_EDGES = 6000  # edges on the page
FIRST = 40  # edges drawn before anything is selected, and without the script
OVERVIEW = 400  # edges drawn first where there are groups
TABLED = 250  # edges in the table at a time
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

Facts = list[tuple[str, str]]


def network(contents: Contents) -> dict[str, Any]:
    """Return the drawing, its edges as a table, and what the script draws and shows of each."""
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
    genes = [gene for gene in strongest.genes if gene in used]
    graph = strongest.to_networkx()
    graph.remove_nodes_from([gene for gene in strongest.genes if gene not in used])
    groups = discs(graph)
    first = min(OVERVIEW if groups else FIRST, len(edges))
    few = contents.graph.select(top=FIRST)
    return {
        "edges": edges[:TABLED],
        "count": len(edges),
        "genes": sorted(used),
        "groups": [(group[0], len(group)) for group in groups],
        "first": first,
        "hidden": len(contents.graph) - len(edges),
        "zero": len(contents.graph.edges) - len(contents.graph),  # pairs that are no edges
        "confidence": contents.has_confidence,
        "lawful": "in_law" in contents.graph.edges,
        "origin": contents.origin,
        "weight": contents.graph_about.get("description", ""),
        "drawing": Markup(
            network_svg(few, name="drawing-few", title=f"The {len(few):,} strongest edges")
        ),
        "regulators": picture(pl.regulators(contents.graph)),
        "data": _drawn(genes, groups, graph, strongest)
        | _columns(edges, contents)
        | {"first": first, "tabled": TABLED, "lawful": "in_law" in contents.graph.edges},
    }


def _drawn(
    genes: list[str], groups: list[list[str]], graph: nx.DiGraph, network: Network
) -> dict[str, Any]:
    """Genes with their places, groups, and the ends of edges as numbers of genes."""
    at, place = positions(graph), {gene: k for k, gene in enumerate(genes)}
    edges = network.edges
    return {
        "genes": genes,
        "x": [at[gene][0] for gene in genes],
        "y": [at[gene][1] for gene in genes],
        "groups": [[place[gene] for gene in group] for group in groups],
        "source": [place[gene] for gene in edges["source"]],
        "target": [place[gene] for gene in edges["target"]],
        "sign": [int(sign) for sign in edges["sign"]],
        "weight": [float(f"{weight:.4g}") for weight in edges["weight"]],
        "confidence": [None if math.isnan(c) else round(c, 4) for c in edges["confidence"]],
    }


def _columns(edges: list[dict[Any, Any]], contents: Contents) -> dict[str, Any]:
    """What the page shows of a chosen edge, a column for each fact.

    A column lists its different texts once, and for each edge which of them is its own (−1: none):
    thousands of edges share most of them.
    """
    published = {
        (edge["source"], edge["target"]): edge
        for edge in (contents.validation or {"edges": ()})["edges"]
    }
    rows = [dict(_facts(edge, contents, published)) for edge in edges]
    labels = dict.fromkeys(label for row in rows for label in row)
    columns = []
    for label in labels:
        texts = {
            text: k for k, text in enumerate(dict.fromkeys(r[label] for r in rows if label in r))
        }
        of = [texts[row[label]] if label in row else -1 for row in rows]
        columns.append({"label": label, "texts": list(texts), "of": of})
    laws = contents.run.command("laws")
    missing = "" if contents.laws is not None else f"Laws have not been distilled: {laws}"
    return {"facts": columns, "noLaw": missing}


def _facts(edge: dict[str, Any], contents: Contents, published: dict[Any, Any]) -> Facts:
    """Return what is known of an edge, label by label; the evidence last."""
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
    return facts


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
