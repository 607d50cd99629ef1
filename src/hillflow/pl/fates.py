"""What becomes of the cells, untouched and perturbed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.pl.style import CATEGORIES, figure_style, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_fates(
    fates: pd.DataFrame | None,
    *,
    measured: Mapping[str, float] | None = None,
    most: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Stacked shares of the fates: the control above, then the perturbations that move most.

    Parameters
    ----------
    fates
        `KnockoutResult.fates`: ``perturbation, label, control, predicted``.
    measured
        Shares of the labels among measured control cells at that time, to judge the model by:
        a bar above its own.
    most
        At most so many perturbations.
    ax
        Where to draw; new axes unless given.
    """
    if fates is None or fates.empty:
        raise InputError(
            "shares of fates", "none", "fates need cells with labels: name them with label=…"
        )
    predicted = fates.pivot(index="perturbation", columns="label", values="predicted")
    control = fates.groupby("label", sort=False)["control"].first()
    moved = (predicted - control).abs().sum(axis=1).sort_values(ascending=False, kind="stable")
    names = list(moved.index[:most])
    labels = list(control.sort_values(ascending=False, kind="stable").index)
    rows = {"control, simulated": control[labels].to_numpy(float)}
    if measured is not None:
        rows = {"control, measured": np.array([measured.get(one, 0.0) for one in labels]), **rows}
    first = len(rows)
    rows |= {name: predicted.loc[name, labels].to_numpy(float) for name in names}
    shares = np.vstack(list(rows.values()))
    place = np.arange(len(shares)) + (np.arange(len(shares)) >= first) * 0.35  # controls apart
    with figure_style():
        ax = new_axes(5.6, 0.9 + 0.28 * len(shares)) if ax is None else ax
        left = np.zeros(len(shares))
        for index, label in enumerate(labels):
            color = CATEGORIES[index % len(CATEGORIES)]
            ax.barh(
                place, shares[:, index], left=left, height=0.75, color=color, label=label,
                edgecolor="white", linewidth=0.8,
            )  # fmt: skip
            left += shares[:, index]
        ax.set_yticks(place, list(rows))
        ax.set_ylim(place[-1] + 0.55, -0.55)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        ax.set_xlabel("share of cells at the last time")
        ax.set_title("Fates, untouched and perturbed")
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
