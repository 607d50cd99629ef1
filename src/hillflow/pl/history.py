"""How a fit went: the loss of each stage, and how well one step ahead lands meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl.style import CATEGORIES, figure_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_JUDGE = "validation_loss"
_FEW = 5  # looks: a line through fewer is hard to see, and through one there is none
_NO_LOSS = ("stage", "step", "member", "penalty", _JUDGE)  # a penalty has a scale of its own


def plot_history(history: pd.DataFrame) -> Figure:
    """Loss terms (log scale) above, landing error on held-back cells below, by step.

    Parameters
    ----------
    history
        A row a look: ``stage``, ``step``, one column a loss term, and perhaps
        ``validation_loss``; steps count from the start of their stage. The penalty is left out.
    """
    from matplotlib.figure import Figure

    if history.empty:
        raise InputError("a history of at least one look", "none", "fit for more steps")
    terms = [name for name in history.columns if name not in _NO_LOSS]
    judged = _JUDGE in history.columns and bool(history[_JUDGE].notna().any())
    step, borders = _steps_in_a_row(history)
    marker = "o" if len(history) < _FEW else None
    with figure_style():
        figure = Figure(figsize=(5.8, 4.2 if judged else 2.6))
        panels = np.atleast_1d(figure.subplots(1 + judged, 1, sharex=True))
        for name, color in zip(terms, _cycled(len(terms)), strict=True):
            values = history[name].to_numpy(np.float64)
            shown = np.where(values > 0, values, np.nan)
            panels[0].plot(step, shown, color=color, label=name, marker=marker, markersize=4)
        panels[0].set_yscale("log")
        panels[0].set_ylabel("loss")
        panels[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        if judged:
            panels[1].plot(step, history[_JUDGE], color=CATEGORIES[1], marker=marker, markersize=4)
            panels[1].set_ylabel("landing error")
        for panel in panels:
            _mark(panel, borders)
        panels[-1].set_xlabel("step")
    return figure


def _steps_in_a_row(history: pd.DataFrame) -> tuple[np.ndarray, list[float]]:
    """Steps counted through all stages, [looks], and where one stage gives way to the next."""
    lengths = history.groupby("stage", sort=True)["step"].max()
    before = lengths.cumsum().shift(fill_value=0.0)
    step = history["step"].to_numpy(np.float64) + before.loc[history["stage"]].to_numpy(np.float64)
    return step, [float(value) for value in before.iloc[1:]]


def _mark(panel: Axes, borders: list[float]) -> None:
    for border in borders:
        panel.axvline(border, color="0.7", linewidth=0.8, linestyle=":")


def _cycled(count: int) -> list[str]:
    return [CATEGORIES[k % len(CATEGORIES)] for k in range(count)]
