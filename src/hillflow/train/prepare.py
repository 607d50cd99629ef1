"""From a field and data to a training problem: every check, the coupling, the scales."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hillflow.data import Snapshots, Trajectories, leave_out_cells, leave_out_series
from hillflow.data.checks import check_not_negative
from hillflow.errors import GeneNameError, HillflowWarning, InputError, UnsupportedError, listing
from hillflow.fields import VectorField
from hillflow.model.efficacy import as_told, check_efficacy
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads, StateFunction
from hillflow.objectives.problem import Problem, snapshot_problem, trajectory_problem
from hillflow.objectives.registry import Method
from hillflow.train.resample import resampled
from hillflow.transport import Interval, Pairs, Plan, consecutive, fit_plan

Data = Snapshots | Trajectories


@dataclass(frozen=True)
class Setting:
    """How data becomes a training problem, and how training is looked after.

    The defaults suit most data.

    Attributes
    ----------
    basis
        Principal components to couple in; all, where the panel has no more genes.
    hold_back
        Share of the training cells kept for choosing the best step; 0 keeps the last step.
    bootstrap
        Train on cells drawn anew, with replacement, from each population (see `ensemble`).
    look
        Steps between looks at the cells held back.
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
        Of torch while it trains. One is right for batches of this size.
    checkpoint_seconds
        Between two checkpoints, where a run directory is given.
    """

    basis: int = 30
    hold_back: float = 0.1
    bootstrap: bool = False
    look: int = 50
    efficacy: float | str | None = None
    sigma: float = 0.1
    effort: float = 1.0
    memory_mb: int = 1024
    threads: int = 1
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.hold_back < 1:
            raise InputError("hold_back from 0 to below 1", f"{self.hold_back}", "write 0.1")
        for name in ("basis", "look", "memory_mb", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} of at least 1", f"{getattr(self, name)}", f"raise {name}")
        for name in ("sigma", "effort"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} above 0", f"{getattr(self, name)}", f"raise {name}")
        check_efficacy(self.efficacy)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model bound to its training cells, and to those held back (None: none).

    `data` is what was trained on, with the basis it was coupled in.
    """

    training: Training
    watched: Training | None
    data: Data


def check_kind(data: object) -> None:
    """Refuse what is neither snapshots nor trajectories, and say how to get there."""
    if isinstance(data, Snapshots | Trajectories):
        return
    fix = "build them with Snapshots.from_anndata(adata) or Snapshots.from_arrays(x, time, genes)"
    if hasattr(data, "to_anndata"):
        fix = "write Snapshots.from_anndata(data.to_anndata())"
    raise InputError("Snapshots or Trajectories to fit", type(data).__name__, fix)


def check(vector_field: VectorField, data: Data, method: Method, setting: Setting) -> None:
    """Refuse what cannot be fitted, in no time: no cell is coupled, nothing is written."""
    method.check_field(vector_field)
    method.check_conditions(data.conditions)
    _check_data(vector_field, data, method)
    data, cuts = as_told(data, setting.efficacy)
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
    data: Data,
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
    data, cuts = as_told(data, setting.efficacy)
    train, held = _hold_back(data, setting, seed)
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
    watched = None
    if isinstance(held, Snapshots):
        watched = Training.of(heads, _outlined(held, vector_field))
    elif held is not None:
        watched = Training.of(heads, trajectory_problem(held, orthant=orthant, dtype=dtype))
    return Prepared(training, watched, train)


def _check_data(vector_field: VectorField, data: Data, method: Method) -> None:
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


def _hold_back(data: Data, setting: Setting, seed: int) -> tuple[Data, Data | None]:
    if not setting.hold_back:
        return data, None
    if isinstance(data, Snapshots):
        if data.basis is None:  # the share's coordinates are those of the cells trained on
            data = data.with_basis(setting.basis)
        cells = leave_out_cells(data, setting.hold_back, seed)
        return cells.train, cells.held_out
    if len(data) < 10:  # too few units to spare one
        return data, None
    series = leave_out_series(data, float(setting.hold_back), seed)
    return series.train, series.held_out


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
