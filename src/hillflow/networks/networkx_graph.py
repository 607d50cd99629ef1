"""Convert a network to a NetworkX graph with plain Python attributes, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hillflow.errors import InputError
from hillflow.networks.edge_attributes import frame_of_attributes
from hillflow.networks.edges import INTERACTION
from hillflow.networks.merge import edges_of_frame

if TYPE_CHECKING:
    import networkx as nx


def to_digraph(genes: Sequence[str], edges: pd.DataFrame, about: Mapping[str, Any]) -> nx.DiGraph:
    """Return all genes and the edges of non-zero weight; see :meth:`Network.to_networkx`."""
    import networkx as nx

    graph = nx.DiGraph(id=about.get("name", "hillflow"))
    graph.graph.update({key: value for key, value in about.items() if isinstance(value, str)})
    graph.add_nodes_from(genes)
    for row in edges[edges["weight"] != 0].to_dict("records"):
        source, target = str(row.pop("source")), str(row.pop("target"))
        interaction = INTERACTION[int(row["sign"])]
        values = {str(key): _plain(value) for key, value in row.items()}
        graph.add_edge(
            source,
            target,
            **{key: value for key, value in values.items() if value is not None and value != ""},
            abs_weight=abs(float(row["weight"])),
            interaction=interaction,
            name=f"{source} ({interaction}) {target}",
        )
    return graph


def edges_of_digraph(graph: nx.Graph) -> pd.DataFrame:
    """Return the edges of a directed graph; see :meth:`Network.from_networkx`."""
    if not graph.is_directed():
        raise InputError(
            "a directed graph", "an undirected one", "use networkx.DiGraph: regulator → target"
        )
    edges = ((str(s), str(t), marks) for s, t, marks in graph.edges(data=True))
    return edges_of_frame(frame_of_attributes(edges))


def _plain(value: Any) -> Any:
    """Return a plain Python value; None if missing or not finite, as GraphML and JSON require."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
