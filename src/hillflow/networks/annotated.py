"""A network as programs that draw networks take it: plain attributes, beside what is known.

Nodes and edges carry Python's own numbers, booleans and text only, one type an attribute
throughout, and nothing where a value is missing: NaN, infinity, NumPy scalars and columns of
mixed numbers each break one reader or another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hillflow._version import __version__
from hillflow.errors import FileFormatError, listing
from hillflow.findings import warn
from hillflow.networks.checks import check_writable, writable
from hillflow.networks.edges import INTERACTION
from hillflow.networks.network import Network
from hillflow.networks.style import on_white

if TYPE_CHECKING:
    import networkx as nx

# Attributes that we write ourselves, and those that Cytoscape keeps for its own use.
OURS = ("name", "interaction", "abs_weight", "color", "status", "prior_interaction")
TAKEN = frozenset({*OURS, "id", "shared name", "shared interaction", "SUID", "selected", "parent"})
BOTH_SIGNS = "activates or inhibits"
_LONG = 2**63


def annotated(network: Network, prior: Network | None = None, name: str = "hillflow") -> nx.DiGraph:
    """A directed graph of all genes and the edges of non-zero weight, ready to be written.

    Nodes have ``name``, ``regulators`` and ``targets`` (how many the network gives them). Edges
    have every readout, ``abs_weight``, ``interaction`` and ``name``, see
    :meth:`Network.to_networkx`, and ``color``: its hue says the sign, its strength the
    confidence.

    Parameters
    ----------
    network
        What is shown.
    prior
        A known network. It adds ``status`` to every edge: agreement (the prior has the pair
        too), opposite (it has, with the other sign), novel (it has not). The prior's edges
        between genes of the network that the network does not claim are added, without a
        weight, as missing. ``evidence`` and ``prior_interaction`` say what is known. Names are
        compared as they are: align first.
    name
        The name of the network.
    """
    check_writable(network.genes, network.edges)
    clash = [str(column) for column in network.edges.columns if column in TAKEN]
    if clash:
        raise FileFormatError(
            "readouts under names of their own",
            f"{listing(clash)}, which networks use themselves",
            "rename these columns of the edges",
        )
    graph = network.to_networkx()
    graph.graph.clear()  # its id is set again where a format wants one
    graph.graph.update(name=name, readout=network.readout, made_by=f"hillflow {__version__}")
    for gene in graph:
        graph.nodes[gene].update(
            name=gene, regulators=graph.in_degree(gene), targets=graph.out_degree(gene)
        )
    if prior is not None:
        _lay_over(graph, prior)
    rows = [marks for *_, marks in graph.edges(data=True)]
    _make_uniform(rows)
    for marks in rows:
        marks["color"] = on_white(marks["interaction"], marks.get("confidence"))
    return graph


def _lay_over(graph: nx.DiGraph, prior: Network) -> None:
    """Say of every edge whether the prior has it, and add those that only the prior has."""
    about = {"prior": prior.name, "prior_licence": prior.licence, "prior_citation": prior.citation}
    graph.graph.update({key: writable(text) for key, text in about.items() if text})
    for *_, marks in graph.edges(data=True):
        marks["status"] = "novel"
    inside = 0
    columns = (prior.source, prior.target, prior.weight, prior.sign, prior.both, prior.evidence)
    for source, target, weight, sign, both, evidence in zip(*columns, strict=True):
        if weight == 0 or source not in graph or target not in graph:
            continue
        inside += 1
        sign, interaction = int(sign), INTERACTION[int(sign)]
        if graph.has_edge(source, target):
            opposite = sign * graph.edges[source, target]["sign"] == -1
            status = "opposite" if opposite else "agreement"
        else:
            status = "missing"
            graph.add_edge(
                source, target, sign=sign, interaction=interaction,
                name=f"{source} ({interaction}) {target}",
            )  # fmt: skip
        graph.edges[source, target].update(
            {"status": status, "prior_interaction": BOTH_SIGNS if both else interaction}
            | ({"evidence": str(evidence)} if evidence else {})
        )
    if not inside:
        warn(
            f"No edge of {prior.name or 'the prior network'} lies between genes of the network, "
            "so every edge is called novel. Were its names aligned (prior.align(genes).network)?",
            "network.nothing-shared",
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
