"""A regulatory graph as programs for networks take it: plain attributes, beside what is known.

Nodes and edges carry Python's own numbers, booleans and text only, one type an attribute
throughout, and nothing where a value is missing: NaN, infinity, NumPy scalars and columns of
mixed numbers each break one reader or another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hillflow._version import __version__
from hillflow.errors import FileFormatError, listing
from hillflow.networks.checks import check_graph, writable
from hillflow.networks.network import INTERACTION, Network
from hillflow.networks.style import on_white
from hillflow.notice import warn

if TYPE_CHECKING:
    import networkx as nx

    from hillflow.networks import PriorNetwork

# Attributes that we write ourselves, and those that Cytoscape keeps for its own use.
OURS = ("name", "interaction", "abs_weight", "color", "status", "prior_interaction", "evidence")
TAKEN = frozenset({*OURS, "id", "shared name", "shared interaction", "SUID", "selected", "parent"})
BOTH_SIGNS = "activates or inhibits"
_LONG = 2**63


def annotated(
    graph: Network, prior: PriorNetwork | None = None, name: str = "hillflow"
) -> nx.DiGraph:
    """A directed graph of all genes and the edges of non-zero weight, ready to be written.

    Nodes have ``name``, ``regulators`` and ``targets`` (how many the fit gives them). Edges
    have every readout, ``abs_weight``, ``interaction`` and ``name``, see
    :meth:`Network.to_networkx`, and ``color``: its hue says the sign, its strength the
    confidence.

    Parameters
    ----------
    graph
        What was fitted.
    prior
        Adds ``status`` to every edge: agreement (the prior has the pair too), opposite (it has,
        with the other sign), novel (it has not). The prior's edges between genes of the graph
        that the fit does not claim are added, without a weight, as missing. ``evidence`` and
        ``prior_interaction`` say what is known. Names are compared as they are: align first.
    name
        Of the network.
    """
    graph = check_graph(graph)
    clash = [str(column) for column in graph.edges.columns if column in TAKEN]
    if clash:
        raise FileFormatError(
            "readouts under names of their own",
            f"{listing(clash)}, which networks use themselves",
            "rename these columns of the edges",
        )
    network = graph.to_networkx()
    network.graph.clear()  # its id is set again where a format wants one
    network.graph.update(name=name, readout=graph.readout, made_by=f"hillflow {__version__}")
    for gene in network:
        network.nodes[gene].update(
            name=gene, regulators=network.in_degree(gene), targets=network.out_degree(gene)
        )
    if prior is not None:
        _lay_over(network, prior)
    rows = [marks for *_, marks in network.edges(data=True)]
    _make_uniform(rows)
    for marks in rows:
        marks["color"] = on_white(marks["interaction"], marks.get("confidence"))
    return network


def _lay_over(network: nx.DiGraph, prior: PriorNetwork) -> None:
    """Say of every edge whether the prior has it, and add those that only the prior has."""
    names = {"prior": "name", "prior_licence": "licence", "prior_citation": "citation"}
    about = {ours: prior.about[theirs] for ours, theirs in names.items()}
    network.graph.update({key: writable(text) for key, text in about.items() if text})
    for *_, marks in network.edges(data=True):
        marks["status"] = "novel"
    inside = 0
    columns = (prior.source, prior.target, prior.sign, prior.both, prior.evidence)
    for source, target, sign, both, evidence in zip(*columns, strict=True):
        if source not in network or target not in network:
            continue
        inside += 1
        sign, known = int(sign), INTERACTION[int(sign)]
        if network.has_edge(source, target):
            opposite = sign * network.edges[source, target]["sign"] == -1
            status = "opposite" if opposite else "agreement"
        else:
            status = "missing"
            network.add_edge(
                source, target, sign=sign, interaction=known, name=f"{source} ({known}) {target}"
            )
        network.edges[source, target].update(
            {"status": status, "prior_interaction": BOTH_SIGNS if both else known}
            | ({"evidence": str(evidence)} if evidence else {})
        )
    if not inside:
        warn(
            f"No edge of {prior.name or 'the prior network'} lies between genes of the graph, "
            "so every edge is called novel. Were its names aligned (prior.align(genes).network)?"
        )


def _make_uniform(rows: Iterable[dict[str, Any]]) -> None:
    """Give each attribute one type; GraphML would make two attributes of whole and broken ones."""
    rows = list(rows)
    for attribute in {key for row in rows for key in row}:
        having = [row for row in rows if attribute in row]
        kind = _kind([row[attribute] for row in having])
        for row in having:
            row[attribute] = kind(row[attribute])
            if kind is str:
                row[attribute] = writable(row[attribute])


def _kind(values: list[Any]) -> type:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and kinds <= {bool, float, str}:
        return kinds.pop()
    if not kinds <= {bool, int, float}:
        return str
    whole = float not in kinds and all(-_LONG <= value < _LONG for value in values)
    return int if whole else float
