"""GraphML: the network for Cytoscape, yEd, Gephi, igraph and NetworkX."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from hillflow.errors import FileFormatError
from hillflow.files import replacing
from hillflow.networks.annotated import annotated
from hillflow.networks.edge_attributes import frame_of_attributes
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource


def write_graphml(
    network: Network, path: Path, *, prior: Network | None = None
) -> tuple[Path, ...]:
    """Write a directed graph whose nodes are genes, and return the file's path.

    Node and edge attributes are those of :func:`hillflow.networks.annotated`, without missing
    values. All numbers have the type double and truth values are text, because Cytoscape 3 leaves
    cells of every other type empty. The file's name becomes the network's name.
    """
    from networkx.readwrite.graphml import GraphMLWriter

    drawn = annotated(network, prior, name=path.stem)
    for *_, marks in (*drawn.nodes(data=True), *drawn.edges(data=True)):
        marks.update({key: _double_or_text(value) for key, value in marks.items()})
    drawn.graph["id"] = path.stem
    writer = GraphMLWriter(graph=drawn)
    # Cytoscape assigns attributes after the last edge to that edge: write the network's own first.
    root = writer.xml.find("graph")
    for index, element in enumerate(root.findall("data")):
        root.remove(element)
        root.insert(index, element)
    with replacing(path) as draft, draft.open("wb") as stream:
        writer.dump(stream)
    return (path,)


def _double_or_text(value: Any) -> float | str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else float(value)


def read_graphml(source: NetworkSource) -> pd.DataFrame:
    """Read sign (or interaction), weight and evidence of edges; genes are named by name or id."""
    import networkx as nx

    try:
        graph = nx.parse_graphml(source.text)
    except (nx.NetworkXError, ElementTree.ParseError) as error:
        raise FileFormatError(
            f"GraphML in {source.name}", f"something else ({error})", "write it again"
        ) from None
    if not graph.is_directed():
        raise FileFormatError(
            f"a directed graph in {source.name}", "an undirected one",
            'write it with edgedefault="directed": regulator to target',
        )  # fmt: skip
    names = {node: str(marks.get("name", node)) for node, marks in graph.nodes(data=True)}
    edges = ((names[s], names[t], marks) for s, t, marks in graph.edges(data=True))
    return frame_of_attributes(edges)


FORMATS.add(
    NetworkFormat(
        "graphml",
        "Cytoscape, yEd, Gephi, igraph and NetworkX",
        columns="GraphML: node names, edge attributes sign or interaction, weight, evidence",
        suffix=".graphml",
        recognises=lambda source: source.path.suffix.casefold() == ".graphml",
        read=read_graphml,
        write=write_graphml,
        overlay=True,
        picture=True,
    ),
    __name__,
)
