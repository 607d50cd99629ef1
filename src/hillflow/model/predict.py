"""Populations that were never measured: what an intervention would make of the wild type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots
from hillflow.data.times import format_time
from hillflow.errors import GeneNameError, InputError, TimeError, listing
from hillflow.interventions import Intervention
from hillflow.transport import ExactOT

if TYPE_CHECKING:
    from hillflow.model.fit import Fit
    from hillflow.model.member import Member

CONTROL = Intervention.control()


def predict(
    model: Member,
    snapshots: Snapshots,
    intervention: Intervention,
    times: Sequence[float] | None = None,
    *,
    start: float | None = None,
    absolute: bool = False,
    steps: int = 10,
) -> Snapshots:
    """Predict the cells under an intervention at later times, from control cells alone.

    With a(t) and b(t) the rollouts of the same control cells of the start, without and with
    the intervention, each measured control cell y at t is moved by the model's difference,

        ŷ = y + Σ_i γ_iy (b_i(t) − a_i(t)) / Σ_i γ_iy,

    γ being the exact optimal plan between a(t) and the control cells at t: what the model gets
    wrong about the wild type cancels, and the shape of the measured population is kept. The
    rollouts start from denoised cells. Where control cells never fall below 0, or cannot by the
    law, ŷ is clipped at 0; clamped genes stand at their level. For the control, and with
    `absolute`, ŷ is b(t) itself.

    Parameters
    ----------
    snapshots
        With the control's cells; other conditions are not looked at.
    times
        Times to predict; all of the control's after the start unless given. Times that were
        not measured need `absolute`.
    start
        The control's time from which cells are rolled out; the first unless given.
    absolute
        The plain rollout instead.
    steps
        Of the solver between two times.

    Returns
    -------
    Snapshots
        All under `intervention`. Cost: two rollouts, and an exact plan a time.
    """
    intervention.check(model.genes)
    if not isinstance(snapshots, Snapshots):
        raise InputError(
            "Snapshots, whose control cells a prediction starts from",
            f"{type(snapshots).__name__}",
            "build them with Snapshots.from_anndata, or roll out states of your own with "
            "model.simulate(x0, times, intervention)",
        )
    control = control_cells(model, snapshots)
    begin = float(control.times[0]) if start is None else control.nearest_time(start)
    later = [float(time) for time in control.times if time > begin]
    wanted = later if times is None else sorted({float(time) for time in times})
    absolute = absolute or intervention.is_control
    check_times(wanted, begin, control, absolute)
    floor = never_below_zero(model, control)
    x0 = model.denoise(control.x[control.rows(begin)])
    moments = [begin, *wanted]
    done = model.simulate(x0, moments, intervention, steps=steps)[1:]
    if absolute:
        rows = [control.rows(begin)] * len(wanted)
        cells = list(done)
    else:
        left = model.simulate(x0, moments, steps=steps)[1:]
        rows = [control.rows(time) for time in wanted]
        cells = [
            _shifted(model, control.x[at], a, b, intervention, floor)
            for at, a, b in zip(rows, left, done, strict=True)
        ]
    return _collected(control, cells, rows, wanted, intervention)


def never_below_zero(model: Member, control: Snapshots) -> bool:
    """Whether a level below 0 is impossible: by the law, or by what control cells show."""
    return model.field.keeps_orthant or bool((control.x >= 0).all())


def _shifted(
    model: Member, y: np.ndarray, a: np.ndarray, b: np.ndarray, intervention: Intervention,
    floor: bool,
) -> np.ndarray:  # fmt: skip
    """Control cells y [n, genes] moved by the difference b − a of the rollouts nearest them."""
    pairs = ExactOT().couple(_coordinates(model, a), _coordinates(model, y), seed=0)
    shift = (b - a).astype(np.float64)
    moved = np.zeros(y.shape)
    np.add.at(moved, pairs.j, pairs.weight[:, None] * shift[pairs.i])
    mass = np.bincount(pairs.j, pairs.weight, minlength=len(y))[:, None]
    reached = mass > 0
    moved = np.where(reached, moved / np.where(reached, mass, 1.0), shift.mean(axis=0))
    moved += y
    if floor:
        moved = np.maximum(moved, 0.0)
    for action in model.as_fitted(intervention):
        if action.kind == "clamp":
            moved[:, model.genes.index(action.gene)] = action.value
    return moved.astype(y.dtype)


def _coordinates(model: Member, x: np.ndarray) -> np.ndarray:
    return x if model.basis is None else model.basis.project(x)


def control_cells(model: Fit | Member, snapshots: Snapshots) -> Snapshots:
    """The control cells a prediction starts from, or what is missing."""
    if snapshots.genes != model.genes:
        raise GeneNameError(
            f"the fit's {len(model.genes):,} genes, in its order",
            f"{len(snapshots.genes):,} genes",
            "call snapshots.select_genes(fit.genes)",
        )
    if CONTROL not in snapshots.conditions:
        raise InputError(
            "control cells, from which a prediction starts",
            f"the conditions {listing(c.name for c in snapshots.conditions)}",
            "add untreated cells, or roll out from cells of your own with model.simulate",
        )
    return snapshots.take(snapshots.rows(condition=CONTROL))


def check_times(wanted: Sequence[float], begin: float, control: Snapshots, absolute: bool) -> None:
    """Refuse times before the start, and times never measured unless `absolute`."""
    unit = control.time_unit
    if not wanted or wanted[0] <= begin:
        raise TimeError(
            f"times after the start, {format_time(begin, unit)}",
            ", ".join(format_time(time, unit) for time in wanted) or "none",
            "name later times, or an earlier start",
        )
    unseen = [time for time in wanted if not _measured(control.times, time)]
    if unseen and not absolute:
        raise TimeError(
            "times at which control cells were measured: "
            + ", ".join(format_time(time, unit) for time in control.times),
            ", ".join(format_time(time, unit) for time in unseen),
            "pass absolute=True for the plain rollout, or name measured times",
        )


def _measured(times: np.ndarray, time: float) -> bool:
    return bool(np.isclose(times, time, rtol=1e-9, atol=1e-9).any())  # as `nearest_time` has it


def _collected(
    control: Snapshots,
    cells: Sequence[np.ndarray],
    rows: Sequence[np.ndarray],
    times: Sequence[float],
    intervention: Intervention,
) -> Snapshots:
    """The predicted cells; what a cell was called, weighed and batched with goes along."""
    every = np.concatenate(rows)
    time = np.repeat(times, [len(part) for part in rows])
    names = control.cells
    if names is not None:
        names = np.array([f"{name}@{t:g}" for name, t in zip(names[every], time, strict=True)])
    return replace(
        control,
        x=np.concatenate(cells).astype(control.x.dtype, copy=False),
        time=time,
        condition=np.zeros(len(every), dtype=np.int32),
        conditions=(intervention,),
        cells=names,
        weights=None if control.weights is None else control.weights[every],
        labels=None,  # what type a cell becomes is not known
        batch=None if control.batch is None else control.batch[every],
        basis=None,
    )
