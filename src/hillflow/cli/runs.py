"""``hillflow predict``, ``velocity`` and ``info``: what a finished run can be asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow import keys
from hillflow.cli.app import (
    JsonOption,
    OverwriteOption,
    app,
    console,
    print_result,
    rich_escape,
)
from hillflow.cli.describe import describe_run
from hillflow.cli.inputs import read_times
from hillflow.cli.outputs import check_new_file, check_not_of_run
from hillflow.errors import InputError, UnsupportedError
from hillflow.notice import warn

if TYPE_CHECKING:
    import anndata
    from rich.table import Table

    from hillflow.data import Snapshots
    from hillflow.model import Fit
    from hillflow.results.run import Run

RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder that `hillflow fit` wrote.")
]
AlsoOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="RUN", help="A run of another field on the same cells joins in; may be repeated."
    ),
]
OutOption = Annotated[Path, typer.Option(help="The .h5ad file to write.")]

MOST_GENES = 4  # named in a row of the table of a prediction


def open_run(path: Path) -> Run:
    """The run of a folder, with a warning where nothing should be read off its fit."""
    from hillflow.model.summary import no_better_than_no_change
    from hillflow.results.run import Run

    opened = Run.open(path)
    if all(no_better_than_no_change(model) for model in opened.models):
        warn(
            f"the fit of {path} is no better than no motion at all: nothing that is read off it "
            "should be believed; fit longer, or with another field or method"
        )
    return opened


def joined_models(run: Run, also: list[Path] | None) -> Fit:
    """The models of a run, and of those that join it."""
    from hillflow.model import Fit

    paths = [run.path.resolve(), *(path.resolve() for path in also or ())]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise InputError(
            "each run once", f"{twice} again", "leave it out: it would look too sure of itself"
        )
    others = [open_run(path) for path in also or ()]
    for other in others:
        if other.model.conditions != run.model.conditions or other.model.times != run.model.times:
            warn(
                f"{other.path} was fitted to other populations than {run.path}: what one of them "
                "left out the other may have seen"
            )
        elif _cells_of(other) != _cells_of(run):
            warn(
                f"{other.path} was fitted to other cells than {run.path}: what they say together "
                "is of neither"
            )
    return Fit.of(run, *others)


def run_names(run: Path, also: list[Path] | None) -> list[str]:
    """What runs that were joined are called in what is written: seen from where the first lies."""
    origin = run.resolve().parent
    return [os.path.relpath(one.resolve(), origin) for one in (run, *(also or ()))]


def _cells_of(run: Run) -> str:
    return str(run.manifest["request"]["data"]["fingerprint"])


@app.command()
def predict(
    run: RunArgument,
    out: OutOption,
    perturb: Annotated[
        str, typer.Option(help='What is done to the cells, as "GATA1=ko,SPI1=oe:2".')
    ] = "control",
    start_time: Annotated[
        str | None, typer.Option(help="Start from the control cells of this time, not the first.")
    ] = None,
    times: Annotated[
        str | None, typer.Option(help="Times to predict; every later one measured unless given.")
    ] = None,
    absolute: Annotated[
        bool,
        typer.Option("--absolute", help="The plain rollout, also at times never measured."),
    ] = False,
    cautious: Annotated[
        bool,
        typer.Option(
            "--cautious",
            help="Move each gene less by twice what the members differ in; wants two or more.",
        ),
    ] = False,
    pooled: Annotated[
        bool,
        typer.Option(
            "--pooled",
            help="Take the control's means together with populations that do not differ from it.",
        ),
    ] = False,
    also: AlsoOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Predict the cells under an intervention, from the control cells of the run.

    Measured control cells are moved by what the model says changes, so that
    what it gets wrong about the control cancels. --perturb takes ko, kd:0.7,
    oe:2, clamp:1.5, deg:0.1 and cut; left out, control cells are rolled out.

    Example: hillflow predict run --out knockout.h5ad --perturb "GATA1=ko,SPI1=oe:2"
    """
    out = check_new_file(out, ".h5ad", overwrite)
    for one in (run, *(also or ())):
        check_not_of_run(out, one)
    opened, cells = _open_snapshots(run)
    members = joined_models(opened, also)
    from hillflow.interventions import Intervention
    from hillflow.model import note_prediction

    known = cells
    if pooled:
        from hillflow.data import pooled_control

        cells = pooled_control(cells)
    intervention = Intervention.parse(perturb).check(opened.model.genes)
    wanted = None if times is None else read_times(times, cells.time_unit)
    start = None if start_time is None else read_times(start_time, cells.time_unit)[0]
    predicted = members.predict(
        cells, intervention, wanted, start=start, absolute=absolute, cautious=cautious
    )
    _note_extrapolation(opened, predicted)
    adata = predicted.to_anndata()
    note_prediction(
        adata, known, *members, start=start, absolute=absolute, cautious=cautious, pooled=pooled
    )
    written = _keys_in(adata)
    _write(adata, out)
    if absolute and not intervention.is_control:  # like with like: one rollout against another
        control, against = Intervention.control(), "rolled-out control"
        rows = _changes(
            members.predict(cells, control, wanted, start=start, absolute=True), predicted
        )
    else:
        against = "pooled control" if pooled else "measured control"
        rows = _changes(cells, predicted)
    result = {
        "out": out, "keys": written, "perturbation": intervention.name, "cautious": cautious,
        "pooled": pooled, "against": against,
        "populations": rows,
    }  # fmt: skip
    said = f"Wrote {out} with {', '.join(written)}"
    title = f"{intervention.name}{', cautiously' * cautious}"
    table = None if as_json else _changes_table(rows, title, against, said)
    print_result(result, as_json, table)


