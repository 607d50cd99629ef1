"""Who regulates whom as a heat map, each edge with its confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hillflow.networks.drivers import CONFIDENT
from hillflow.pl._results import NetworkLike, network_of
from hillflow.pl._style import drawing, figure_of, signed_colors, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_CELL = 0.27  # inches a gene


def regulators(graph: NetworkLike, *, top: int = 30, ax: Axes | None = None) -> Axes:
    """Signed weights, regulators in rows and targets in columns; dots grow with confidence.

    Parameters
    ----------
    graph
        A network, a run with one, or a table of edges. Where edges have a confidence, it is a dot's
        area, and the dot is black from 0.8.
    top
        At most so many regulators, and so many targets: those with the largest summed |weight|.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.networks import Network
    >>> ax = hf.pl.regulators(Network.load("run/edges.csv"))
    """
    whole = network_of(graph)
    weight, confidences = whole.matrix("weight"), whole.matrix("confidence")
    sources, targets = _heaviest(weight, 1, top), _heaviest(weight, 0, top)
    shown = weight.loc[sources, targets].to_numpy()
    confidence = confidences.loc[sources, targets].to_numpy()
    # One extreme weight must not make all others pale.
    limit = float(np.quantile(np.abs(shown[shown != 0]), 0.95)) if (shown != 0).any() else 1.0
    size = (
        1.4 + text_width(sources) + _CELL * max(len(targets), 4),
        0.9 + text_width(targets) + _CELL * max(len(sources), 4),
    )
    with drawing(ax, *size) as ax:
        image = ax.imshow(shown, cmap=signed_colors(), vmin=-limit, vmax=limit, aspect="auto")
        ax.set_xticks(range(len(targets)), targets, rotation=90)
        ax.set_yticks(range(len(sources)), sources)
        ax.set_xlabel("target")
        ax.set_ylabel("regulator")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xticks(np.arange(-0.5, len(targets)), minor=True)
        ax.set_yticks(np.arange(-0.5, len(sources)), minor=True)
        ax.grid(which="minor", color="0.85", linewidth=0.5)
        ax.tick_params(which="minor", length=0)
        _dots(ax, confidence)
        bar = figure_of(ax).colorbar(image, ax=ax, extend="both", shrink=0.7, pad=0.02)
        bar.set_label("weight")
        hidden = len(whole.genes) - max(len(sources), len(targets))
        ax.set_title(_title(bool(np.isfinite(confidence).any()), hidden))
    return ax


def _heaviest(weight: pd.DataFrame, axis: Literal[0, 1], top: int) -> list[str]:
    """Genes by falling summed |weight| along an axis, without those that have none."""
    total = weight.abs().sum(axis=axis)
    total = total[total > 0] if (total > 0).any() else total
    return [str(gene) for gene in total.sort_values(ascending=False, kind="stable").index[:top]]


def _dots(ax: Axes, confidence: np.ndarray) -> None:
    high: dict[str, Any] = {"facecolor": "black", "edgecolor": "white", "linewidth": 0.8}
    low: dict[str, Any] = {"facecolor": "0.25", "linewidth": 0}
    for row, column in np.argwhere(confidence > 0):
        value = confidence[row, column]
        ax.scatter(column, row, s=30 * value, zorder=3, **(high if value >= CONFIDENT else low))


def _title(confident: bool, hidden: int) -> str:
    lines = ["Weight of each edge", "blue activates, orange represses"]
    lines += [f"dot area: confidence (black: {CONFIDENT} or more)"] * confident
    if hidden > 0:
        lines.append(f"{hidden:,} gene{'s' * (hidden > 1)} with smaller weights not drawn")
    return "\n".join(lines)
