"""The measured effects of perturbations, to judge the predicted ones by.

With m(t) the mean of the cells measured under a perturbation, and c(t) that of the control,

    shift = m(t) − c(t),    effect = ‖(m(t) − c(t)) / sd‖ over the other genes at the last time,

which is what `KnockoutResult.ranking` states of the prediction. A measured length includes the
sampling error of both means, so it is above 0 even where nothing happens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.knockout_baselines import measured_mean
from hillflow.interventions import Intervention

FEWEST = 3  # genes of a correlation


def measured_means(controls: ControlCells, interventions: Sequence[Intervention]) -> np.ndarray:
    """Mean of the measured cells, [interventions, times, genes]; NaN where none were measured."""
    return np.stack([measured_mean(controls, intervention) for intervention in interventions])


def measured_effects(
    controls: ControlCells, interventions: Sequence[Intervention], predicted: np.ndarray,
    means: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The measured effect at the last time, and the correlation of its shift with the predicted.

    Parameters
    ----------
    predicted
        Predicted shifts at the last time in standard deviations, [interventions, genes].
    means
        From `measured_means`.

    Returns
    -------
    tuple
        The effect and the correlation over the other genes, [interventions] each; NaN where the
        perturbation was not measured at that time. The correlation is NaN, too, if fewer than
        three genes are left or nothing shifts.
    """
    shift = (means[:, -1] - controls.mean[-1]) / controls.spread
    effect, correlation = np.full((2, len(interventions)), np.nan)
    for row, intervention in enumerate(interventions):
        if np.isnan(shift[row]).any():
            continue
        others = np.setdiff1d(np.arange(shift.shape[1]), controls.columns(intervention))
        measured, expected = shift[row, others], predicted[row, others]
        effect[row] = np.linalg.norm(measured)
        if len(others) >= FEWEST and measured.std() > 0 and expected.std() > 0:
            correlation[row] = np.corrcoef(measured, expected)[0, 1]
    return effect, correlation
