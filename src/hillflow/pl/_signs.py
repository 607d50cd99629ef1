"""Activation or repression: how often the inferred sign of an edge is the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.evaluate import SignScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.pl._style import drawing
from hillflow.pl._validations import ValidationLike, validation_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("activates", "inhibits")


def signs(scores: SignScores | NetworkSigns | ValidationLike, *, ax: Axes | None = None) -> Axes:
    """Counts of published against inferred signs, each row shaded by its shares.

    Parameters
    ----------
    scores
        From `sign_scores` or `network_signs`; or a validation, or a run with one.
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
    found = _signs_of(scores)
    counts = found.confusion
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
            f"{found.accuracy:.0%} right; always\nactivation {found.always_activation:.0%}, "
            f"MCC {found.mcc:+.2f}"
        )
    return ax


def _signs_of(given: SignScores | NetworkSigns | ValidationLike) -> SignScores:
    if isinstance(given, SignScores):
        return given
    scores = given.scores if isinstance(given, NetworkSigns) else validation_of(given).signs
    if scores is None:
        raise InputError(
            "edges whose sign is published and inferred", "none",
            "compare a network that has signs with a reference that has them",
        )  # fmt: skip
    return scores
