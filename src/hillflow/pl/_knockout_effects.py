"""What each perturbation does to each gene, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.pl._results import KnockoutsLike, effects_of
from hillflow.pl._style import drawing, figure_of, signed_colors, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CELL = 0.27  # inches a gene


def knockout_effects(
    effects: KnockoutsLike, *, time: float | None = None, top: int = 25, ax: Axes | None = None
) -> Axes:
    """Predicted change of each gene's mean, perturbations in rows and genes in columns.

    A dot marks a change whose interval over the members excludes zero. The perturbed gene
    itself, whose change is no prediction, is crossed out.

    Parameters
    ----------
    effects
        A `KnockoutResult`, a run with perturbations, or their ``effects``: ``knockouts.csv``.
    time
        At which time; the last if None.
    top
        At most so many perturbations, and so many genes: those that change most.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import pandas as pd
    >>> import hillflow as hf
    >>> effects = pd.read_csv("run/knockouts.csv", keep_default_na=False)
    >>> ax = hf.pl.knockout_effects(effects)
    """
    table = effects_of(effects)
    times = np.unique(table["time"].to_numpy(float))
    if not len(times):
        raise InputError("a table with effects", "none", "predict a perturbation first")
    moment = times[-1] if time is None else float(time)
    if not np.isclose(times, moment).any():
        known = ", ".join(f"{value:g}" for value in times)
        raise InputError(f"one of the times {known}", f"{moment:g}", "name one of these")
    rows = table[np.isclose(table["time"].to_numpy(float), moment)]
    wide = rows.pivot(index="perturbation", columns="gene", values=["delta", "low", "high"])
    delta = wide["delta"]
    own = _perturbed(list(delta.index), list(delta.columns))
    size = delta.abs().where(~own, 0.0)
    names, genes = (
        list(size.sum(axis=axis).sort_values(ascending=False).index[:top]) for axis in (1, 0)
    )
    shown = delta.loc[names, genes].to_numpy(float)
    low, high = (wide[end].loc[names, genes].to_numpy(float) for end in ("low", "high"))
    own = _perturbed(names, genes)
    largest = np.nanmax(np.abs(np.where(own, 0.0, shown)), initial=0.0)
    limit = largest if largest > 0 else 1.0
    size = (
        1.5 + text_width(names) + _CELL * max(len(genes), 4),
        0.9 + text_width(genes) + _CELL * max(len(names), 4),
    )
    with drawing(ax, *size) as ax:
        colors = np.where(own, np.nan, shown)
        image = ax.imshow(colors, cmap=signed_colors(), vmin=-limit, vmax=limit, aspect="auto")
        for row, column in np.argwhere(own):
            ax.text(column, row, "×", ha="center", va="center", color="0.5")
        clear = np.argwhere(~own & ((low > 0) | (high < 0)))
        ax.scatter(clear[:, 1], clear[:, 0], s=6, color="black", linewidths=0)
        ax.set_xticks(range(len(genes)), genes, rotation=90)
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        bar = figure_of(ax).colorbar(image, ax=ax, shrink=0.7 if len(names) > 6 else 1.0, pad=0.02)
        bar.set_label("change of the mean")
        ax.set_title(
            f"Predicted change at time {moment:g}\nblue up, orange down\n"
            "dot: the interval excludes zero"
        )
    return ax


def _perturbed(names: list[str], genes: list[str]) -> np.ndarray:
    """Whether each perturbation acts on each gene itself, [perturbations, genes]."""
    acted_on = [set(Intervention.parse(name).perturbed) for name in names]
    return np.array([[gene in own for gene in genes] for own in acted_on])
