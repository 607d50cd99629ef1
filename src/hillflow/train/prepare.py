"""From a field and data to a training problem: every check, the coupling, the scales."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hillflow.data import Cells, Snapshots, leave_out_cells, leave_out_series
from hillflow.data.checks import check_not_negative
from hillflow.errors import GeneNameError, HillflowWarning, InputError, UnsupportedError, listing
from hillflow.fields import VectorField
from hillflow.model.efficacy import apply_efficacy, check_efficacy
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads, StateFunction
from hillflow.objectives.problem import Problem, snapshot_problem, trajectory_problem
from hillflow.objectives.registry import Method
from hillflow.train.resample import resampled
from hillflow.transport import Interval, Pairs, Plan, consecutive, fit_plan


@dataclass(frozen=True)
class Setting:
    """How data becomes a training problem, and how training is looked after.

    The defaults suit most data.

    Attributes
    ----------
    basis
        Principal components to couple in; all, where the panel has no more genes.
    validation_share
        Share of the training cells kept apart to choose the best step by; 0 keeps the last step.
    bootstrap
        Train on cells drawn anew, with replacement, from each population (see `ensemble`).
    check_every
        Steps between two validation losses.
    efficacy
        What a knockout did to the cells. None: it removed the gene's production. A number: it
        hid this share of the gene from its targets, and the gene's own level says nothing
        (CRISPR cuts). "learn": the same, with a share for each condition and gene that is
        learnt.
    sigma
        Noise of the diffusion head, in expression per √time.
    effort
        What every stage's number of steps is multiplied by.
    memory_mb
        Bound on the coupling's work.
    threads
        PyTorch threads while it trains. 1 is fastest for batches of this size.
    checkpoint_seconds
        Between two checkpoints, where a run directory is given.
    """

    basis: int = 30
    validation_share: float = 0.1
    bootstrap: bool = False
    check_every: int = 50
    efficacy: float | str | None = None
    sigma: float = 0.1
    effort: float = 1.0
    memory_mb: int = 1024
    threads: int = 1
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.validation_share < 1:
            raise InputError(
                "validation_share from 0 to below 1", f"{self.validation_share}", "write 0.1"
            )
        for name in ("basis", "check_every", "memory_mb", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} of at least 1", f"{getattr(self, name)}", f"raise {name}")
        for name in ("sigma", "effort"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} above 0", f"{getattr(self, name)}", f"raise {name}")
        check_efficacy(self.efficacy)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model bound to its training cells, and to its validation cells (None: none).

    `data` is what was trained on, with the basis it was coupled in.
    """

    training: Training
    validation: Training | None
    data: Cells


def check(vector_field: VectorField, data: Cells, method: Method, setting: Setting) -> None:
    """Refuse what cannot be fitted, in no time: no cell is coupled, nothing is written."""
    method.check_field(vector_field)
    method.check_conditions(data.conditions)
    _check_data(vector_field, data, method)
    data, cuts = apply_efficacy(data, setting.efficacy)
    parts = ("field", *method.heads, *(["efficacy"] if cuts else []))
    for stage in method.stages:
        for name in stage.train or ():
            if name not in parts:
                raise InputError(
                    f"parts to train among {', '.join(parts)}", repr(name),
                    "correct train=… of this stage, or name a method with that head",
                )  # fmt: skip
    if isinstance(data, Snapshots):
        few = [population.rows[:2] for population in data.populations()]
        problem = _outlined(data.take(np.concatenate(few)), vector_field)
    else:
        problem = trajectory_problem(data, orthant=False, dtype=vector_field._like().dtype)
    heads = Heads.build(vector_field, method.heads, sigma=setting.sigma, cuts=cuts)
    training = Training.of(heads, problem)
    for stage in method.stages:
        stage.objective.check(training)


