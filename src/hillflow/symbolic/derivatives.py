"""Velocities of trajectories, from differences of neighbours or from smoothing splines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.data import Trajectories
from hillflow.errors import InputError, did_you_mean

METHODS = ("weak", "spline", "difference")
LEAST_FOR_SPLINE = 5  # observations that a smoothing spline needs


@dataclass(frozen=True, eq=False)
class Slopes:
    """States and their velocities along series.

    Attributes
    ----------
    x, velocity
        [rows, genes].
    series
        The series of each row, [rows].
    """

    x: np.ndarray
    velocity: np.ndarray
    series: np.ndarray


def slopes(data: Trajectories, method: str = "spline") -> Slopes:
    """States and velocities along every series.

    Parameters
    ----------
    method
        "difference": (x₁ − x₀) / Δ at the midpoint of two neighbours; exact to order Δ², with the
        measurement noise divided by Δ. "spline": value and slope of a cubic smoothing spline whose
        stiffness is chosen by generalised cross-validation (Craven & Wahba 1978), without the first
        and the last observation, where the slope is least certain.
    """
    if method not in ("spline", "difference"):
        raise InputError(
            "a way to take derivatives", repr(method), did_you_mean(method, METHODS)
        )  # fmt: skip
    if method == "difference":
        steps = data.steps()
        return Slopes(
            0.5 * (steps.x0 + steps.x1), (steps.x1 - steps.x0) / steps.dt[:, None], steps.series
        )
    parts = []
    for index, name in enumerate(data.names):
        times, _ = data.observations(name)
        path = smoothed(data, name)
        inner = times[1:-1]
        parts.append((path(inner), path.derivative()(inner), np.full(len(inner), index)))
    x, velocity, series = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Slopes(x, velocity, series)


class Smoothed:
    """The smoothing splines of all genes of one series, as one function of time."""

    def __init__(self, splines: list) -> None:
        self.splines = splines

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Levels at `times`, [times, genes]."""
        return np.stack([spline(times) for spline in self.splines], axis=1)

    def derivative(self) -> Smoothed:
        """The slopes, as a function of time."""
        return Smoothed([spline.derivative() for spline in self.splines])


def smoothed(data: Trajectories, name: str) -> Smoothed:
    """The smoothing splines of one series."""
    from scipy.interpolate import make_smoothing_spline

    times, x = data.observations(name)
    if len(times) < LEAST_FOR_SPLINE:
        raise InputError(
            f"at least {LEAST_FOR_SPLINE} observations per series for a smoothing spline",
            f"{len(times)} of {name!r}", "use differences: method='difference'",
        )  # fmt: skip
    # Time as a share of its span, so that the search for the stiffness does not depend on units.
    span = times[-1] - times[0]
    splines = []
    for column in x.astype(np.float64).T:
        splines.append(make_smoothing_spline(times / span, column))
    return Smoothed([_in_time(spline, span) for spline in splines])


def _in_time(spline, span: float):  # type: ignore[no-untyped-def]
    """The same curve as a function of time instead of the share of the span."""
    from scipy.interpolate import BSpline

    return BSpline(spline.t * span, spline.c, spline.k)
