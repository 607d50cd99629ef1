"""Who regulates whom as a table of colours, each with how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hillflow.networks.network import Network
from hillflow.pl.style import figure_of, figure_style, new_axes, signed_colors

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SURE = 0.8
_CELL = 0.27  # inches a gene


def plot_regulators(graph: Network, *, most: int = 30, ax: Axes | None = None) -> Axes:
    """Signed weights, regulators in rows and targets in columns; dots grow with confidence.

    Parameters
    ----------
    graph
        Of an ensemble, a dot's area is the edge's confidence, and a ring marks 0.8 or more; of
        one fit there are no dots.
    most
        At most so many regulators, and so many targets: those of the largest summed |weight|.
    ax
        Where to draw; new axes unless given.
    """
    weight, sure = graph.matrix("weight"), graph.matrix("confidence")
    sources, targets = _heaviest(weight, 1, most), _heaviest(weight, 0, most)
    shown = weight.loc[sources, targets].to_numpy()
    confidence = sure.loc[sources, targets].to_numpy()
    # A single extreme weight must not bleach all others.
    limit = float(np.quantile(np.abs(shown[shown != 0]), 0.95)) if (shown != 0).any() else 1.0
    with figure_style():
        if ax is None:
            ax = new_axes(1.9 + _CELL * len(targets), 1.2 + _CELL * len(sources))
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
        hidden = len(graph.genes) - max(len(sources), len(targets))
        ax.set_title(_title(bool(np.isfinite(confidence).any()), hidden))
    return ax


def _heaviest(weight: pd.DataFrame, axis: Literal[0, 1], most: int) -> list[str]:
    """Genes by falling summed |weight| along an axis, those without any left out."""
    total = weight.abs().sum(axis=axis)
    total = total[total > 0] if (total > 0).any() else total
    return [str(gene) for gene in total.sort_values(ascending=False, kind="stable").index[:most]]


def _dots(ax: Axes, confidence: np.ndarray) -> None:
    for row, column in np.argwhere(confidence > 0):
        value = confidence[row, column]
        ring: dict[str, Any] = {"facecolor": "black", "edgecolor": "white", "linewidth": 0.8}
        plain: dict[str, Any] = {"facecolor": "0.25", "linewidth": 0}
        ax.scatter(column, row, s=30 * value, zorder=3, **(ring if value >= SURE else plain))


def _title(sure: bool, hidden: int) -> str:
    parts = ["Weight of each edge\nblue activates, orange represses"]
    if sure:
        parts.append(f"dot area: confidence (black: {SURE} or more)")
    if hidden > 0:
        parts.append(f"{hidden:,} lighter genes not drawn")
    return "\n".join([parts[0], "; ".join(parts[1:])]).rstrip()
