"""The network as a drawing: where every gene and edge lies, for the template that draws it."""

from __future__ import annotations

import math
from typing import Any

from hillflow.networks.layout import SPACING
from hillflow.networks.style import OPACITIES

HEIGHT = 26.0  # of a node
_LETTER, _PADDING = 8.4, 18.0
_WIDTHS = (1.2, 5.0)  # of the weakest and the strongest edge
_BEND = 0.12  # of an edge's length, to the side: opposite edges do not cover each other
_GAP = 3.0  # between an edge's end and the node
_LOOP = 34.0
_LEAST = 0.75  # screen pixels a unit of the drawing, names being 14 units high

Place = tuple[float, float]


def drawing(edges: list[dict[str, Any]], at: dict[str, Place]) -> dict[str, Any]:
    """The shapes to draw, the strongest edge last so that it lies on top.

    Parameters
    ----------
    edges
        ``source, target, weight, confidence`` and ``interaction``, by falling |weight|.
    at
        Where the middle of each gene lies.

    Returns
    -------
    dict
        ``box``, the ``viewBox``; ``width``, so many pixels at least that names can be read;
        ``edges``, ``nodes`` and the ``height`` of a node.
    """
    strongest = max(abs(edge["weight"]) for edge in edges)
    left, top = (min(place[k] for place in at.values()) - 0.6 * SPACING for k in (0, 1))
    right, bottom = (max(place[k] for place in at.values()) + 0.6 * SPACING for k in (0, 1))
    return {
        "box": f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}",
        "width": f"{_LEAST * (right - left):.0f}",
        "height": HEIGHT,
        "edges": [
            {**edge, "number": k, **_line(edge, at, strongest)} for k, edge in enumerate(edges)
        ][::-1],
        "nodes": [
            {"gene": gene, "x": f"{x:.1f}", "y": f"{y:.1f}", "width": node_width(gene)}
            for gene, (x, y) in at.items()
        ],
    }


def node_width(gene: str) -> float:
    """Width of the box around a name."""
    return max(44.0, _LETTER * len(gene) + _PADDING)


def _line(edge: dict[str, Any], at: dict[str, Place], strongest: float) -> dict[str, str]:
    confidence = edge["confidence"]
    width = _WIDTHS[0] + (_WIDTHS[1] - _WIDTHS[0]) * abs(edge["weight"]) / strongest
    opacity = OPACITIES[0] + (OPACITIES[1] - OPACITIES[0]) * confidence
    source, target = edge["source"], edge["target"]
    path = _loop(at[source]) if source == target else _curve(source, target, at)
    return {
        "path": path,
        "width": f"{width:.2f}",
        "opacity": f"{1.0 if math.isnan(confidence) else opacity:.2f}",
    }


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
