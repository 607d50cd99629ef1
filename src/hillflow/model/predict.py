"""Prediction of perturbed populations from control cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.data.times import format_time, same_time
from hillflow.errors import GeneNameError, InputError, TimeError, listing
from hillflow.interventions import Intervention
from hillflow.model.at_rest import rest_states
from hillflow.transport import ExactOT

if TYPE_CHECKING:
    from hillflow.model.fit import Fit
    from hillflow.model.member import Member

CONTROL = Intervention.control()
GROWTH_STEPS = 10  # of the integral of growth, between two times


def predict(
    member: Member,
    snapshots: Snapshots,
    intervention: Intervention,
    times: Sequence[float] | None = None,
    *,
    start: float | None = None,
    absolute: bool = False,
    steps: int | None = None,
    seed: int = 0,
    noise: bool = True,
) -> Snapshots:
    """Predict the cells under a perturbation at later times, from control cells alone.

    The control cells measured at the start are integrated twice, to a(t) without and to b(t) with
    the perturbation. Each control cell y measured at t is shifted by the difference,

        ŷ = y + Σ_i γ_iy (b_i(t) − a_i(t)) / Σ_i γ_iy,

    where γ is the exact optimal transport plan between a(t) and the control cells at t. Errors
    of the field that a and b share cancel, and the measured population keeps its shape.
    Integration starts from denoised cells. ŷ is clipped at 0 if the field keeps x ≥ 0 or no
    control cell is below 0; clamped genes are set to their level. For the control, and with
    `absolute`, ŷ is b(t) itself, and if the fit learned growth, or the rates of cells are known
    (`Snapshots.growth`), ``weights`` holds the relative number of descendants of each cell,
    exp ∫ g dt.

    Of a fit at rest, all cells are shifted by the change of the rest state (see
    `hillflow.model.at_rest`); with `absolute`, so that their mean is that state.

    Cost: two rollouts, and one exact transport plan per time.

    Parameters
    ----------
    member
        The fitted field.
    snapshots
        The control cells; other conditions are ignored.
    intervention
        The perturbation.
    times
        Times to predict; None: all times of the control after the start. Times that were not
        measured need `absolute`.
    start
        Time of the control cells that are integrated; None: the first.
    absolute
        Return the plain rollout b(t).
    steps, seed, noise
        As in `Member.simulate`. Both rollouts draw the same random numbers, so that a difference
        between them is due to the perturbation.

    Returns
    -------
    Snapshots
        The predicted cells, all in the condition `intervention`.
    """
    intervention.check(member.genes)
    if not isinstance(snapshots, Snapshots):
        raise InputError(
            "Snapshots, whose control cells a prediction starts from",
            f"{type(snapshots).__name__}",
            "build them with Snapshots.from_anndata, or integrate other states with "
            "fit.simulate(x0, times, intervention)",
        )
    control = control_cells(member, snapshots)
    begin = float(control.times[0]) if start is None else control.nearest_time(start)
    later = [float(time) for time in control.times if time > begin or member.at_rest]
    wanted = later if times is None else sorted({float(time) for time in times})
    absolute = absolute or (intervention.is_control and not member.at_rest)
    check_times(wanted, begin, control, absolute and not member.at_rest, rests=member.at_rest)
    floor = never_below_zero(member, control)
    if member.at_rest:
        mean = np.average(control.x.astype(np.float64), axis=0, weights=control.weights)
        without, rest = rest_states(member, mean, [CONTROL, intervention])
        shift = rest - (mean if absolute else without)
        cells = [_moved(member, control.x, shift, intervention, floor)]
        return _as_snapshots(control, cells, [np.arange(len(control))], wanted, intervention)
    x0 = member.denoise(control.measured(control.rows(begin)))
    path = [begin, *wanted]
    options: dict[str, Any] = {"steps": steps, "seed": seed, "noise": noise}
    masses = None
    if absolute:
        rows = [control.rows(begin)] * len(wanted)
        cells, masses = _grown(member, x0, path, intervention, options)
        if control.growth is not None:
            rates = control.growth[control.rows(begin)]
            masses = [np.exp(rates * (time - begin)) for time in wanted]
    else:
        if member.heads.score is not None:  # which is not known of the perturbed cells
            options["noise"] = False
        with_perturbation = member.simulate(x0, path, intervention, **options)[1:]
        without = member.simulate(x0, path, **options)[1:]
        rows = [control.rows(time) for time in wanted]
        cells = [
            _shifted(member, control.x[at], a, b, intervention, floor)
            for at, a, b in zip(rows, without, with_perturbation, strict=True)
        ]
    return _as_snapshots(control, cells, rows, wanted, intervention, masses)


def _grown(
    member: Member, x0: np.ndarray, path: list[float], intervention: Intervention,
    options: dict[str, Any],
) -> tuple[list[np.ndarray], list[np.ndarray] | None]:  # fmt: skip
    """The cells at all times but the first, and their masses, if the fit learned growth."""
    if member.heads.growth is None:
        return list(member.simulate(x0, path, intervention, **options)[1:]), None
    parts = [np.linspace(a, b, GROWTH_STEPS, endpoint=False) for a, b in pairwise(path)]
    fine = np.concatenate([*parts, path[-1:]])
    steps = options["steps"]
    each = None if steps is None else max(1, -(-steps // GROWTH_STEPS))
    states = member.simulate(x0, fine, intervention, **options | {"steps": each})
    masses = member.mass_along(states, fine)
    return list(states[GROWTH_STEPS::GROWTH_STEPS]), list(masses[GROWTH_STEPS::GROWTH_STEPS])


def never_below_zero(member: Member, control: Snapshots) -> bool:
    """Whether predictions are clipped at 0: the field keeps x ≥ 0, or all control cells do."""
    return member.field.keeps_orthant or bool((control.x >= 0).all())


def _shifted(
    member: Member, y: np.ndarray, a: np.ndarray, b: np.ndarray, intervention: Intervention,
    floor: bool,
) -> np.ndarray:  # fmt: skip
    """Shift control cells y, [cells, genes], by b − a of the rollouts that the plan pairs."""
    pairs = ExactOT().couple(_coordinates(member, a), _coordinates(member, y), seed=0)
    shift = (b - a).astype(np.float64)
    moved = np.zeros(y.shape)
    np.add.at(moved, pairs.j, pairs.weight[:, None] * shift[pairs.i])
    mass = np.bincount(pairs.j, pairs.weight, minlength=len(y))[:, None]
    paired = mass > 0
    moved = np.where(paired, moved / np.where(paired, mass, 1.0), shift.mean(axis=0))
    return _moved(member, y, moved, intervention, floor)


def _moved(
    member: Member, y: np.ndarray, shift: np.ndarray, intervention: Intervention, floor: bool
) -> np.ndarray:
    """Control cells y, [cells, genes], moved by a shift, with clamped genes at their level."""
    moved = y + shift
    if floor:
        moved = np.maximum(moved, 0.0)
    for action in member.as_fitted(intervention):
        if action.kind == "clamp":
            moved[:, member.genes.index(action.gene)] = action.value
    return moved.astype(y.dtype)


def _coordinates(member: Member, x: np.ndarray) -> np.ndarray:
    return x if member.basis is None else member.basis.project(x)


def check_genes(fitted: Fit | Member, snapshots: Snapshots) -> None:
    """Refuse cells of other genes than those of the fit."""
    if snapshots.genes != fitted.genes:
        raise GeneNameError(
            f"the fit's {len(fitted.genes):,} genes, in its order",
            f"{len(snapshots.genes):,} genes",
            "call snapshots.select_genes(fit.genes)",
        )


def control_cells(fitted: Fit | Member, snapshots: Snapshots) -> Snapshots:
    """Return the control cells that a prediction starts from; refuse data without them."""
    check_genes(fitted, snapshots)
    if CONTROL not in snapshots.conditions:
        raise InputError(
            "control cells, from which a prediction starts",
            f"the conditions {listing(c.name for c in snapshots.conditions)}",
            "add control cells, or integrate other cells with fit.simulate",
        )
    return snapshots.take(snapshots.rows(condition=CONTROL))


def check_times(
    wanted: Sequence[float], begin: float, control: Snapshots, absolute: bool, rests: bool = False
) -> None:
    """Refuse times before the start, and times never measured unless `absolute`.

    At rest the one time is that of the start, and all others are refused.
    """
    unit = control.time_unit
    if not wanted or (wanted[0] <= begin and not rests):
        raise TimeError(
            f"times after the start, {format_time(begin, unit)}",
            ", ".join(format_time(time, unit) for time in wanted) or "none",
            "name later times, or an earlier start; of cells of one time, "
            "predict(…, times=…, absolute=True)",
        )
    unmeasured = [time for time in wanted if not same_time(control.times, time).any()]
    if unmeasured and not absolute:
        raise TimeError(
            "times at which control cells were measured: "
            + ", ".join(format_time(time, unit) for time in control.times),
            ", ".join(format_time(time, unit) for time in unmeasured),
            "pass absolute=True for the plain rollout, or name measured times",
        )


def _as_snapshots(
    control: Snapshots,
    cells: Sequence[np.ndarray],
    rows: Sequence[np.ndarray],
    times: Sequence[float],
    intervention: Intervention,
    masses: Sequence[np.ndarray] | None = None,
) -> Snapshots:
    """Build snapshots of predicted cells, with names, weights and batches of the control cells.

    The weight of a cell that grew is multiplied by its mass, whose mean is 1 at each time.
    """
    all_rows = np.concatenate(rows)
    weights = None if control.weights is None else control.weights[all_rows]
    if masses is not None:
        relative = np.concatenate([mass / mass.mean() for mass in masses])
        weights = relative if weights is None else weights * relative
    time = np.repeat(times, [len(part) for part in rows])
    names = control.cells
    if names is not None:
        names = np.array([f"{name}@{t:g}" for name, t in zip(names[all_rows], time, strict=True)])
    return replace(
        control,
        x=np.concatenate(cells).astype(control.x.dtype, copy=False),
        time=time,
        condition=np.zeros(len(all_rows), dtype=np.int32),
        conditions=(intervention,),
        cells=names,
        weights=weights,
        velocity=None,
        unspliced=None,
        labels=None,  # the type that a cell becomes is not known
        batch=None if control.batch is None else control.batch[all_rows],
        growth=None,  # of the cells that it becomes
        basis=None,
    )
