"""``hillflow fit``: read, check, fit, score what was left out, and say what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape
from hillflow.cli.describe import describe_run
from hillflow.cli.inputs import (
    DataChoice,
    PriorChoice,
    build_field,
    check_field,
    read_data,
    read_edges,
    read_times,
    with_list,
)
from hillflow.errors import InputError, UnsupportedError
from hillflow.files import check_output_folder

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories
    from hillflow.fields import VectorField
    from hillflow.objectives import Method
    from hillflow.results import Run
    from hillflow.train import Setting

Held = list["Snapshots"]

_DATA, _PRIOR, _SCORE = "Data", "Prior network", "Left out and scored"


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(metavar="DATA.h5ad", help="AnnData file.")],
    time: Annotated[str, typer.Option(help="Column of obs with the time of each cell.")],
    out: Annotated[Path, typer.Option(help="The run directory to write.")],
    time_unit: Annotated[
        str | None,
        typer.Option(
            help="Of plain numbers in it: h, d, min, …; rates are per this unit.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    perturbation: Annotated[
        str | None,
        typer.Option(
            help="Column with what was done; 'perturbation' if there.", rich_help_panel=_DATA
        ),
    ] = None,
    control: Annotated[
        str, typer.Option(help="Label of untouched cells.", rich_help_panel=_DATA)
    ] = "control",
    series: Annotated[
        str | None,
        typer.Option(
            help="Column that names the unit followed through time.", rich_help_panel=_DATA
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Layer to fit instead of X.", rich_help_panel=_DATA)
    ] = None,
    genes: Annotated[
        Path | None, typer.Option(help="File of genes, one a line.", rich_help_panel=_DATA)
    ] = None,
    normalize: Annotated[
        bool,
        typer.Option(
            "--normalize", help="Counts to log(1 + counts per 10,000).", rich_help_panel=_DATA
        ),
    ] = False,
    field: Annotated[
        str | None,
        typer.Option(
            help="A name from `hillflow methods fields`, or auto: the one that best "
            "predicts cells it has not seen. Unless given: auto for snapshots, hill "
            "with a prior, hill-dense for series; that of the method, if it is for one only."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="A name from `hillflow methods methods`. Unless given: default for "
            "snapshots, phoenix for series."
        ),
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option(
            help="A name from `hillflow priors list`, or a file of edges.", rich_help_panel=_PRIOR
        ),
    ] = None,
    prior_file: Annotated[
        Path | None,
        typer.Option(help="Your own copy of the named network.", rich_help_panel=_PRIOR),
    ] = None,
    organism: Annotated[
        str | None, typer.Option(help="human or mouse.", rich_help_panel=_PRIOR)
    ] = None,
    fold_case: Annotated[
        bool,
        typer.Option(
            "--fold-case", help="Take Gata1 and GATA1 for one gene.", rich_help_panel=_PRIOR
        ),
    ] = False,
    aliases: Annotated[
        Path | None,
        typer.Option(help="Table of two columns: prior name, data name.", rich_help_panel=_PRIOR),
    ] = None,
    free_edges: Annotated[
        str,
        typer.Option(
            help="Edges allowed beside the prior: none, regulators, all.", rich_help_panel=_PRIOR
        ),
    ] = "none",
    prior_format: Annotated[
        str,
        typer.Option(
            help="Of the prior's file, where it is not recognised.", rich_help_panel=_PRIOR
        ),
    ] = "auto",
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Take only these rows of the prior's file.",
            rich_help_panel=_PRIOR,
        ),
    ] = None,
    leave_out_time: Annotated[
        str | None,
        typer.Option(
            help="A time, or several as 8,16: their cells shape nothing and are scored at the end.",
            rich_help_panel=_SCORE,
        ),
    ] = None,
    leave_out_perturbation: Annotated[
        str | None,
        typer.Option(help="A perturbation, likewise, at all times.", rich_help_panel=_SCORE),
    ] = None,
    efficacy: Annotated[
        str | None,
        typer.Option(
            help="Share of a knocked-out gene that its targets miss (CRISPR: its mRNA may stay), "
            "or learn. Unless given, a knockout ends the gene's production."
        ),
    ] = None,
    ensemble: Annotated[
        int, typer.Option(help="Models, each on cells drawn anew; 1 for a single fit.", min=1)
    ] = 1,
    seed: SeedOption = 0,
    threads: Annotated[int, typer.Option(help="Of torch; one is right for small batches.")] = 1,
    effort: Annotated[float, typer.Option(help="Times the usual number of steps.")] = 1.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in OUT.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in OUT.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a law of motion to cells, and write a run directory.

    Everything is checked before the work begins. Ctrl-C keeps a checkpoint;
    the same command with --resume goes on from there to the same result.

    Example: hillflow fit blood.h5ad --time time --perturbation perturbation --out run
    """
    from hillflow.train import Setting

    check_out(out, resume, overwrite)
    setting = Setting(threads=threads, effort=effort, efficacy=read_efficacy(efficacy))
    every = read_data(
        data,
        DataChoice(time, perturbation, control, series, layer, genes, normalize, time_unit),
    )
    train, held = leave_out(every, leave_out_time, leave_out_perturbation, control)
    if resume:
        check_resumed(out, train, ensemble, seed)
    chosen, stages = choose(
        field, method,
        PriorChoice(
            prior, prior_file, organism, fold_case, aliases, free_edges,
            prior_format, tuple(where or ()),
        ),
        train, seed,
    )  # fmt: skip
    _run_fit(
        chosen, train, stages, ensemble,
        seed=seed, setting=setting, out=out, resume=resume, overwrite=overwrite,
    )  # fmt: skip
    run = _score(out, train, held)
    files = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    result = {
        "out": out, "field": run.model.field.name, "method": stages.name, "seed": seed,
        "members": run.members, "metrics": run.metrics, "files": files,
    }  # fmt: skip
    print_result(result, as_json, None if as_json else rich_escape(describe_run(run)))
    if not as_json:
        print_result(None, False, rich_escape(f"Wrote {out}: {', '.join(files)}"))


