"""Levels below 0 in simulated cells, where measured cells have none."""

from __future__ import annotations

import numpy as np

from hillflow.findings import warn
from hillflow.objectives.heads import Heads


def warn_below_zero(heads: Heads, measured: np.ndarray, simulated: np.ndarray) -> None:
    """Warn if learned noise moves cells below 0 in a gene that no measured cell has below 0.

    Neither σ nor √(ν (production + decay)) need vanish at 0, unless the field keeps x ≥ 0; such a
    field is 'logic' or 'hill', and never warns.

    Parameters
    ----------
    heads
        The field and what was learned beside it.
    measured
        Measured cells, or the states that a simulation starts from, [..., genes].
    simulated
        Simulated cells, [..., genes].
    """
    if (heads.noise is None and heads.diffusion is None) or heads.field.keeps_orthant:
        return
    fell = _lowest(simulated) < 0
    if (fell & (_lowest(measured) >= 0)).any():
        warn(
            f"noise moves simulated cells of this {heads.field.name!r} fit below 0, where no "
            "measured cell is: their means and fates may be wrong there; fit with field='logic' "
            "(--field logic), whose levels stay at 0 or above, or simulate the path without "
            "noise (noise=False)",
            "simulate.below-zero",
        )


def _lowest(x: np.ndarray) -> np.ndarray:
    """The lowest level of each gene, [genes]; infinity without cells."""
    flat = x.reshape(-1, x.shape[-1])
    return np.asarray(flat.min(axis=0, initial=np.inf))
