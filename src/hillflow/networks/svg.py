"""A network as an SVG drawing: what a notebook shows, and the page of a run without its script.

Colours are attributes, which a style sheet may override; every gene and edge is an element with
a class and its names as data attributes.
"""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from hillflow.networks.edges import INTERACTION
from hillflow.networks.layout import SPACING, positions
from hillflow.networks.network_table import NetworkTable
from hillflow.networks.networkx_graph import to_digraph
from hillflow.networks.style import COLORS, LABEL, NODE_BORDER, NODE_FILL, OPACITIES

HEIGHT = 26.0  # of a node
_LETTER, _PADDING = 8.4, 18.0
_WIDTHS = (1.2, 5.0)  # of the weakest and the strongest edge
_BEND = 0.12  # of an edge's length, to the side: opposite edges do not cover each other
_GAP = 3.0  # between an edge's end and the node
_LOOP = 34.0
_LEAST = 0.75  # screen pixels a unit of the drawing, names being 14 units high
_ENDS = {
    "activates": "M0,0 L10,5 L0,10 Z",
    "inhibits": "M7,0 L10,0 L10,10 L7,10 Z",
    "regulates": "M3,5 a3.5,3.5 0 1,0 7,0 a3.5,3.5 0 1,0 -7,0",
}

Place = tuple[float, float]
Edge = dict[Any, Any]


def network_svg(network: NetworkTable, *, name: str, title: str) -> str:
    """Draw the edges of non-zero weight and their genes, the strongest edge on top.

    Parameters
    ----------
    network
        What is drawn; more than some hundred edges show nothing.
    name
        Identifier of the drawing, unique in the document.
    title
        What a screen reader says.

    Returns
    -------
    str
        An ``<svg>`` element; names are escaped.
    """
    rows = network.edges[network.edges["weight"] != 0].to_dict("records")
    edges: list[Edge] = [edge | {"interaction": INTERACTION[int(edge["sign"])]} for edge in rows]
    used = {edge[end] for edge in edges for end in ("source", "target")}
    genes = tuple(gene for gene in network.genes if gene in used)
    at = positions(to_digraph(genes, network.edges, {}))
    svg = _canvas(at, name, title)
    strongest = max((abs(edge["weight"]) for edge in edges), default=1.0)
    for number in reversed(range(len(edges))):
        _draw_edge(svg, edges[number], number, at, strongest, name)
    for gene, place in at.items():
        _draw_gene(svg, gene, place)
    return ElementTree.tostring(svg, encoding="unicode", short_empty_elements=False)


def node_width(gene: str) -> float:
    """Width of the box around a name."""
    return max(44.0, _LETTER * len(gene) + _PADDING)


def _canvas(at: dict[str, Place], name: str, title: str) -> ElementTree.Element:
    """The empty drawing, with the ends that edges have."""
    corners = list(at.values()) or [(0.0, 0.0)]
    left, top = (min(place[k] for place in corners) - 0.6 * SPACING for k in (0, 1))
    right, bottom = (max(place[k] for place in corners) + 0.6 * SPACING for k in (0, 1))
    svg = ElementTree.Element(
        "svg",
        {
            "id": name, "xmlns": "http://www.w3.org/2000/svg", "role": "img",
            "viewBox": f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}",
            "style": f"min-width:{_LEAST * (right - left):.0f}px",
        },
    )  # fmt: skip
    _add(svg, "title").text = title
    ends = _add(svg, "defs")
    for kind, shape in _ENDS.items():
        marker = _add(
            ends, "marker", id=f"{name}-{kind}", viewBox="0 0 10 10", refX="10", refY="5",
            markerWidth="12", markerHeight="12", markerUnits="userSpaceOnUse", orient="auto",
        )  # fmt: skip
        marker.set("class", kind)
        _add(marker, "path", d=shape, fill=COLORS[kind])
    return svg


def _draw_edge(
    svg: ElementTree.Element, edge: Edge, number: int, at: dict[str, Place], strongest: float,
    name: str,
) -> None:  # fmt: skip
    source, target, kind = edge["source"], edge["target"], edge["interaction"]
    group = _add(svg, "g")
    for key, text in (
        ("class", f"edge {kind}"), ("data-edge", str(number)), ("data-source", source),
        ("data-target", target),
    ):  # fmt: skip
        group.set(key, text)
    _add(group, "title").text = f"{source} {kind} {target}"
    path = _loop(at[source]) if source == target else _curve(source, target, at)
    width = _WIDTHS[0] + (_WIDTHS[1] - _WIDTHS[0]) * abs(edge["weight"]) / strongest
    line = _add(group, "path", d=path, fill="none", stroke=COLORS[kind], opacity=_opacity(edge))
    for key, text in (
        ("class", "line"), ("stroke-width", f"{width:.2f}"), ("marker-end", f"url(#{name}-{kind})"),
    ):  # fmt: skip
        line.set(key, text)


def _draw_gene(svg: ElementTree.Element, gene: str, place: Place) -> None:
    width = node_width(gene)
    group = _add(svg, "g", transform=f"translate({place[0]:.1f} {place[1]:.1f})")
    group.set("class", "node")
    group.set("data-gene", gene)
    _add(
        group, "rect", x=f"{-width / 2:g}", y=f"{-HEIGHT / 2:g}", width=f"{width:g}",
        height=f"{HEIGHT:g}", rx="7", fill=NODE_FILL, stroke=NODE_BORDER,
    )  # fmt: skip
    label = _add(group, "text", dy="0.35em", fill=LABEL)
    label.set("text-anchor", "middle")
    label.set("font-size", "14")
    label.text = gene


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _opacity(edge: Edge) -> str:
    confidence = edge["confidence"]
    opacity = OPACITIES[0] + (OPACITIES[1] - OPACITIES[0]) * confidence
    return f"{1.0 if math.isnan(confidence) else opacity:.2f}"


def _loop(place: Place) -> str:
    x, y = place[0], place[1] - HEIGHT / 2
    return (
        f"M{x - 9:.1f},{y:.1f} C{x - _LOOP:.1f},{y - 1.2 * _LOOP:.1f} "
        f"{x + _LOOP:.1f},{y - 1.2 * _LOOP:.1f} {x + 9:.1f},{y - _GAP:.1f}"
    )


def _curve(source: str, target: str, at: dict[str, Place]) -> str:
    """From border to border, bent to the left of its way."""
    (x0, y0), (x1, y1) = at[source], at[target]
    middle = (x0 + x1) / 2 + _BEND * (y1 - y0), (y0 + y1) / 2 - _BEND * (x1 - x0)
    start, end = _border(at[source], middle, source), _border(at[target], middle, target)
    return (
        f"M{start[0]:.1f},{start[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {end[0]:.1f},{end[1]:.1f}"
    )


def _border(middle: Place, toward: Place, gene: str) -> Place:
    """Where the way from a node's middle leaves its box."""
    across, down = toward[0] - middle[0], toward[1] - middle[1]
    half_width, half_height = node_width(gene) / 2 + _GAP, HEIGHT / 2 + _GAP
    reach = min(
        half_width / abs(across) if across else math.inf,
        half_height / abs(down) if down else math.inf,
        0.9,  # two boxes that touch still get a line between them
    )
    return middle[0] + reach * across, middle[1] + reach * down
