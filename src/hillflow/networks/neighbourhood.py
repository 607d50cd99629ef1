"""The part of a regulatory graph around one gene."""

from __future__ import annotations

from dataclasses import replace

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.networks.network import Network


def neighbourhood(graph: Network, gene: str, radius: int = 1) -> Network:
    """Genes within so many edges of a gene, up or down stream, and all edges among them.

    Select edges first (:meth:`Network.select`): among all candidate pairs every gene is
    a neighbour of every other.

    Parameters
    ----------
    gene
        In the middle.
    radius
        1: its regulators and its targets.
    """
    if gene not in graph.genes:
        raise GeneNameError("a gene of the graph", repr(gene), did_you_mean(gene, graph.genes))
    if radius < 1:
        raise InputError("a radius of 1 or more", str(radius), "1 takes regulators and targets")
    import networkx as nx

    linked = nx.Graph()
    linked.add_nodes_from(graph.genes)
    claimed = graph.edges[graph.edges["weight"] != 0]
    linked.add_edges_from(zip(claimed["source"], claimed["target"], strict=True))
    near = nx.single_source_shortest_path_length(linked, gene, cutoff=radius)
    kept = graph.edges[graph.edges["source"].isin(near) & graph.edges["target"].isin(near)]
    groups = graph.groups
    if groups is not None:
        groups = groups[groups["source"].isin(near) & groups["target"].isin(near)]
    return replace(
        graph,
        genes=tuple(one for one in graph.genes if one in near),
        edges=kept.reset_index(drop=True),
        groups=groups,
    )
