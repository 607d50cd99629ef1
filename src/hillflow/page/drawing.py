"""The network as SVG: every gene and edge is an element that the page's script can find.

Colours are left to the style sheet, which knows light from dark.
"""

from __future__ import annotations

import math
from typing import Any

from hillflow.networks.layout import SPACING
from hillflow.networks.style import OPACITIES
from hillflow.page.parts import Html, join, tag

HEIGHT = 26.0  # of a node
_LETTER, _PADDING = 8.4, 18.0
_WIDTHS = (1.2, 5.0)  # of the weakest and the strongest edge
_BEND = 0.12  # of an edge's length, to the side: opposite edges do not cover each other
_GAP = 3.0  # between an edge's end and the node
_LOOP = 34.0
_LEAST = 0.75  # screen pixels a unit of the drawing, names being 14 units high

Place = tuple[float, float]


def draw(edges: list[dict[str, Any]], at: dict[str, Place], label: str) -> Html:
    """An ``<svg>`` of the edges, strongest last so that it lies on top, and the genes.

    Parameters
    ----------
    edges
        ``source, target, weight, confidence`` and ``interaction``, by falling |weight|.
    at
        Where the middle of each gene lies.
    label
        What a screen reader says in place of the drawing.
    """
    strongest = max(abs(edge["weight"]) for edge in edges)
    lines = [_edge(k, edge, at, strongest) for k, edge in enumerate(edges)]
    nodes = [_node(gene, place) for gene, place in at.items()]
    left, top = (min(place[k] for place in at.values()) - 0.6 * SPACING for k in (0, 1))
    right, bottom = (max(place[k] for place in at.values()) + 0.6 * SPACING for k in (0, 1))
    # Never so small that names cannot be read: what does not fit is scrolled.
    least = f"min-width:{_LEAST * (right - left):.0f}px"
    box = f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"
    return tag(
        "svg", tag("title", label), _markers(), *reversed(lines), *nodes, id="drawing",
        viewBox=box, role="img", style=least, xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def node_width(gene: str) -> float:
    """Of the box around a name."""
    return max(44.0, _LETTER * len(gene) + _PADDING)


def _markers() -> Html:
    shapes = {
        "activates": ("M0,0 L10,5 L0,10 Z", 10),
        "inhibits": ("M7,0 L10,0 L10,10 L7,10 Z", 10),
        "regulates": ("M3,5 a3.5,3.5 0 1,0 7,0 a3.5,3.5 0 1,0 -7,0", 10),
    }
    return tag(
        "defs",
        *(
            tag(
                "marker", tag("path", d=path), id=f"end-{kind}", class_=kind, viewBox="0 0 10 10",
                refX=end, refY=5, markerWidth=12, markerHeight=12, markerUnits="userSpaceOnUse",
                orient="auto",
            )
            for kind, (path, end) in shapes.items()
        ),
    )  # fmt: skip


def _node(gene: str, place: Place) -> Html:
    width = node_width(gene)
    box = tag("rect", x=-width / 2, y=-HEIGHT / 2, width=width, height=HEIGHT, rx=7)
    name = tag("text", gene, text_anchor="middle", dy="0.35em")
    at = f"translate({place[0]:.1f} {place[1]:.1f})"
    return tag("g", box, name, class_="node", data_gene=gene, transform=at)


def _edge(number: int, edge: dict[str, Any], at: dict[str, Place], strongest: float) -> Html:
    kind, sure = edge["interaction"], edge["confidence"]
    share = abs(edge["weight"]) / strongest
    width = _WIDTHS[0] + (_WIDTHS[1] - _WIDTHS[0]) * share
    opacity = 1.0 if math.isnan(sure) else OPACITIES[0] + (OPACITIES[1] - OPACITIES[0]) * sure
    name = f"{edge['source']} {kind} {edge['target']}"
    if edge["source"] == edge["target"]:
        path = _loop(at[edge["source"]])
    else:
        path = _curve(at[edge["source"]], at[edge["target"]], edge["source"], edge["target"])
    line = tag(
        "path", d=path, class_="line", stroke_width=f"{width:.2f}", opacity=f"{opacity:.2f}",
        marker_end=f"url(#end-{kind})",
    )  # fmt: skip
    wide = tag("path", d=path, class_="hit")
    return tag(
        "g", join([tag("title", name), wide, line]), class_=f"edge {kind}", data_edge=number,
        data_source=edge["source"], data_target=edge["target"],
    )  # fmt: skip


def _loop(place: Place) -> str:
    x, y = place[0], place[1] - HEIGHT / 2
    return (
        f"M{x - 9:.1f},{y:.1f} C{x - _LOOP:.1f},{y - 1.2 * _LOOP:.1f} "
        f"{x + _LOOP:.1f},{y - 1.2 * _LOOP:.1f} {x + 9:.1f},{y - _GAP:.1f}"
    )


def _curve(source: Place, target: Place, source_name: str, target_name: str) -> str:
    """From border to border, bent to the left of its way."""
    across, down = target[0] - source[0], target[1] - source[1]
    middle = (
        (source[0] + target[0]) / 2 + _BEND * down,
        (source[1] + target[1]) / 2 - _BEND * across,
    )
    start, end = _border(source, middle, source_name), _border(target, middle, target_name)
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
    )
    reach = min(reach, 0.9)  # two boxes that touch still get a line between them
    return middle[0] + reach * across, middle[1] + reach * down
