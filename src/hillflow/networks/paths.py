"""Upstream and downstream genes, regulatory paths and feedback loops of a network.

Paths and loops are found one by one, strongest first, so the cost depends on how many are
requested, not on how many a dense network has. The strength of a path is that of its weakest
edge and can only fall as the path grows. Best-first search, bounded by the strongest possible
remainder of the path, therefore finds them in order (Pollack 1960, the maximum-capacity route;
Hart, Nilsson & Raphael 1968 for the bound).
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
    """A chain of regulations; a feedback loop ends with its first gene.

    Attributes
    ----------
    genes
        From the source to the target.
    signs
        The sign of each edge: 1, −1, or 0 if unknown.
    sign
        Their product: the effect of raising the source on the target along this path.
    strength
        The smallest |weight| on the path.
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
    """Return every other gene from which a path leads to this one.

    Parameters
    ----------
    graph
        A network.
    gene
        The gene at the end of the paths.

    Returns
    -------
    list of str
        In the order of the graph.

    Examples
    --------
    >>> from hillflow.networks import Network, ancestors
    >>> ancestors(Network.from_columns(["A", "B"], ["B", "C"]), "C")
    ['A', 'B']
    """
    import networkx as nx

    edges = _Edges.of(graph)
    upstream = nx.ancestors(edges.graph, edges.known(gene))
    return [name for name in edges.genes if name in upstream]


def descendants(graph: Network | nx.DiGraph, gene: str) -> list[str]:
    """Return every other gene to which a path leads from this one.

    Parameters
    ----------
    graph
        A network.
    gene
        The gene at the start of the paths.

    Returns
    -------
    list of str
        In the order of the graph.

    Examples
    --------
    >>> from hillflow.networks import Network, descendants
    >>> descendants(Network.from_columns(["A", "B"], ["B", "C"]), "A")
    ['B', 'C']
    """
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
    """Find the strongest paths from a regulator to a target, none visiting a gene twice.

    Parameters
    ----------
    graph
        Edges of non-zero ``weight``, with their ``sign``.
    source, target
        Two different genes.
    max_length
        Largest number of edges of a path.
    limit
        Largest number of paths.

    Returns
    -------
    list of SignedPath
        By falling strength, then by length; ``pandas.DataFrame`` accepts it.

    Examples
    --------
    >>> from hillflow.networks import Network, signed_paths
    >>> network = Network.from_columns(["A", "A", "B"], ["B", "C", "C"], weight=[-0.9, 0.2, 0.7])
    >>> [(str(path), path.sign, path.strength) for path in signed_paths(network, "A", "C")]
    [('A ⊣ B → C', -1, 0.7), ('A → C', 1, 0.2)]
    """
    edges = _Edges.of(graph)
    start, end = (edges.genes.index(edges.known(gene)) for gene in (source, target))
    _check_counts(max_length, limit)
    if start == end:
        raise InputError(
            "two different genes", f"{source!r} twice", "use feedback_loops(graph) for loops"
        )
    routes = _routes(edges, start, end, max_length)
    return [edges.path(route) for _, _, route in islice(routes, limit)]


def feedback_loops(
    graph: Network | nx.DiGraph, max_length: int = 4, limit: int = 20
) -> list[SignedPath]:
    """Find the strongest feedback loops, each once.

    Parameters
    ----------
    graph
        Edges of non-zero ``weight``, with their ``sign``.
    max_length
        Largest number of edges of a loop; autoregulation is a loop of length 1.
    limit
        Largest number of loops.

    Returns
    -------
    list of SignedPath
        By falling strength, then by length. Each loop begins at its gene that comes first in
        the graph; sign −1 is negative feedback.

    Examples
    --------
    >>> from hillflow.networks import Network, feedback_loops
    >>> network = Network.from_columns(["A", "B"], ["B", "A"], weight=[0.9, -0.5])
    >>> [str(loop) for loop in feedback_loops(network)]
    ['A → B ⊣ A']
    """
    edges = _Edges.of(graph)
    _check_counts(max_length, limit)
    # Each loop is searched from its first gene only, through genes that come later.
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
        position = {gene: k for k, gene in enumerate(genes)}
        out: list[list[tuple[int, float]]] = [[] for _ in genes]
        for source, target, about in directed.edges(data=True):
            if not {"weight", "sign"} <= set(about):
                raise InputError(
                    "edges with a weight and a sign", f"{source} → {target} without",
                    "pass a Network, or set both attributes",
                )  # fmt: skip
            out[position[source]].append((position[target], abs(float(about["weight"]))))
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
    """Yield routes through genes of index >= `first`: (−strength, length, genes), in order."""
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
    """Return for k = 0 … most − 1 the best strength of walks of ≤ k edges to `end`, [genes]."""
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
