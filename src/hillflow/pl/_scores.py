"""A network's score beside those of simple baselines and of chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.evaluate import NetworkScores
from hillflow.pl._style import ACTIVATION, BESIDE, NEUTRAL, drawing, text_width
from hillflow.pl._validations import DrawnValidation, ValidationLike, rankings_or_validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BASELINE = "#A9BCC9"


def scores(
    rankings: Mapping[str, NetworkScores | float] | ValidationLike,
    *,
    base_rate: float | None = None,
    chance: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Bars of average precision, the first in colour, over the band that chance reaches.

    Parameters
    ----------
    rankings
        By name, the network first: scores, or the average precision itself. Or a validation, or a
        run with one.
    base_rate
        Share of the pairs that are edges; that of the scores if None.
    chance
        Lower and upper end of what chance reaches, where it is known.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> ax = hf.pl.scores({"this network": 0.6, "correlation": 0.4}, base_rate=0.2)
    """
    shown = rankings_or_validation(rankings)
    if isinstance(shown, DrawnValidation):
        rankings = shown.precisions
        chance = shown.chance_interval if chance is None else chance
        base_rate = shown.base_rate if base_rate is None else base_rate
    else:
        rankings = shown
    if not rankings:
        raise InputError("one score or more", "none", "validate a network first")
    values = [r.ap if isinstance(r, NetworkScores) else r for r in rankings.values()]
    rates = [r.base_rate for r in rankings.values() if isinstance(r, NetworkScores)]
    base_rate = rates[0] if base_rate is None and rates else base_rate
    with drawing(ax, 3.9 + text_width(rankings), 0.9 + 0.28 * len(values)) as ax:
        if chance is not None:
            ax.axvspan(*chance, color=NEUTRAL, alpha=0.25, linewidth=0, label="chance, 95 %")
        colors = [ACTIVATION, *[_BASELINE] * (len(values) - 1)]
        ax.barh(np.arange(len(values)), values, height=0.65, color=colors, zorder=2)
        for row, value in enumerate(values):
            ax.text(value, row, f" {value:.2f}", va="center", fontsize=8, zorder=3)
        if base_rate is not None:
            ax.axvline(
                base_rate, color="black", linestyle=":", linewidth=1, label="base rate", zorder=3
            )
        ax.set_yticks(np.arange(len(values)), list(rankings))
        ax.set_ylim(len(values) - 0.5, -0.5)
        ax.set_xlim(0, min(1.1, 1.15 * max(values)))
        ax.set_xlabel("average precision")
        if ax.get_legend_handles_labels()[1]:
            ax.legend(**BESIDE)
    return ax
