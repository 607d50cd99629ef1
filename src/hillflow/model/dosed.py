"""Prediction of followed units under other doses: what if the same unit had been given another?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from hillflow.data import Trajectories
from hillflow.data.doses import Doses
from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.interventions import Intervention
from hillflow.objectives.dosing import Dosing

if TYPE_CHECKING:
    from hillflow.model.fit import Fit
    from hillflow.model.member import Member

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
    done = intervention or Intervention.control()
    paths = [_path(member, series, series.doses, later, done) for member in fit.members]
    path = np.mean(paths, axis=0)  # [times, units, columns]
    units = np.arange(len(series))
    time = np.concatenate([begin, np.repeat(later, len(units))])
    unit = np.concatenate([units, np.tile(units, len(later))])
    x = np.concatenate([series.x[first], path.reshape(-1, path.shape[-1])])
    seen = np.arange(len(time)) < len(units)
    kept = np.flatnonzero(seen | (time > begin[unit]))
    order = kept[np.lexsort((time[kept], unit[kept]))]
    columns = [series.genes.index(name) for name in series.doses.depots]
    x[:, columns] = series.doses.given_by(unit, time, columns)
    return replace(
        series, x=x[order].astype(series.x.dtype), time=time[order], series=unit[order],
        conditions=(done,) * len(units),
    )  # fmt: skip


def _path(
    member: Member, series: Trajectories, doses: Doses, later: np.ndarray, done: Intervention
) -> np.ndarray:
    """States at the later times, [times, units, columns]; before its start a unit stays."""
    like, units = member.field._like(), np.arange(len(series))
    first = np.searchsorted(series.series, units)
    field = member._perturbed(done)
    x, now = torch.from_numpy(series.x[first]).to(like), series.time[first]
    path = []
    with torch.no_grad():
        for time in later:
            end = np.maximum(time, now)
            dosing = Dosing.of(doses, len(series.genes), units, now, end, like.dtype)
            start = torch.from_numpy(now).to(like)
            x = dosing.to(str(like.device)).integrate(
                field, x, start, steps=STEPS, check_finite=True
            )
            now = end
            path.append(x.numpy(force=True))
    return np.stack(path)
