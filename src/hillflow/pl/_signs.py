"""Activation or repression: how often the inferred sign of an edge is the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.pl._style import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hillflow.evaluate import SignScores

KINDS = ("activates", "inhibits")


def signs(scores: SignScores, *, ax: Axes | None = None) -> Axes:
    """Counts of published against inferred signs, each row shaded by its shares.

    Parameters
    ----------
    scores
        From `sign_scores` or `network_signs`.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.evaluate import sign_scores
    >>> ax = hf.pl.signs(sign_scores([1, 1, -1, -1], [1, 1, 1, -1]))
    """
    counts = scores.confusion
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with drawing(ax, 2.8, 2.8) as ax:
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1.4)
        for row in range(2):
            for column in range(2):
                ax.text(
                    column, row, f"{counts[row, column]:,}\n{share[row, column]:.0%}",
                    ha="center", va="center",
                )  # fmt: skip
        ax.set_xticks((0, 1), KINDS)
        ax.set_yticks((0, 1), KINDS, rotation=90, va="center")
        ax.set_xlabel("inferred")
        ax.set_ylabel("published")
        ax.set_title(
            f"{scores.accuracy:.0%} right; always\nactivation {scores.always_activation:.0%}, "
            f"MCC {scores.mcc:+.2f}"
        )
    return ax
