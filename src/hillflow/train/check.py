"""Checks before any work: whether a field, data, method and setting can be fitted together."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from hillflow.data import Cells, Snapshots
from hillflow.data.checks import COORDINATES, check_not_negative
from hillflow.errors import GeneNameError, HillflowWarning, InputError, UnsupportedError, listing
from hillflow.fields import VectorField
from hillflow.fields.dosed import check_dosed
from hillflow.model.efficacy import apply_efficacy
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.measured_velocity import no_velocity
from hillflow.objectives.method import Method
from hillflow.objectives.moving import moving
from hillflow.objectives.problem import Problem, snapshot_problem, trajectory_problem
from hillflow.train.setting import Setting
from hillflow.transport import Interval, Pairs, Plan
from hillflow.transport.couple import consecutive_populations

AT_REST = "a screen at rest (perturbed cells of one time)"


def check_times(data: Cells, method: Method) -> None:
    """Refuse cells at rest for a method that fits changes, and changing cells for one at rest."""
    rests = isinstance(data, Snapshots) and data.at_rest
    if isinstance(data, Snapshots) and data.unspliced is not None and len(data.times) == 1:
        raise UnsupportedError(
            "spliced and unspliced mRNA of several times", "one time",
            "read these cells with Snapshots.from_anndata(…, unspliced=…) (--unspliced-layer), "
            "which takes their velocities",
        )  # fmt: skip
    if isinstance(data, Snapshots) and len(data.times) == 1 and not rests and method.couples:
        raise UnsupportedError(
            "a method for cells of one time whose velocity is known",
            f"{method.name!r}, which compares times", "use 'velocity'",
        )  # fmt: skip
    if not method.couples and not method.at_rest and getattr(data, "velocity", None) is None:
        raise no_velocity()
    if rests != method.at_rest:
        raise UnsupportedError(
            f"a method for {AT_REST if rests else 'cells of several times'}",
            f"{method.name!r}, which fits {'changes between times' if rests else AT_REST}",
            "use 'equilibrium', or cells of several times" if rests else "use 'default'",
        )


def check_fit(vector_field: VectorField, data: Cells, method: Method, setting: Setting) -> None:
    """Refuse what cannot be fitted. This is fast: no cell is coupled, nothing is written."""
    method.check_field(vector_field)
    method.check_conditions(data.conditions)
    _check_data(vector_field, data, method)
    data, cuts = apply_efficacy(data, setting.efficacy)
    heads = setting.heads(method, data)
    parts = ("field", *heads, *(["efficacy"] if cuts else []))
    for stage in method.stages:
        for name in stage.train or ():
            if name not in parts:
                raise InputError(
                    f"parts to train among {', '.join(parts)}", repr(name),
                    "correct train=… of this stage, or name a method with that head",
                )  # fmt: skip
    if isinstance(data, Snapshots):
        two_each = [population.rows[:2] for population in data.populations()]
        problem = uncoupled_problem(data.take(np.concatenate(two_each)), vector_field, method)
    else:
        if data.doses is not None:
            check_dosed(vector_field)
        problem = trajectory_problem(data, orthant=False, dtype=vector_field._like().dtype)
    training = Training.of(
        Heads.build(vector_field, heads, sigma=setting.sigma, cuts=cuts), problem
    )
    if setting.sigma is not None and "diffusion" not in heads and not method.coupling.bridges:
        raise UnsupportedError(
            "a method with noise of one size, σ, to give its sigma",
            repr(method.name), "use 'sf2m' or 'sb-cfm', or leave sigma out",
        )  # fmt: skip
    if isinstance(data, Snapshots) and data.growth is not None and "growth" in heads:
        raise UnsupportedError(
            "a method without growth for cells whose growth rates are known",
            repr(method.name), "use 'default', or leave out the column growth_rate",
        )  # fmt: skip
    taught = {what for stage in method.stages for what in stage.objective.learns}
    for name in ("noise", "protein"):
        if name in heads and (name not in taught or training.heads.growth is not None):
            raise UnsupportedError(
                f"a method that simulates populations without growth, to learn {name}",
                repr(method.name), f"use 'law' or 'default', or leave {name} out",
            )  # fmt: skip
    moving(training.heads, vector_field)  # refuses a field that proteins cannot act in
    for stage in method.stages:
        stage.objective.check(training)


def uncoupled_problem(data: Snapshots, vector_field: VectorField, method: Method) -> Problem:
    """Build a problem of consecutive populations without coupling them: one pair per interval.

    Of a method that needs no pairs, there are none.
    """
    if not method.couples:
        return unpaired_problem(data, vector_field)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HillflowWarning)  # reported when cells are coupled
        spans = consecutive_populations(data)
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


def unpaired_problem(data: Snapshots, vector_field: VectorField) -> Problem:
    """Build a problem of populations without pairs, in the space of all genes."""
    return snapshot_problem(
        replace(data, basis=None),
        orthant=vector_field.keeps_orthant,
        dtype=vector_field._like().dtype,
    )


def _check_data(vector_field: VectorField, data: Cells, method: Method) -> None:
    kind = "snapshots" if isinstance(data, Snapshots) else "trajectories"
    check_times(data, method)
    if not method.at_rest and method.data not in ("both", kind):
        other = "'default' or 'ot-cfm'" if kind == "snapshots" else "'phoenix' or 'endpoint'"
        raise UnsupportedError(
            f"{method.data} for the method {method.name!r}", kind, f"use {other} for {kind}"
        )
    if vector_field.genes != data.genes:
        missing = [gene for gene in vector_field.genes if gene not in set(data.genes)]
        raise GeneNameError(
            f"the field's {len(vector_field.genes):,} genes, in its order",
            f"{len(data.genes):,} genes" + (f", without {listing(missing)}" if missing else ""),
            "build the field with the data's genes, or call .select_genes(field.genes)",
        )
    if vector_field.state_size != len(vector_field.genes):
        raise UnsupportedError(
            "a field whose state is only expression",
            f"the {vector_field.name!r} field, whose states include velocities",
            "fit 'sparse', or train this field on measured velocities with your own loop",
        )
    if vector_field.keeps_orthant and data.scale == COORDINATES:
        raise UnsupportedError(
            "a field that takes any value, for coordinates of an embedding",
            f"the {vector_field.name!r} field, which is of amounts: it keeps them above 0",
            "choose field=… (--field) mlp, linear or locally-linear",
        )
    if vector_field.keeps_orthant:
        check_not_negative(data.x, data.genes, f"the {vector_field.name!r} field")
