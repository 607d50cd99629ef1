"""Cell fates: predicted under perturbations, and simulated beside measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal import KnockoutResult, simulated_fates
from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.pl._results import check_table
from hillflow.pl._style import BESIDE, CATEGORIES, drawing, text_width
from hillflow.results import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def fates(
    shares: pd.DataFrame | KnockoutResult | None,
    *,
    measured: Mapping[str, float] | None = None,
    top: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Stacked shares of cell fates: control above, then the perturbations that change most.

    Parameters
    ----------
    shares
        A `KnockoutResult`, or its ``fates``: a table ``perturbation, label, control, predicted``.
    measured
        Share of each label among measured control cells at the last time. Drawn as the first
        bar, to judge the simulated control by.
    top
        At most so many perturbations.
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
    >>> shares = pd.DataFrame(
    ...     {
    ...         "perturbation": ["GATA1=knockout"] * 2,
    ...         "label": ["erythroid", "myeloid"],
    ...         "control": [0.6, 0.4],
    ...         "predicted": [0.1, 0.9],
    ...     }
    ... )
    >>> ax = hf.pl.fates(shares)
    """
    table = shares.fates if isinstance(shares, KnockoutResult) else shares
    if table is None:
        raise InputError(
            "shares of fates", "none", "fates need cells with labels: name them with label=…"
        )
    # The tables that a run keeps have no shares, so a run cannot stand for its knockouts here.
    check_table(
        table, ("perturbation", "label", "control", "predicted"),
        "predicted shares of fates, or a result with them",
        "hf.knockout(run, 'GENE'); hf.pl.fate_comparison takes a run",
    )  # fmt: skip
    if table.empty:
        raise InputError("shares of fates", "an empty table", "predict a perturbation first")
    predicted = table.pivot(index="perturbation", columns="label", values="predicted")
    control = table.groupby("label", sort=False)["control"].first()
    change = (predicted - control).abs().sum(axis=1).sort_values(ascending=False, kind="stable")
    labels = list(control.sort_values(ascending=False, kind="stable").index)
    bars = {"control, simulated": control[labels].to_numpy(float)}
    if measured is not None:
        bars = {
            "control, measured": np.array([measured.get(label, 0.0) for label in labels]),
            **bars,
        }
    controls = len(bars)
    bars |= {name: predicted.loc[name, labels].to_numpy(float) for name in change.index[:top]}
    values = np.vstack(list(bars.values()))
    place = np.arange(len(bars)) + (np.arange(len(bars)) >= controls) * 0.35  # a gap after control
    with drawing(ax, 3.6 + text_width(bars) + text_width(labels), 0.9 + 0.28 * len(bars)) as ax:
        _bars(ax, place, values, labels)
        ax.set_yticks(place, list(bars))
        ax.set_ylim(place[-1] + 0.55, -0.55)
        ax.set_title("Cell fates, control and perturbed")
    return ax


def fate_comparison(shares: pd.DataFrame | Run, *, ax: Axes | None = None) -> Axes:
    """Stacked shares of cell fates at the last time: measured above simulated, by condition.

    Parameters
    ----------
    shares
        A run on snapshots with labels, or the table of `hillflow.causal.simulated_fates`:
        ``perturbation, label, measured, simulated``.
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
    >>> shares = pd.DataFrame(
    ...     {
    ...         "perturbation": ["control"] * 2,
    ...         "label": ["erythroid", "myeloid"],
    ...         "measured": [0.6, 0.4],
    ...         "simulated": [0.55, 0.45],
    ...     }
    ... )
    >>> ax = hf.pl.fate_comparison(shares)
    """
    if isinstance(shares, Run):
        data, known = shares.data, shares.fates
        if not isinstance(data, Snapshots):
            raise UnsupportedError("a run on snapshots", "one on series", "series have no fates")
        shares = simulated_fates(shares.fit, data) if known is None else known
    if "simulated" not in getattr(shares, "columns", ()):
        raise InputError(
            "a run, or a table of measured and simulated shares", type(shares).__name__,
            "pass the run, or simulated_fates(run.fit, run.data); for knockouts see hf.pl.fates",
        )  # fmt: skip
    conditions = list(dict.fromkeys(shares["perturbation"]))
    labels = list(dict.fromkeys(shares["label"]))
    names = [f"{one}, {kind}" for one in conditions for kind in ("measured", "simulated")]
    values = np.array([
        shares[shares["perturbation"] == one].set_index("label").loc[labels, kind].to_numpy(float)
        for one in conditions for kind in ("measured", "simulated")
    ])  # fmt: skip
    place = np.arange(len(names)) + 0.35 * (np.arange(len(names)) // 2)  # pairs stand together
    with drawing(ax, 3.6 + text_width(names) + text_width(labels), 0.9 + 0.3 * len(names)) as ax:
        _bars(ax, place, values, labels)
        ax.set_yticks(place, names)
        ax.set_ylim(place[-1] + 0.55, -0.55)
        ax.set_title("Cell fates, measured and simulated")
    return ax


def _bars(ax: Axes, place: np.ndarray, values: np.ndarray, labels: list[str]) -> None:
    """Bars of shares [bars, labels] that add up to 1."""
    left = np.zeros(len(place))
    for index, label in enumerate(labels):
        ax.barh(
            place, values[:, index], left=left, height=0.75, label=label, edgecolor="white",
            color=CATEGORIES[index % len(CATEGORIES)], linewidth=0.8,
        )  # fmt: skip
        left += values[:, index]
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    ax.set_xlabel("share of cells at the last time")
    ax.legend(**BESIDE)
