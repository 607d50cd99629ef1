"""What each perturbation does to each gene, as a table of colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl.style import figure_of, figure_style, new_axes, signed_colors

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_CELL = 0.27  # inches a gene


def plot_effects(
    effects: pd.DataFrame, *, time: float | None = None, most: int = 25, ax: Axes | None = None
) -> Axes:
    """Predicted change of the mean, perturbations in rows and genes in columns.

    A dot marks a change whose interval over the members holds no zero. The perturbed gene
    itself, whose change is no prediction, is crossed out.

    Parameters
    ----------
    effects
        `KnockoutResult.effects`, or the table ``knockouts.csv``.
    time
        Which; the last unless given.
    most
        At most so many perturbations, and so many genes: those that change most.
    ax
        Where to draw; new axes unless given.
    """
    times = np.unique(effects["time"].to_numpy(float))
    if not len(times):
        raise InputError("a table with effects", "none", "predict a perturbation first")
    moment = times[-1] if time is None else float(time)
    if not np.isclose(times, moment).any():
        there = ", ".join(f"{one:g}" for one in times)
        raise InputError(f"one of the times {there}", f"{moment:g}", "name one of these")
    rows = effects[np.isclose(effects["time"].to_numpy(float), moment)]
    wide = rows.pivot(index="perturbation", columns="gene", values=["delta", "low", "high"])
    delta = wide["delta"]
    itself = np.array([[gene in _genes_of(name) for gene in delta.columns] for name in delta.index])
    size = delta.abs().where(~itself, 0.0)
    kept = (size.sum(axis=1), size.sum(axis=0))
    names, genes = (list(one.sort_values(ascending=False).index[:most]) for one in kept)
    shown = delta.loc[names, genes].to_numpy(float)
    low, high = (wide[end].loc[names, genes].to_numpy(float) for end in ("low", "high"))
    own = np.array([[gene in _genes_of(name) for gene in genes] for name in names])
    largest = np.nanmax(np.abs(np.where(own, 0.0, shown)), initial=0.0)
    limit = largest if largest > 0 else 1.0
    with figure_style():
        if ax is None:
            ax = new_axes(2.6 + _CELL * len(genes), 1.2 + _CELL * len(names))
        colors = np.where(own, np.nan, shown)
        image = ax.imshow(colors, cmap=signed_colors(), vmin=-limit, vmax=limit, aspect="auto")
        for row, column in np.argwhere(own):
            ax.text(column, row, "×", ha="center", va="center", color="0.5")
        sure = np.argwhere(~own & ((low > 0) | (high < 0)))
        ax.scatter(sure[:, 1], sure[:, 0], s=6, color="black", linewidths=0)
        ax.set_xticks(range(len(genes)), genes, rotation=90)
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        bar = figure_of(ax).colorbar(image, ax=ax, shrink=0.7, pad=0.02)
        bar.set_label("change of the mean")
        ax.set_title(
            f"Predicted change at time {moment:g}\nblue up, orange down\n"
            "dot: the interval holds no zero"
        )
    return ax


def _genes_of(name: str) -> set[str]:
    from hillflow.interventions import Intervention

    return {action.gene for action in Intervention.parse(name)}
