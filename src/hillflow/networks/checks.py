"""What a graph must be before it leaves the house, whatever the format."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from hillflow.errors import FileFormatError, GeneNameError, InputError, listing
from hillflow.networks.network import Network

# Line and paragraph ends, control characters, halves of surrogate pairs: tables break at the
# first, XML has no way to write the others.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NOT_IN_XML = "\ufffe\uffff"


def check_graph(graph: Network) -> Network:
    """Return a graph with every pair once, finite weights and names that files can hold."""
    check_names(graph.genes)
    edges = graph.edges
    doubled = edges[edges.duplicated(["source", "target"])]
    if len(doubled):
        first = doubled.iloc[0]
        raise FileFormatError(
            "each pair of source and target once",
            f"{len(doubled):,} more than once, the first {first['source']} → {first['target']}",
            "add them up or keep the strongest of each",
        )
    weightless = edges[~np.isfinite(edges["weight"].to_numpy(dtype=float))]
    if len(weightless):
        first = weightless.iloc[0]
        raise InputError(
            "a finite weight for every edge",
            f"{len(weightless):,} without, the first {first['source']} → {first['target']}",
            "drop these rows, or give them weight 0",
        )
    if edges["weight"].dtype != float:  # whole numbers, in a table that was read
        return replace(graph, edges=edges.astype({"weight": float}))
    return graph


def check_names(names: Iterable[str]) -> None:
    """Refuse names that some of the formats would change or cannot write."""
    names = list(names)
    odd = [name for name in names if not name or name != name.strip() or name != writable(name)]
    if odd:
        raise GeneNameError(
            "gene names without tabs, line breaks, control characters or spaces around them",
            f"{len(odd):,} others: {listing(odd)}",
            "rename these genes",
        )


def writable(text: str) -> str:
    """The text with a space for each character that some format cannot hold."""
    return "".join(" " if _unwritable(character) else character for character in text)


def _unwritable(character: str) -> bool:
    return unicodedata.category(character) in _UNWRITABLE or character in _NOT_IN_XML
