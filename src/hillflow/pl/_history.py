"""How training went: the loss of each stage, and the validation loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hillflow.errors import InputError
from hillflow.model import Fit, Member
from hillflow.pl._results import check_table
from hillflow.pl._style import BESIDE, CATEGORIES, figure_style, panels
from hillflow.results import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_VALIDATION = "validation_loss"
_FEW = 5  # rows: a line through fewer is hard to see, and through one there is none
# not terms of the loss; the penalty has a scale of its own
_OTHER = ("stage", "step", "member", "penalty", _VALIDATION)


def history(
    record: pd.DataFrame | Run | Fit | Member,
    *,
    member: int = 0,
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Loss terms by step (log scale) and, below, the validation loss where there is one.

    Parameters
    ----------
    record
        A run, a fit, or the ``history`` of one: ``stage``, ``step``, one column a loss term,
        and perhaps ``validation_loss``. Steps count from the start of their stage. The penalty
        is not drawn.
    member
        Which member of an ensemble, where the table has a column ``member``.
    axes
        Axes to draw on: one, or two where there is a validation loss; a new figure if None.

    Returns
    -------
    ndarray of Axes
        The axes drawn on: loss, and validation loss where there is one.

    Examples
    --------
    >>> import pandas as pd
    >>> import hillflow as hf
    >>> record = pd.DataFrame({"stage": [0, 0], "step": [50, 100], "velocity": [3.0, 1.0]})
    >>> axes = hf.pl.history(record)
    """
    table = record.history if isinstance(record, Run | Fit | Member) else record
    rows = check_table(table, ("stage", "step"), "a run, a fit or a training history", "the run")
    if "member" in rows:
        rows = rows[rows["member"] == member]
    if rows.empty:
        raise InputError("a training history with at least one row", "none", "fit for more steps")
    terms = [name for name in rows.columns if name not in _OTHER]
    validated = _VALIDATION in rows.columns and bool(rows[_VALIDATION].notna().any())
    step, borders = _consecutive_steps(rows)
    marker = "o" if len(rows) < _FEW else None
    with figure_style():
        drawn = panels(axes, 1 + validated, (5.8, 4.2 if validated else 2.6), sharex=True)
        for k, name in enumerate(terms):
            values = rows[name].to_numpy(np.float64)
            shown = np.where(values > 0, values, np.nan)
            color = CATEGORIES[k % len(CATEGORIES)]
            drawn[0].plot(step, shown, color=color, label=name, marker=marker, markersize=4)
        drawn[0].set_yscale("log")
        drawn[0].set_ylabel("loss")
        drawn[0].legend(**BESIDE)
        if validated:
            color = CATEGORIES[1]
            drawn[1].plot(step, rows[_VALIDATION], color=color, marker=marker, markersize=4)
            drawn[1].set_ylabel("validation loss")
        for ax in drawn:
            for border in borders:
                ax.axvline(border, color="0.7", linewidth=0.8, linestyle=":")
        drawn[-1].set_xlabel("step")
    return drawn


def _consecutive_steps(record: pd.DataFrame) -> tuple[np.ndarray, list[float]]:
    """Steps counted through all stages, [rows], and where one stage follows another."""
    lengths = record.groupby("stage", sort=True)["step"].max()
    before = lengths.cumsum().shift(fill_value=0.0)
    step = record["step"].to_numpy(np.float64) + before.loc[record["stage"]].to_numpy(np.float64)
    return step, [float(value) for value in before.iloc[1:]]
