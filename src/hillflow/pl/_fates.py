"""Cell fates: predicted under perturbations, and simulated beside measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal import simulated_fates
from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.interventions import Intervention
from hillflow.pl._results import KnockoutsLike, fates_of
from hillflow.pl._style import BESIDE, CATEGORIES, drawing, text_width
from hillflow.results import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


_GAP = 0.6  # bars, before a control


def fates(
    shares: KnockoutsLike | None,
    *,
    measured: Mapping[str, float] | None = None,
    top: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Stacked shares of cell fates: the perturbations that change most, each below its control.

    Cells are compared without the perturbed genes, so perturbations of different genes have
    different controls; one is drawn for all that share it.

    Parameters
    ----------
    shares
        A `KnockoutResult`, a run with perturbations, or their ``fates``: ``fates.csv``, a table
        ``perturbation, label, control, predicted``.
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
    table = fates_of(shares)
    if table.empty:
        raise InputError("shares of fates", "an empty table", "predict a perturbation first")
    predicted, control = (
        table.pivot(index="perturbation", columns="label", values=name)
        for name in ("predicted", "control")
    )
    change = (predicted - control).abs().sum(axis=1).sort_values(ascending=False, kind="stable")
    labels = list(control.mean().sort_values(ascending=False, kind="stable").index)
    names, bars, gaps = list[str](), list[np.ndarray](), list[float]()
    if measured is not None:
        names.append("control, measured")
        bars.append(np.array([measured.get(label, 0.0) for label in labels]))
        gaps.append(0.0)
    for own, of_control in _by_control(control.loc[change.index[:top], labels]):
        names += [f"control, simulated{_aside(own) if len(change) > len(own) else ''}", *own]
        bars += [of_control, *predicted.loc[own, labels].to_numpy(float)]
        gaps += [_GAP * (len(gaps) > 1), 0.0]  # the simulated control is below the measured
        gaps += [0.0] * (len(own) - 1)
    values = np.vstack(bars)
    place = np.arange(len(bars)) + np.cumsum(gaps)
    with drawing(ax, 3.6 + text_width(names) + text_width(labels), 0.9 + 0.28 * len(bars)) as ax:
        _bars(ax, place, values, labels)
        ax.set_yticks(place, names)
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


def _by_control(control: pd.DataFrame) -> list[tuple[list[str], np.ndarray]]:
    """Perturbations in groups of the same control shares, in the order of their first."""
    groups: dict[tuple[float, ...], list[str]] = {}
    for name, shares in control.round(9).iterrows():
        groups.setdefault(tuple(shares), []).append(str(name))
    return [(names, control.loc[names[0]].to_numpy(float)) for names in groups.values()]


def _aside(names: list[str]) -> str:
    """The genes that are set aside where cells are compared with this control, if one set."""
    aside = {Intervention.parse(name).perturbed for name in names}
    return f"; {', '.join(*aside)} set aside" if len(aside) == 1 and aside != {()} else ""


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