@app.command()
def velocity(
    run: RunArgument,
    out: OutOption,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the run's cells with their fitted velocities, for scVelo and CellRank.

    Example: hillflow velocity run --out velocity.h5ad
    """
    from hillflow.model import add_velocity

    out = check_new_file(out, ".h5ad", overwrite)
    check_not_of_run(out, run)
    opened = open_run(run)
    adata = opened.data.to_anndata()
    written = add_velocity(adata, *opened.models)
    _write(adata, out)
    shown = f"Wrote {out} with {', '.join(written)}"
    print_result({"out": out, "keys": written}, as_json, rich_escape(shown))


@app.command()
def info(run: RunArgument, as_json: JsonOption = False) -> None:
    """Show what was fitted, on what, with which versions, and how well.

    Example: hillflow info run
    """
    from hillflow.results.run import Run

    opened = Run.open(run)
    found = {"path": str(run), "manifest": opened.manifest, "metrics": opened.metrics}
    print_result(found, as_json, None if as_json else rich_escape(describe_run(opened)))


def _open_snapshots(path: Path) -> tuple[Run, Snapshots]:
    from hillflow.data import Snapshots

    opened = open_run(path)
    if not isinstance(opened.data, Snapshots):
        raise UnsupportedError(
            "a run on snapshots, whose control cells a prediction starts from",
            f"one on series of {len(opened.data)} units",
            "roll units out in Python: Run.open(path).model.simulate(x0, times, intervention)",
        )
    return opened, opened.data


def _write(adata: anndata.AnnData, path: Path) -> None:
    from hillflow.files import replacing

    with replacing(path) as draft:
        adata.write_h5ad(draft)


def _keys_in(adata: anndata.AnnData) -> list[str]:
    """Everything in predicted cells, by its key."""
    columns = [f"obs[{key!r}]" for key in adata.obs]
    return ["X", *columns, *(f"uns[{keys.UNS!r}][{key!r}]" for key in adata.uns[keys.UNS])]


def _note_extrapolation(run: Run, predicted: Snapshots) -> None:
    from hillflow.data import format_time

    unit, last = run.model.time_unit, max(run.model.times)
    later = [format_time(float(time), unit) for time in predicted.times if time > last]
    if later:
        console.print(
            f"[yellow]Note:[/] {', '.join(later)}: later than anything this run was fitted on "
            f"({format_time(last, unit)}), so this is extrapolation."
        )


def _changes(cells: Snapshots, predicted: Snapshots) -> list[dict[str, Any]]:
    """At each predicted time, the genes whose mean differs most from the control cells there."""
    import numpy as np

    from hillflow.interventions import Intervention

    control = cells.take(cells.rows(condition=Intervention.control()))
    rows = []
    for population in predicted.populations():
        row: dict[str, Any] = {"time": population.time, "cells": len(population), "changes": {}}
        measured = np.flatnonzero(np.isclose(control.time, population.time))
        if len(measured):
            shift = predicted.x[population.rows].mean(0) - control.x[measured].mean(0)
            largest = np.argsort(-np.abs(shift), kind="stable")[:MOST_GENES]
            row["changes"] = {cells.genes[k]: round(float(shift[k]), 4) for k in largest}
        rows.append(row)
    return rows


def _changes_table(rows: list[dict[str, Any]], name: str, against: str, said: str) -> Table:
    from rich.table import Table

    table = Table("time", "cells", f"largest differences of means from the {against}")
    table.title, table.caption = f"Predicted: {name}", rich_escape(said)
    for row in rows:
        changes = ", ".join(f"{gene} {shift:+.2g}" for gene, shift in row["changes"].items())
        table.add_row(f"{row['time']:g}", f"{row['cells']:,}", rich_escape(changes or "–"))
    return table