def prepare(
    vector_field: VectorField,
    data: Cells,
    method: Method,
    *,
    seed: int = 0,
    setting: Setting | None = None,
    cache: Path | None = None,
    progress: Any = None,
) -> Prepared:
    """Check everything, couple the cells, bring scales into the field. Nothing is trained."""
    setting = setting or Setting()
    check(vector_field, data, method, setting)
    data, cuts = apply_efficacy(data, setting.efficacy)
    train, kept_apart = _set_apart(data, setting, seed)
    if setting.bootstrap:
        train = resampled(train, seed)
    dtype, orthant = vector_field._like().dtype, vector_field.keeps_orthant
    if isinstance(train, Snapshots):
        if train.basis is None:
            train = train.with_basis(setting.basis)
        problem = _coupled(train, method, orthant, dtype, seed, setting, cache, progress)
    else:
        problem = trajectory_problem(train, orthant=orthant, dtype=dtype)
    heads = Heads.build(vector_field, method.heads, sigma=setting.sigma, seed=seed, cuts=cuts)
    training = Training.of(heads, problem)
    _calibrate(heads, problem)
    validation = None
    if isinstance(kept_apart, Snapshots):
        validation = Training.of(heads, _outlined(kept_apart, vector_field))
    elif kept_apart is not None:
        validation = Training.of(
            heads, trajectory_problem(kept_apart, orthant=orthant, dtype=dtype)
        )
    return Prepared(training, validation, train)


def _check_data(vector_field: VectorField, data: Cells, method: Method) -> None:
    kind = "snapshots" if isinstance(data, Snapshots) else "trajectories"
    if method.data not in ("both", kind):
        other = "'default' or 'ot-cfm'" if kind == "snapshots" else "'phoenix' or 'endpoint'"
        raise UnsupportedError(
            f"{method.data} for the method {method.name!r}", kind, f"use {other} for {kind}"
        )
    if vector_field.genes != data.genes:
        alien = [gene for gene in vector_field.genes if gene not in set(data.genes)]
        raise GeneNameError(
            f"the field's {len(vector_field.genes):,} genes, in its order",
            f"{len(data.genes):,} genes" + (f", without {listing(alien)}" if alien else ""),
            "build the field with the data's genes, or call .select_genes(field.genes)",
        )
    if vector_field.state_size != len(vector_field.genes):
        raise UnsupportedError(
            "a field whose state is expression alone",
            f"the {vector_field.name!r} field, whose states hold velocities as well",
            "fit 'sparse', or train this field on measured velocities with your own loop",
        )
    if vector_field.keeps_orthant:
        check_not_negative(data.x, data.genes, f"the {vector_field.name!r} field")


def _outlined(data: Snapshots, vector_field: VectorField) -> Problem:
    """The problem without a coupling: which populations follow which, and one pair of each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HillflowWarning)  # said where cells are really coupled
        spans = consecutive(data)
    intervals = [
        Interval(start, end, Pairs(start.rows[:1], end.rows[:1], np.ones(1), 0.0))
        for start, end in spans
    ]
    return snapshot_problem(
        data,
        Plan(tuple(intervals), fingerprint=""),
        orthant=vector_field.keeps_orthant,
        dtype=vector_field._like().dtype,
    )


def _set_apart(data: Cells, setting: Setting, seed: int) -> tuple[Cells, Cells | None]:
    if not setting.validation_share:
        return data, None
    if isinstance(data, Snapshots):
        if data.basis is None:  # the share's coordinates are those of the cells trained on
            data = data.with_basis(setting.basis)
        cells = leave_out_cells(data, setting.validation_share, seed)
        return cells.train, cells.left_out
    if len(data) < 10:  # too few units to spare one
        return data, None
    series = leave_out_series(data, float(setting.validation_share), seed)
    return series.train, series.left_out


def _coupled(
    train: Snapshots, method: Method, orthant: bool, dtype: torch.dtype, seed: int,
    setting: Setting, cache: Path | None, progress: Any,
) -> Problem:  # fmt: skip
    plan = fit_plan(
        train, method.coupling, seed=seed, memory_mb=setting.memory_mb, progress=progress,
        cache=cache,
    )  # fmt: skip
    return snapshot_problem(
        train, plan, orthant=orthant, barycentric=method.barycentric, dtype=dtype
    )


@torch.no_grad()
def _calibrate(heads: Heads, problem: Problem, most: int = 4096) -> None:
    """Tell the field and its heads what states and speeds to expect."""
    pairs = problem.draw_pairs(most, torch.Generator().manual_seed(0))
    x = pairs.x0.flatten(0, 1)
    speed = ((pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1)).flatten(0, 1).to(x.dtype)
    heads.field.calibrate_(x, speed)
    times = problem.times
    heads.field.calibrate_time_(times[-1], float(pairs.dt.max()))
    for name in heads.names:
        head = getattr(heads, name)
        if isinstance(head, StateFunction):
            head.calibrate_(x, times)
