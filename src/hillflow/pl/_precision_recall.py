"""Precision against recall of inferred networks, beside the band that chance reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from hillflow.evaluate import NetworkScores, NullDistribution
from hillflow.pl._style import CATEGORIES, NEUTRAL, drawing
from hillflow.pl._validations import DrawnValidation, ValidationLike, rankings_or_validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NULLS = {"labels": "random edges", "degrees": "edges rewired"}


def precision_recall(
    rankings: Mapping[str, NetworkScores | tuple[ArrayLike, ArrayLike]] | ValidationLike,
    *,
    chance: NullDistribution | tuple[str, ArrayLike, ArrayLike, ArrayLike] | None = None,
    base_rate: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One curve a ranking; the base rate is dotted, the central 95 % of chance is grey.

    Parameters
    ----------
    rankings
        By name, scored over the same pairs: scores, or recall and precision as plain numbers.
        The first is drawn boldest. Or a validation, or a run with one, with its baselines and
        its chance.
    chance
        What chance reaches for the first ranking: the result of
        `hillflow.evaluate.null_distribution`, or as plain numbers its kind (``labels`` or
        ``degrees``), recall, and the lower and upper end of precision.
    base_rate
        Share of the pairs that are edges; that of the scores if None.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> rankings = {"this network": ([0, 0.5, 1], [1, 0.8, 0.3])}
    >>> ax = hf.pl.precision_recall(rankings, base_rate=0.2)
    """
    shown = rankings_or_validation(rankings)
    if isinstance(shown, DrawnValidation):
        rankings = shown.rankings
        chance = shown.chance if chance is None else chance
        base_rate = shown.base_rate if base_rate is None else base_rate
    else:
        rankings = shown
    curves: dict[str, tuple[ArrayLike, ArrayLike]] = {}
    title = None
    for name, ranking in rankings.items():
        if not isinstance(ranking, NetworkScores):
            curves[name] = ranking
            continue
        recall, precision = ranking.curve()
        whole = np.append(0.0, recall), np.append(precision[0], precision)
        curves[f"{name} (AP {ranking.ap:.3f})"] = whole
        base_rate = ranking.base_rate if base_rate is None else base_rate
        title = title or f"{ranking.edges:,} edges among {ranking.pairs:,} pairs"
    if isinstance(chance, NullDistribution):
        chance = chance.kind, chance.recall, chance.precision_low, chance.precision_high
    with drawing(ax, 4.4, 4.1) as ax:
        if chance is not None:
            kind, at, low, high = chance
            ax.fill_between(
                np.asarray(at), np.asarray(low), np.asarray(high), color=NEUTRAL, alpha=0.3,
                linewidth=0, label=f"chance: {_NULLS[kind]}, 95 %",
            )  # fmt: skip
        for number, (name, curve) in enumerate(curves.items()):
            ax.step(
                *curve, where="pre", label=name, color=CATEGORIES[number % len(CATEGORIES)],
                linewidth=1.0 if number else 2.0, zorder=3 - number / len(curves),
            )  # fmt: skip
        if base_rate is not None:
            ax.axhline(base_rate, color="black", linewidth=0.8, linestyle=":", label="base rate")
        highest = max((np.max(precision) for _, precision in curves.values()), default=1.0)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, min(1.02, 1.15 * highest))
        ax.set_xlabel("recall")
        ax.set_ylabel("precision")
        ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.15), ncols=2, fontsize=7)
        if title is not None:
            ax.set_title(title)
    return ax