def read_efficacy(text: str | None) -> float | str | None:
    """A share as a number; "learn", and what is neither, as it is."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def check_out(out: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a run directory that cannot be written, before the data are read."""
    from hillflow.results.run import MANIFEST, check_target

    check_output_folder(out)
    if not (resume and (out / MANIFEST).is_file()):
        check_target(out, {}, resume=resume, overwrite=overwrite)


def check_resumed(out: Path, data: Snapshots | Trajectories, ensemble: int, seed: int) -> None:
    """Refuse other data, members or seed than the run was begun with, before a field is chosen."""
    from hillflow.model.describe import describe_data
    from hillflow.results.run import differing, read_manifest

    request = read_manifest(out)["request"]
    wanted = {"data": describe_data(data), "seed": seed, "members": ensemble}
    different = differing({name: request.get(name, 1) for name in wanted}, wanted)
    if different:
        raise InputError(
            f"what the run in {out} was begun with", f"another {', '.join(different)}",
            f"repeat its command (`hillflow info {out}` shows it), or name another folder",
        )  # fmt: skip


def leave_out(
    data: Snapshots | Trajectories, time: str | None, perturbation: str | None, control: str
) -> tuple[Snapshots | Trajectories, Held]:
    """What to train on, and what was left out of it, each of which can be predicted."""
    from hillflow.data import Snapshots, leave_out_condition, leave_out_time
    from hillflow.evaluate.left_out import check_scorable
    from hillflow.interventions import parse_conditions

    if time is None and perturbation is None:
        return data, []
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots to leave a time or a perturbation out of",
            "series",
            "leave these rows out of the file, or fit without --series",
        )
    train, held = data, list[Snapshots]()
    if time is not None:
        split = leave_out_time(train, *read_times(time, data.time_unit))
        train, held = split.train, [*held, split.left_out]
    if perturbation is not None:
        condition = parse_conditions([perturbation], control)[perturbation]
        split = leave_out_condition(train, condition)
        train, held = split.train, [*held, split.left_out]
    for part in held:
        check_scorable(train, part)
    return train, held


def choose(
    field: str | None,
    method: str | None,
    prior: PriorChoice,
    data: Snapshots | Trajectories,
    seed: int,
) -> tuple[VectorField | str, Method]:
    """The field and the method that the options name, or those that suit the data."""
    from hillflow.data import Snapshots
    from hillflow.objectives import make_method

    snapshots = isinstance(data, Snapshots)
    try:
        stages = make_method(method or ("default" if snapshots else "phoenix"))
    except InputError as error:
        raise with_list(error, "methods") from None
    if field in (None, "auto") and stages.trains != "any":
        field = stages.trains
    if field is None:
        field = "hill-dense" if not snapshots else "auto" if prior.name is None else "hill"
    check_field(field, with_prior=prior.name is not None)
    edges = read_edges(prior, data.genes)
    if field == "auto":
        return field, stages
    return build_field(field, stages, data.genes, edges, seed)


def _run_fit(
    field: VectorField | str,
    data: Snapshots | Trajectories,
    stages: Method,
    ensemble: int,
    *,
    seed: int,
    setting: Setting,
    out: Path,
    resume: bool,
    overwrite: bool,
) -> None:
    from rich.progress import Progress

    from hillflow.results.run import MANIFEST
    from hillflow.train import fit, fit_ensemble

    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        options: dict[str, Any] = {
            "seed": seed, "setting": setting, "out": out, "resume": resume,
            "overwrite": overwrite, "progress": progress,
        }  # fmt: skip
        try:
            if ensemble > 1:
                fit_ensemble(field, data, stages, members=ensemble, **options)
            else:
                fit(field, data, stages, **options)
        except KeyboardInterrupt:
            if (out / MANIFEST).is_file():
                console.print(
                    f"{out} keeps the last checkpoint: the same command with --resume goes on "
                    "from there."
                )
            raise


def _score(out: Path, train: Snapshots | Trajectories, held: Held) -> Run:
    """Score what was left out, once: a run that has its score keeps it."""
    from hillflow.data import Snapshots
    from hillflow.evaluate.left_out import not_scorable, score_left_out
    from hillflow.results import Run

    run = Run.open(out)
    if held and isinstance(train, Snapshots) and "left_out" not in run.metrics:
        rows = [row for part in held for row in score_left_out(run.models, train, part)]
        left = [name for part in held for name in not_scorable(train, part)]
        run.add_metrics(left_out=rows, not_scored=left)
    return run
