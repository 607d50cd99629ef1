"""A regulatory network as a drawing: arrows activate, bars inhibit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.networks.layout import SPACING, positions
from hillflow.networks.network import INTERACTION
from hillflow.networks.style import COLORS, LABEL, NODE_BORDER, NODE_FILL, OPACITIES
from hillflow.pl._results import NetworkLike, network_of
from hillflow.pl._style import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTHS = (0.7, 3.2)  # of the weakest and the strongest edge drawn, points
RADIUS = 13.0  # between the middle of a node and the end of an edge, points


def network(
    graph: NetworkLike,
    *,
    top: int | None = 40,
    confidence: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the strongest edges: width by weight, opacity by confidence, colour and end by sign.

    Parameters
    ----------
    graph
        A network, a run with one, or a table of edges. Genes without a drawn edge are left out;
        self-edges are loops.
    top, confidence
        As in `Network.select`; None for no bound.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import numpy as np
    >>> import hillflow as hf
    >>> from hillflow.networks import Network
    >>> weight = np.array([[0.0, -1.0], [2.0, 0.0]])  # [target, source]
    >>> ax = hf.pl.network(Network.from_matrix(["GATA1", "SPI1"], weight))
    """
    whole = network_of(graph)
    shown = whole.select(top=top, confidence=confidence)
    nodes = shown.to_networkx()
    nodes.remove_nodes_from([gene for gene in shown.genes if not nodes.degree(gene)])
    at = {gene: (x, -y) for gene, (x, y) in positions(nodes).items()}
    strongest = float(shown.edges["weight"].abs().max())
    with drawing(ax, 5.4, 4.6) as ax:
        for edge in shown.edges.iloc[::-1].to_dict("records"):  # the strongest on top
            _draw_edge(ax, edge, at, strongest)
        draw_nodes(ax, at, at)
        more = f" of {len(whole):,}" if len(whole) > len(shown) else ""
        ax.set_title(f"The {len(shown):,} strongest{more} edges, width by weight")
        draw_legend(ax, {INTERACTION[int(sign)] for sign in shown.edges["sign"]})
    return ax


def _draw_edge(
    ax: Axes, edge: Mapping[Any, Any], at: dict[str, tuple[float, float]], strongest: float
) -> None:
    kind, confidence = INTERACTION[int(edge["sign"])], edge["confidence"]
    faintest, boldest = OPACITIES
    opacity = boldest if np.isnan(confidence) else faintest + (boldest - faintest) * confidence
    share = abs(edge["weight"]) / strongest
    width = WIDTHS[0] + (WIDTHS[1] - WIDTHS[0]) * share
    draw_arrow(
        ax, kind, at[edge["source"]], at[edge["target"]], width, color=COLORS[kind],
        opacity=opacity, zorder=2 + share,
    )  # fmt: skip


def draw_arrow(
    ax: Axes,
    kind: str,
    source: tuple[float, float],
    target: tuple[float, float],
    width: float,
    *,
    color: str,
    opacity: float = 1.0,
    zorder: float = 2.0,
    shrink: tuple[float, float] = (RADIUS, RADIUS),
    curved: bool = True,
) -> None:
    """Draw an edge with the end of its kind; a loop from a node to itself.

    `shrink` is the distance, in points, of its two ends from the middles of the nodes.
    """
    from matplotlib.patches import FancyArrowPatch

    style: dict[str, Any] = {"connectionstyle": f"arc3,rad={0.12 if curved else 0}",
                             "shrinkA": shrink[0], "shrinkB": shrink[1]}  # fmt: skip
    if source == target:
        x, y = source
        reach = 0.36 * SPACING
        source, target = (x - reach / 2, y + 0.12 * SPACING), (x + reach / 2, y + 0.12 * SPACING)
        style = {"connectionstyle": "arc3,rad=-1.4", "shrinkA": 0, "shrinkB": 0}
    arrow = FancyArrowPatch(
        source, target, color=color, alpha=opacity, linewidth=width,
        arrowstyle=_head(kind, width), mutation_scale=1.0, zorder=zorder, **style,
    )  # fmt: skip
    ax.add_patch(arrow)


def draw_nodes(
    ax: Axes,
    at: Mapping[str, tuple[float, float]],
    every: Mapping[str, tuple[float, float]],
    dashed: Collection[str] = (),
) -> None:
    """Draw genes as boxes, some with dashed borders, on axes that hold every node."""
    for gene, (x, y) in at.items():
        ax.text(
            x, y, gene, ha="center", va="center", fontsize=8, color=LABEL, zorder=5,
            bbox={"boxstyle": "round,pad=0.35", "fc": NODE_FILL, "ec": NODE_BORDER, "lw": 0.8,
                  "ls": "--" if gene in dashed else "-"},
        )  # fmt: skip
    place = np.array(list(every.values()))
    (left, bottom), (right, upper) = place.min(axis=0), place.max(axis=0)
    ax.set_xlim(left - 0.6 * SPACING, right + 0.6 * SPACING)
    ax.set_ylim(bottom - 0.6 * SPACING, upper + 0.6 * SPACING)
    ax.set_axis_off()


def _head(kind: str, width: float) -> str:
    size = 4 + 1.6 * width
    if kind == "activates":
        return f"-|>,head_length={size},head_width={size / 2}"
    if kind == "inhibits":
        return f"|-|,widthA=0,widthB={size / 1.6}"
    return "-"


def draw_legend(ax: Axes, kinds: set[str]) -> None:
    """The kinds of edges, below the drawing."""
    from matplotlib.lines import Line2D

    ends = {"activates": "→", "inhibits": "⊣", "regulates": "–"}
    handles = [
        Line2D([], [], color=COLORS[kind], linewidth=2, label=f"{ends[kind]} {kind}")
        for kind in COLORS
        if kind in kinds
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=3)
