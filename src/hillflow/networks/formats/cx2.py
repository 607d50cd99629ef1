"""CX2: the network with layout and style, for Cytoscape from 3.10, Cytoscape Web and NDEx.

Cytoscape Exchange Format, specification 2.0: a JSON list of aspects. It allows no NaN, and
requires every attribute to be declared with its type and identifiers to be whole numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

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

_INT = 2**31  # its "integer" is that of Java


def write_cx2(network: Network, path: Path, *, prior: Network | None = None) -> tuple[Path, ...]:
    """Write the network, a layout and a visual style in one file, and return its path.

    Arrow and hue show the sign, width the weight, opacity the confidence, and the line pattern
    the status relative to a prior.
    """
    aspects = cx2_aspects(annotated(network, prior, name=path.stem))
    with replacing(path) as draft:
        text = json.dumps(aspects, ensure_ascii=False, allow_nan=False)
        draft.write_text(text + "\n", encoding="utf-8")
    return (path,)


def cx2_aspects(network: nx.DiGraph) -> list[dict[str, Any]]:
    """Return the document of an annotated network (:func:`hillflow.networks.annotated`)."""
    position, number = positions(network), {gene: k for k, gene in enumerate(network)}
    nodes = [
        {"id": number[gene], "x": position[gene][0], "y": position[gene][1], "v": dict(marks)}
        for gene, marks in network.nodes(data=True)
    ]
    edge_marks = [dict(marks) for *_, marks in network.edges(data=True)]
    edges = [
        {"id": k, "s": number[source], "t": number[target], "v": edge_marks[k]}
        for k, (source, target) in enumerate(network.edges)
    ]
    declared = {
        "networkAttributes": _declared([network.graph]),
        "nodes": _declared(marks for _, marks in network.nodes(data=True)),
        "edges": _declared(edge_marks),
    }
    aspects: dict[str, list[Any]] = {
        "attributeDeclarations": [{key: value for key, value in declared.items() if value}],
        "networkAttributes": [dict(network.graph)],
        "nodes": nodes,
        "edges": edges,
        "visualProperties": [_visual_properties(edge_marks)],
        "visualEditorProperties": [
            {"properties": {"nodeSizeLocked": False, "arrowColorMatchesEdge": True}}
        ],
    }
    counts = [{"name": name, "elementCount": len(values)} for name, values in aspects.items()]
    return [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": counts},
        *({name: values} for name, values in aspects.items()),
        {"status": [{"success": True, "error": ""}]},
    ]


def _declared(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the type of each attribute, which is the same in all rows."""
    declared: dict[str, dict[str, str]] = {}
    wide = set()
    for row in rows:
        for name, value in row.items():
            if name not in declared:
                kinds = {bool: "boolean", int: "integer", float: "double", str: "string"}
                declared[name] = {"d": kinds[type(value)]}
            if type(value) is int and not -_INT <= value < _INT:
                wide.add(name)
    return declared | {name: {"d": "long"} for name in wide}


def _visual_properties(marks: list[dict[str, Any]]) -> dict[str, Any]:
    colors = _discrete("interaction", COLORS)
    edge_mapping = {
        "EDGE_TARGET_ARROW_SHAPE": _discrete("interaction", ARROWS),
        "EDGE_TARGET_ARROW_COLOR": colors,
        "EDGE_LINE_COLOR": colors,
    }
    largest = max((row.get("abs_weight", 0.0) for row in marks), default=0.0)
    if largest > 0:
        edge_mapping["EDGE_WIDTH"] = _continuous("abs_weight", (0.0, largest), WIDTHS)
    if any("confidence" in row for row in marks):
        edge_mapping["EDGE_OPACITY"] = _continuous("confidence", (0.0, 1.0), OPACITIES)
    if any("status" in row for row in marks):
        edge_mapping["EDGE_LINE_STYLE"] = _discrete("status", LINES)
    label = {"type": "PASSTHROUGH", "definition": {"attribute": "name", "type": "string"}}
    return {
        "default": {
            "network": {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"},
            "node": {
                "NODE_SHAPE": "round-rectangle",
                "NODE_WIDTH": NODE_WIDTH,
                "NODE_HEIGHT": NODE_HEIGHT,
                "NODE_BACKGROUND_COLOR": NODE_FILL,
                "NODE_BORDER_COLOR": NODE_BORDER,
                "NODE_BORDER_WIDTH": 1.5,
                "NODE_LABEL_COLOR": LABEL,
                "NODE_LABEL_FONT_SIZE": 12,
            },
            "edge": {
                "EDGE_LINE_COLOR": COLORS["regulates"],
                "EDGE_TARGET_ARROW_COLOR": COLORS["regulates"],
                "EDGE_TARGET_ARROW_SHAPE": ARROWS["regulates"],
                "EDGE_WIDTH": WIDTHS[0],
                "EDGE_OPACITY": OPACITIES[1],
            },
        },
        "nodeMapping": {"NODE_LABEL": label},
        "edgeMapping": edge_mapping,
    }


def _discrete(attribute: str, styles: Mapping[str, str]) -> dict[str, Any]:
    pairs = [{"v": value, "vp": style} for value, style in styles.items()]
    definition = {"attribute": attribute, "type": "string", "map": pairs}
    return {"type": "DISCRETE", "definition": definition}


def _continuous(
    attribute: str, values: tuple[float, float], styles: tuple[float, float]
) -> dict[str, Any]:
    """Return a linear mapping in three pieces; Cytoscape Web ignores one without its ends."""
    (low, high), (least, most) = values, styles
    pieces = [
        {"max": low, "includeMax": False, "includeMin": False, "maxVPValue": least},
        {"min": low, "max": high, "includeMin": True, "includeMax": True,
         "minVPValue": least, "maxVPValue": most},
        {"min": high, "includeMin": False, "includeMax": False, "minVPValue": most},
    ]  # fmt: skip
    definition = {"attribute": attribute, "type": "double", "map": pieces}
    return {"type": "CONTINUOUS", "definition": definition}


def read_cx2(source: NetworkSource) -> pd.DataFrame:
    """Read sign (or interaction), weight and evidence of edges; genes are named by name or id."""
    try:
        aspects = {name: rows for part in source.json for name, rows in part.items()}
        names = {
            node["id"]: str(node.get("v", {}).get("name", node["id"]))
            for node in aspects.get("nodes", ())
        }
        rows = [
            (names[edge["s"]], names[edge["t"]], edge.get("v", {}))
            for edge in aspects.get("edges", ())
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(
            f"CX2 in {source.name}", f"something else ({error!r})", "write it again"
        ) from None
    return frame_of_attributes(rows)


FORMATS.add(
    NetworkFormat(
        "cx2",
        "Cytoscape from 3.10, Cytoscape Web and NDEx; layout and style included",
        columns="CX2: edges with sign or interaction, weight, evidence",
        suffix=".cx2",
        recognises=lambda source: source.path.suffix.casefold() == ".cx2",
        read=read_cx2,
        write=write_cx2,
        overlay=True,
        picture=True,
    ),
    __name__,
)
