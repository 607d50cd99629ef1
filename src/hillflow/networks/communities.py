"""Communities: groups of genes with more edges inside than between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


def communities(network: nx.DiGraph) -> list[list[str]]:
    """Return groups of genes by modularity, the largest first; a gene without an edge is its own.

    In each connected component, modularity Q = Σ_c [e_c/m − (d_c/2m)²], with e_c edges inside group
    c, d_c the sum of its degrees and m edges in all, is raised by moving single genes, then whole
    groups (Louvain; Blondel et al. 2008). Directions, weights and self-edges are ignored.

    Parameters
    ----------
    network
        Genes and edges.

    Returns
    -------
    list of list of str
        Each group in the order of its genes' degrees, hubs first. The same genes and edges, in the
        same order of genes, give the same groups. About O(E log G). Not for statements on biology:
        the number of groups is a choice of the resolution.

    Examples
    --------
    >>> import networkx as nx
    >>> pairs = [("A", "B"), ("B", "C"), ("C", "A"), ("D", "E"), ("E", "F"), ("F", "D"), ("A", "D")]
    >>> communities(nx.DiGraph(pairs))
    [['A', 'B', 'C'], ['D', 'E', 'F']]
    """
    import networkx as nx

    genes = list(network)
    number = {gene: k for k, gene in enumerate(genes)}
    plain = nx.Graph()
    plain.add_nodes_from(range(len(genes)))
    ends = ((number[source], number[target]) for source, target in network.edges)
    plain.add_edges_from(sorted((min(pair), max(pair)) for pair in ends if pair[0] != pair[1]))
    found = []
    for component in nx.connected_components(plain):
        if len(component) == 1:  # which networkx 3.1 cannot divide
            found.append(list(component))
            continue
        # Numbers from 0, since the order of sets depends on what is in them.
        part = nx.convert_node_labels_to_integers(_ordered(plain, component), label_attribute="old")
        for group in nx.community.louvain_communities(part, weight=None, seed=0):
            found.append([part.nodes[k]["old"] for k in group])
    hubs_first = [sorted(group, key=lambda k: (-plain.degree(k), k)) for group in found]
    hubs_first.sort(key=lambda group: (-len(group), min(group)))
    return [[genes[k] for k in group] for group in hubs_first]


def _ordered(graph: nx.Graph, nodes: set[int]) -> nx.Graph:
    """The part of a graph on some nodes, in rising order of nodes and edges."""
    part = type(graph)()
    part.add_nodes_from(sorted(nodes))
    part.add_edges_from(sorted((min(e), max(e)) for e in graph.edges(nodes)))
    return part
