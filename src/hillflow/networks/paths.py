"""Questions to a regulatory graph: what lies upstream, by which paths, in which loops.

Paths and loops are found strongest first and one by one, so a dense graph costs no more than
the answers asked for. A path is as strong as its weakest edge, a number that can only fall as
the path grows; best-first search with the widest possible rest of the way as the bound
therefore finds them in order (Pollack 1960, the maximum-capacity route; Hart, Nilsson &
Raphael 1968 for the bound).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from math import inf, prod
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx

_ARROW = {1: "→", -1: "⊣", 0: "—"}


@dataclass(frozen=True)
class SignedPath:
    """A chain of regulations; of a feedback loop the first gene stands at the end again.

    Attributes
    ----------
    genes
        From the source to the target.
    signs
        The sign of each edge: 1, −1, or 0 where it has no preferred direction.
    sign
        Their product: what raising the source does to the target along this path.
    strength
        The smallest |weight| on the way.
    weakest
        (source, target) of the edge that has it.
    """

    genes: tuple[str, ...]
    signs: tuple[int, ...]
    sign: int
    strength: float
    weakest: tuple[str, str]

    def __len__(self) -> int:
        return len(self.signs)

    def __str__(self) -> str:
        steps = (f" {_ARROW[s]} {gene}" for s, gene in zip(self.signs, self.genes[1:], strict=True))
        return self.genes[0] + "".join(steps)


def ancestors(graph: Network | nx.DiGraph, gene: str) -> list[str]:
    """Every other gene from which a path leads to this one, in the graph's order."""
    import networkx as nx

    edges = _Edges.of(graph)
    upstream = nx.ancestors(edges.graph, edges.known(gene))
    return [name for name in edges.genes if name in upstream]


def descendants(graph: Network | nx.DiGraph, gene: str) -> list[str]:
    """Every other gene to which a path leads from this one, in the graph's order."""
    import networkx as nx

    edges = _Edges.of(graph)
    downstream = nx.descendants(edges.graph, edges.known(gene))
    return [name for name in edges.genes if name in downstream]


def signed_paths(
    graph: Network | nx.DiGraph,
    source: str,
    target: str,
    max_length: int = 4,
    limit: int = 20,
) -> list[SignedPath]:
    """The strongest paths from a regulator to a target, no gene twice.

    Parameters
    ----------
    graph
        Edges of non-zero ``weight``, with their ``sign``.
    max_length
        Edges of the longest path.
    limit
        How many at most.

    Returns
    -------
    list
        By falling strength, then by length; a DataFrame reads it as it is.
    """
    edges = _Edges.of(graph)
    start, end = (edges.genes.index(edges.known(gene)) for gene in (source, target))
    _check_counts(max_length, limit)
    if start == end:
        raise InputError(
            "two different genes", f"{source!r} twice", "ask feedback_loops(graph) for loops"
        )
    routes = _routes(edges, start, end, max_length)
    return [edges.path(route) for _, _, route in islice(routes, limit)]


def feedback_loops(
    graph: Network | nx.DiGraph, max_length: int = 4, limit: int = 20
) -> list[SignedPath]:
    """The strongest feedback loops, each once; sign −1 is negative feedback.

    A loop begins at the gene of it that comes first in the graph; autoregulation is a loop of
    length 1. Parameters and order as in `signed_paths`.
    """
    edges = _Edges.of(graph)
    _check_counts(max_length, limit)
    # A loop is found from its first gene alone, through genes that come later.
    each = (_routes(edges, k, k, max_length, first=k) for k in range(len(edges.genes)))
    return [edges.path(route) for _, _, route in islice(heapq.merge(*each), limit)]


@dataclass(frozen=True, eq=False)
class _Edges:
    """A graph as a networkx DiGraph and as arrays of its edges."""

    graph: nx.DiGraph
    genes: list[str]
    source: np.ndarray
    target: np.ndarray
    size: np.ndarray
    out: list[list[tuple[int, float]]]

    @classmethod
    def of(cls, graph: Network | nx.DiGraph) -> _Edges:
        directed = graph.to_networkx() if isinstance(graph, Network) else graph
        genes = list(directed.nodes)
        place = {gene: k for k, gene in enumerate(genes)}
        out: list[list[tuple[int, float]]] = [[] for _ in genes]
        for source, target, about in directed.edges(data=True):
            if not {"weight", "sign"} <= set(about):
                raise InputError(
                    "edges with a weight and a sign", f"{source} → {target} without",
                    "pass a Network, or set both attributes",
                )  # fmt: skip
            out[place[source]].append((place[target], abs(float(about["weight"]))))
        pairs = [(j, i, size) for j, row in enumerate(out) for i, size in row]
        source, target, size = np.array(pairs).reshape(-1, 3).T
        return cls(directed, genes, source.astype(int), target.astype(int), size, out)

    def known(self, gene: str) -> str:
        if gene not in self.genes:
            raise GeneNameError("a gene of the graph", repr(gene), did_you_mean(gene, self.genes))
        return gene

    def path(self, route: tuple[int, ...]) -> SignedPath:
        genes = tuple(self.genes[k] for k in route)
        about = [self.graph.edges[pair] for pair in pairwise(genes)]
        sizes = [abs(float(edge["weight"])) for edge in about]
        weakest = int(np.argmin(sizes))
        signs = tuple(int(edge["sign"]) for edge in about)
        ends = (genes[weakest], genes[weakest + 1])
        return SignedPath(genes, signs, prod(signs), sizes[weakest], ends)


def _routes(
    edges: _Edges, start: int, end: int, max_length: int, first: int = 0
) -> Iterator[tuple[float, int, tuple[int, ...]]]:
    """Routes through genes of index `first` or more: (−strength, length, genes), in order."""
    rest = _widest(edges, end, max_length)
    # (−bound on the strength, edges so far, genes so far), and the strength so far.
    heap: list[tuple[float, int, tuple[int, ...], float]] = [(-inf, 0, (start,), inf)]
    while heap:
        bound, length, route, strength = heapq.heappop(heap)
        if length and route[-1] == end:
            yield bound, length, route
            continue
        for gene, size in edges.out[route[-1]]:
            if gene < first or (gene in route and gene != end):
                continue
            reach = min(strength, size, rest[max_length - length - 1][gene])
            if reach > 0:
                heapq.heappush(heap, (-reach, length + 1, (*route, gene), min(strength, size)))


def _widest(edges: _Edges, end: int, most: int) -> list[np.ndarray]:
    """For k = 0 … most − 1 the strength of the best walk of at most k edges to `end`, [genes]."""
    width = np.zeros(len(edges.genes))
    width[end] = inf
    widths = [width]
    for _ in range(most - 1):
        width = width.copy()
        np.maximum.at(width, edges.source, np.minimum(edges.size, widths[-1][edges.target]))
        widths.append(width)
    return widths


def _check_counts(max_length: int, limit: int) -> None:
    if max_length < 1 or limit < 1:
        raise InputError(
            "a max_length and a limit of at least 1",
            f"max_length={max_length}, limit={limit}",
            "write max_length=4, limit=20",
        )
