"""GraphML: the network for Cytoscape, yEd, Gephi, igraph and NetworkX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.files import check_output_file, replacing
from hillflow.networks.annotated import annotated
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from hillflow.networks import PriorNetwork


def write_graphml(
    graph: Network, path: str | Path, *, prior: PriorNetwork | None = None
) -> tuple[Path, ...]:
    """Write a directed graph whose nodes are genes, and return the file's path.

    Node and edge attributes are those of :func:`hillflow.networks.annotated.annotated`, missing
    values left out. All numbers are of the type double and truth values are text: Cytoscape 3
    leaves the cells of every other type empty. The file's name becomes the network's name.
    """
    from networkx.readwrite.graphml import GraphMLWriter

    path = check_output_file(path, ".graphml")
    network = annotated(graph, prior, name=path.stem)
    for marks in (
        *(one for _, one in network.nodes(data=True)),
        *(one for *_, one in network.edges(data=True)),
    ):
        marks.update({key: _double_or_text(value) for key, value in marks.items()})
    network.graph["id"] = path.stem
    writer = GraphMLWriter(graph=network)
    # Cytoscape gives what stands behind the last edge to that edge: the network's own come first.
    whole = writer.xml.find("graph")
    for place, mark in enumerate(whole.findall("data")):
        whole.remove(mark)
        whole.insert(place, mark)
    with replacing(path) as draft, draft.open("wb") as stream:
        writer.dump(stream)
    return (path,)


def _double_or_text(value: Any) -> float | str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else float(value)
