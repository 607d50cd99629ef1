"""A network with the attributes that other programs need to draw it, compared with a prior.

Attributes are plain Python numbers, booleans and text, each of one type for all edges, and
missing values are left out: NaN, infinity, NumPy scalars and columns of mixed numbers each
break some reader.
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

# Attributes that are written here, and those that Cytoscape reserves.
OURS = ("name", "interaction", "abs_weight", "color", "status", "prior_interaction")
TAKEN = frozenset({*OURS, "id", "shared name", "shared interaction", "SUID", "selected", "parent"})
BOTH_SIGNS = "activates or inhibits"
_LONG = 2**63


def annotated(network: Network, prior: Network | None = None, name: str = "hillflow") -> nx.DiGraph:
    """Return a directed graph of all genes and the edges of non-zero weight, for drawing.

    Parameters
    ----------
    network
        The network to draw.
    prior
        A known network to compare with, in the same gene names (see :meth:`Network.align`).
    name
        Name of the graph.

    Returns
    -------
    networkx.DiGraph
        Nodes have ``name`` and the numbers of their ``regulators`` and ``targets``. Edges have
        every readout, ``abs_weight``, ``interaction`` and ``name``, see
        :meth:`Network.to_networkx`, and ``color``: hue shows the sign, strength the confidence.
        With a prior, edges have a ``status``: agreement (the prior has the edge too), opposite
        (with the opposite sign) or novel (the prior does not have it). Edges of the prior that
        the network lacks are added without a weight, as missing. ``evidence`` and
        ``prior_interaction`` are those of the prior.

    Examples
    --------
    >>> from hillflow.networks import Network, annotated
    >>> network = Network.from_columns(["GATA1", "SPI1"], ["KLF1", "GATA1"], sign=[1, -1])
    >>> prior = Network.from_columns(["SPI1", "KLF1"], ["GATA1", "SPI1"], sign=[-1, -1])
    >>> graph = annotated(network, prior)
    >>> sorted((s, t, marks["status"]) for s, t, marks in graph.edges(data=True))
    [('GATA1', 'KLF1', 'novel'), ('KLF1', 'SPI1', 'missing'), ('SPI1', 'GATA1', 'agreement')]
    """
    check_writable(network.genes, network.edges)
    clash = [str(column) for column in network.edges.columns if column in TAKEN]
    if clash:
        raise FileFormatError(
            "columns of the edges other than those that exports use themselves",
            listing(clash),
            "rename these columns",
        )
    graph = network.to_networkx()
    graph.graph.clear()  # formats that need an id set it again
    graph.graph.update(name=name, readout=network.readout, made_by=f"hillflow {__version__}")
    for gene in graph:
        graph.nodes[gene].update(
            name=gene, regulators=graph.in_degree(gene), targets=graph.out_degree(gene)
        )
    if prior is not None:
        _compare(graph, prior)
    rows = [marks for *_, marks in graph.edges(data=True)]
    _make_uniform(rows)
    for marks in rows:
        marks["color"] = on_white(marks["interaction"], marks.get("confidence"))
    return graph


def _compare(graph: nx.DiGraph, prior: Network) -> None:
    """Set the status of every edge, and add the edges that only the prior has."""
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
            "so every edge is marked novel. Align its names first: prior.align(genes).network",
            "network.nothing-shared",
        )


def _make_uniform(rows: Iterable[dict[str, Any]]) -> None:
    """Give each attribute one type; GraphML would make two attributes of integers and floats."""
    rows = list(rows)
    for attribute in {key for row in rows for key in row}:
        with_attribute = [row for row in rows if attribute in row]
        kind = _kind([row[attribute] for row in with_attribute])
        for row in with_attribute:
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
