"""From a field and data to a training problem: coupling, validation cells, scales of the field."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from hillflow.data import Cells, Snapshots, leave_out_cells, leave_out_series
from hillflow.fields import VectorField
from hillflow.model.efficacy import apply_efficacy
from hillflow.objectives.base import Training
from hillflow.objectives.equilibrium import Means
from hillflow.objectives.heads import Detour, Heads, Noise, Protein, StateFunction
from hillflow.objectives.method import Method
from hillflow.objectives.problem import Problem, snapshot_problem, trajectory_problem
from hillflow.train.check import check_fit, uncoupled_problem, unpaired_problem
from hillflow.train.components import set_components
from hillflow.train.resample import resample
from hillflow.train.setting import Setting
from hillflow.transport import fit_plan

_MIN_SERIES = 10  # fewer series have none to spare for validation
_CALIBRATION_PAIRS = 4096


@dataclass(frozen=True, eq=False)
class Prepared:
    """A field bound to its training cells and to its validation cells.

    Attributes
    ----------
    training, validation
        The problems of the training cells and of the validation cells (None without them).
    data
        The training cells, with the basis in which they were coupled.
    """

    training: Training
    validation: Training | None
    data: Cells


def prepare(
    vector_field: VectorField,
    data: Cells,
    method: Method,
    *,
    seed: int = 0,
    setting: Setting | None = None,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Prepared:
    """Check everything, couple the cells, and bring their scales into the field. Trains nothing.

    Parameters
    ----------
    vector_field
        The field; its scales are changed in place, and it is moved to the device of `setting`.
    cache
        Folder for couplings, to reuse them; None: none is kept.
    progress
        Called with (couplings done, couplings in total).
    """
    setting = setting or Setting()
    check_fit(vector_field, data, method, setting)
    data, cuts = apply_efficacy(data, setting.efficacy)
    # A plan of named cells sees all of them before some are set aside.
    coupling = setting.coupling(method)
    if isinstance(data, Snapshots) and method.couples:
        coupling = coupling.bind(data)
    missing = vector_field.missing_components
    size = missing or setting.basis
    if missing and isinstance(data, Snapshots) and data.basis and data.basis.size != missing:
        data = replace(data, basis=None)
    train, validation_cells = _split_validation(data, setting, size, seed)
    if setting.bootstrap:
        train = resample(train, seed)
    dtype, orthant = vector_field._like().dtype, vector_field.keeps_orthant
    if isinstance(train, Snapshots) and train.basis is None:
        train = train.with_basis(size)
    set_components(vector_field, train)
    if isinstance(train, Snapshots) and not method.couples:
        problem = unpaired_problem(train, vector_field)
    elif isinstance(train, Snapshots):
        plan = fit_plan(
            train, coupling, seed=seed, memory_mb=setting.memory_mb, progress=progress,
            cache=cache,
        )  # fmt: skip
        problem = snapshot_problem(
            train, plan, orthant=orthant, barycentric=method.barycentric, dtype=dtype
        )
    else:
        problem = trajectory_problem(train, orthant=orthant, dtype=dtype)
    problem = problem.to(setting.device)
    heads = Heads.build(
        vector_field, setting.heads(method, data), sigma=problem.sigma or setting.sigma, seed=seed,
        cuts=cuts, sigmas=method.sigmas(len(vector_field.genes)),
    ).to(setting.device)  # fmt: skip
    training = Training.of(heads, problem)
    calibrate(heads, problem)
    validation = None
    if isinstance(validation_cells, Snapshots):
        apart = uncoupled_problem(validation_cells, vector_field, method)
        validation = Training.of(heads, apart.to(setting.device))
    elif validation_cells is not None:
        apart = trajectory_problem(validation_cells, orthant=orthant, dtype=dtype)
        validation = Training.of(heads, apart.to(setting.device))
    return Prepared(training, validation, train)


def _split_validation(
    data: Cells, setting: Setting, size: int, seed: int
) -> tuple[Cells, Cells | None]:
    """Return the training cells and the validation cells (None without them)."""
    if not setting.validation_share:
        return data, None
    if isinstance(data, Snapshots):
        if data.basis is None:  # both parts get the basis of the training cells
            data = data.with_basis(size)
        cells = leave_out_cells(data, setting.validation_share, seed)
        return cells.train, cells.left_out
    if len(data) < _MIN_SERIES:
        return data, None
    series = leave_out_series(data, float(setting.validation_share), seed)
    return series.train, series.left_out


@torch.no_grad()
def calibrate(heads: Heads, problem: Problem) -> None:
    """Scale the field and its heads to the states, speeds and times of the data."""
    if problem.at_rest:  # one state per condition, and no speed: decay is 1 per unit of time
        heads.field.calibrate_(Means.of(problem).mean)
        return
    generator = torch.Generator().manual_seed(0)
    if problem.velocities is not None and not problem.has_pairs:
        batch = problem.velocities.draw(problem.states, _CALIBRATION_PAIRS, generator)
        heads.field.calibrate_(batch.x.flatten(0, 1), batch.velocity.flatten(0, 1))
        heads.field.calibrate_time_(problem.times[-1], 0.0)
        return
    pairs = problem.draw_pairs(_CALIBRATION_PAIRS, generator)
    x = pairs.x0.flatten(0, 1)
    speed = ((pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1)).flatten(0, 1).to(x.dtype)
    (x, *unspliced), (speed, *_) = (
        values.split(len(problem.genes), dim=1) for values in (x, speed)
    )
    heads.field.calibrate_(x, speed)
    if heads.splicing is not None:
        rate = cast("Tensor", heads.field.decay_rate())
        heads.splicing.calibrate_(x, unspliced[0], rate)
    times = problem.times
    heads.field.calibrate_time_(times[-1], float(pairs.dt.max()))
    noise = _noise_of_bridges(problem, float(pairs.dt.mean()))
    for name in heads.names:
        head = getattr(heads, name)
        if isinstance(head, StateFunction):
            head.calibrate_(x, times, noise)
        elif isinstance(head, Noise | Protein | Detour):
            head.calibrate_(x, times)


def _noise_of_bridges(problem: Problem, gap: float) -> float | Tensor:
    """Standard deviation of each gene in the middle of a Brownian bridge over a gap; else 0."""
    middle = (problem.sigma or 0.0) * math.sqrt(gap) / 2
    if problem.components is None:
        return middle
    return middle * problem.components.square().sum(1).sqrt()
