"""Prediction of followed units under other doses: what if the same unit had been given another?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from hillflow.data import Trajectories
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.interventions import Intervention
from hillflow.objectives.dosing import Dosing

if TYPE_CHECKING:
    from hillflow.model.fit import Fit

STEPS = 20  # in each part between two doses or times


def predict_doses(
    fit: Fit,
    series: Trajectories,
    times: Sequence[float] | None = None,
    intervention: Intervention | None = None,
) -> Trajectories:
    """Predict each unit from its first observation, under its doses; the mean over members.

    Parameters
    ----------
    fit
        A fit of series with the same columns.
    series
        The units with their doses (`Trajectories.with_doses`). Of the observations only the first
        of each unit is used.
    times
        Later times; None: all times of `series`. A unit first observed later begins there.
    intervention
        A perturbation of the field beside the doses.

    Returns
    -------
    Trajectories
        The first observations, and the predicted states at the later times.

    Notes
    -----
    The depots begin with what was given before the first observation and has not left them. Cost:
    20 solver steps between two doses or times, for all units at once.
    """
    if series.doses is None:
        raise InputError("series with doses", "none", "call series.with_doses(inputs)")
    if series.genes != fit.genes:
        raise GeneNameError(
            f"the columns of the fit, {', '.join(fit.genes[-3:])} at the end",
            f"{len(series.genes):,} columns", "give the inputs and covariates that were fitted",
        )  # fmt: skip
    first = np.searchsorted(series.series, np.arange(len(series)))
    begin = series.time[first]
    wanted = series.times if times is None else np.unique(np.asarray(times, dtype=np.float64))
    if not (wanted > begin.max()).any():
        raise TimeError(
            f"times after the first observation, {begin.max():g}", f"{wanted.tolist()}",
            "name later times",
        )  # fmt: skip
    later = wanted[wanted > begin.min()]
    paths = [_path(member, series, first, later, intervention) for member in fit.members]
    path = np.mean(paths, axis=0)  # [times, units, columns]
    units = np.arange(len(series))
    time = np.concatenate([begin, np.repeat(later, len(units))])
    unit = np.concatenate([units, np.tile(units, len(later))])
    x = np.concatenate([series.x[first], path.reshape(-1, path.shape[-1])])
    kept = np.flatnonzero(
        np.concatenate([units >= 0, time[len(units) :] > begin[unit[len(units) :]]])
    )
    order = kept[np.lexsort((time[kept], unit[kept]))]
    columns = [series.genes.index(name) for name in series.doses.depots]
    x[:, columns] = series.doses.given_by(unit, time, columns)
    conditions = tuple(intervention or Intervention.control() for _ in units)
    return replace(
        series, x=x[order].astype(series.x.dtype), time=time[order], series=unit[order],
        conditions=conditions,
    )  # fmt: skip


def _path(member, series, first, later, intervention) -> np.ndarray:  # type: ignore[no-untyped-def]
    """States at the later times, [times, units, columns]; before its start a unit stays."""
    like, doses = member.field._like(), series.doses
    field = member._perturbed(intervention or Intervention.control())
    x, now = torch.from_numpy(series.x[first]).to(like), series.time[first]
    path, units = [], np.arange(len(series))
    with torch.no_grad():
        for time in later:
            gap = np.maximum(time - now, 0.0)
            dosing = Dosing.of(doses, len(series.genes), units, now, gap, like.dtype)
            start = torch.from_numpy(now).to(like)
            x = dosing.to(str(like.device)).integrate(
                field, x, start, steps=STEPS, check_finite=True
            )
            now = now + gap
            path.append(x.numpy(force=True))
    return np.stack(path)
