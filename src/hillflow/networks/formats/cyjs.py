"""Cytoscape.js JSON, with its style in a second file: for web pages, notebooks and Cytoscape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hillflow._version import __version__
from hillflow.errors import FileFormatError
from hillflow.files import replacing
from hillflow.networks.annotated import annotated
from hillflow.networks.edge_attributes import frame_of_attributes
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.layout import positions
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource
from hillflow.networks.style import (
    ARROWS,
    COLORS,
    LABEL,
    LINES,
    NODE_BORDER,
    NODE_FILL,
    NODE_HEIGHT,
    NODE_WIDTH,
    OPACITIES,
    WIDTHS,
)

if TYPE_CHECKING:
    import networkx as nx


def write_cyjs(network: Network, path: Path, *, prior: Network | None = None) -> tuple[Path, ...]:
    """Write ``NAME.cyjs`` and ``NAME.style.json``, and return their paths.

    In JavaScript: ``cytoscape({...network, style, layout: {name: "preset"}})``.
    """
    style_path = path.with_suffix(".style.json")
    drawn = annotated(network, prior, name=path.stem)
    for target, value in ((style_path, cyjs_style(drawn)), (path, cyjs_document(drawn))):
        with replacing(target) as draft:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
            draft.write_text(text + "\n", encoding="utf-8")
    return path, style_path


def cyjs_document(network: nx.DiGraph) -> dict[str, Any]:
    """Return elements with positions from an annotated network; a node's id is its gene."""
    position = positions(network)
    nodes = [
        {"data": {"id": gene, **marks}, "position": dict(zip("xy", position[gene], strict=True))}
        for gene, marks in network.nodes(data=True)
    ]
    prefix = "edge-"
    while any(gene.startswith(prefix) for gene in network):  # edge ids must differ from node ids
        prefix = f"_{prefix}"
    edges = [
        {"data": {"id": f"{prefix}{k}", "source": source, "target": target, **marks}}
        for k, (source, target, marks) in enumerate(network.edges(data=True))
    ]
    return {
        "format_version": "1.0",
        "generated_by": f"hillflow {__version__}",
        "target_cytoscapejs_version": "3.0",
        "data": {"shared_name": network.graph["name"], **network.graph},
        "elements": {"nodes": nodes, "edges": edges},
    }


def cyjs_style(network: nx.DiGraph) -> list[dict[str, Any]]:
    """Return the stylesheet, the same style as in the other formats."""
    edge_marks = [marks for *_, marks in network.edges(data=True)]
    rules: dict[str, dict[str, Any]] = {
        "node": {
            "label": "data(name)",
            "shape": "round-rectangle",
            "width": NODE_WIDTH,
            "height": NODE_HEIGHT,
            "background-color": NODE_FILL,
            "border-color": NODE_BORDER,
            "border-width": 1.5,
            "color": LABEL,
            "font-size": 12,
            "text-valign": "center",
        },
        "edge": {"curve-style": "bezier", "width": WIDTHS[0]} | _drawn("regulates"),
    }
    for interaction in COLORS:
        rules[f'edge[interaction = "{interaction}"]'] = _drawn(interaction)
    largest = max((marks.get("abs_weight", 0.0) for marks in edge_marks), default=0.0)
    if largest > 0:
        rules["edge[abs_weight]"] = {"width": _ramp("abs_weight", (0.0, largest), WIDTHS)}
    if any("confidence" in marks for marks in edge_marks):
        rules["edge[confidence]"] = {"opacity": _ramp("confidence", (0.0, 1.0), OPACITIES)}
    for status, line in LINES.items():
        if any(marks.get("status") == status for marks in edge_marks):
            rules[f'edge[status = "{status}"]'] = {"line-style": line}
    return [{"selector": selector, "style": style} for selector, style in rules.items()]


def _drawn(interaction: str) -> dict[str, str]:
    color = COLORS[interaction]
    return {
        "line-color": color,
        "target-arrow-color": color,
        "target-arrow-shape": ARROWS[interaction],
    }


def _ramp(attribute: str, values: tuple[float, float], styles: tuple[float, float]) -> str:
    numbers = ", ".join(repr(number) for number in (*values, *styles))
    return f"mapData({attribute}, {numbers})"


def read_cyjs(source: NetworkSource) -> pd.DataFrame:
    """Read sign (or interaction), weight and evidence of edges; genes are named by name or id."""
    try:
        elements = source.json["elements"]
        names = {
            str(node["data"]["id"]): str(node["data"].get("name", node["data"]["id"]))
            for node in elements["nodes"]
        }
        edges = [edge["data"] for edge in elements["edges"]]
        rows = [(names[str(edge["source"])], names[str(edge["target"])], edge) for edge in edges]
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(
            f"a network of Cytoscape.js in {source.name}", f"something else ({error!r})",
            "write it again",
        ) from None  # fmt: skip
    return frame_of_attributes(rows)


FORMATS.add(
    NetworkFormat(
        "cyjs",
        "Cytoscape.js and Cytoscape, with a style file",
        columns="Cytoscape.js JSON: edges with sign or interaction, weight, evidence",
        suffix=".cyjs",
        recognises=lambda source: source.path.suffix.casefold() == ".cyjs",
        read=read_cyjs,
        write=write_cyjs,
        beside=(".style.json",),
        overlay=True,
        picture=True,
    ),
    __name__,
)
