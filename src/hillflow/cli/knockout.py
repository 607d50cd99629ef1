"""``hillflow knockout``: predict and rank perturbations of a finished run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape
from hillflow.cli.inputs import read_times
from hillflow.cli.runs import AlsoOption, RunArgument, joined_models, open_run, run_names
from hillflow.errors import InputError, InterventionError
from hillflow.files import check_output_file

if TYPE_CHECKING:
    from rich.table import Table

    from hillflow.causal import KnockoutResult
    from hillflow.interventions import Intervention
    from hillflow.model import Fit
    from hillflow.networks import Network
    from hillflow.results.run import Run

FILE = "knockouts.csv"
MOST_ROWS = 15  # of the ranking are shown
MOSTLY = 0.5  # share of the cells that must stay within what was measured
SHORT = {
    "knockout": "ko", "knockdown": "kd", "overexpression": "oe", "degradation": "deg",
    "cut_outgoing": "cut",
}  # fmt: skip


@app.command()
def knockout(
    run: RunArgument,
    genes: Annotated[
        str | None, typer.Option(help="Genes with commas between them; A+B is both at once.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every gene of the run.")] = False,
    pairs: Annotated[bool, typer.Option("--pairs", help="All pairs of these genes too.")] = False,
    mode: Annotated[
        str,
        typer.Option(help="knockout, knockdown=0.5, overexpress=2, clamp=1.5 or cut_outgoing."),
    ] = "knockout",
    out: Annotated[
        Path | None, typer.Option(help="The .csv file to write; RUN/knockouts.csv unless given.")
    ] = None,
    times: Annotated[
        str | None, typer.Option(help="Measured times; every one after the start unless given.")
    ] = None,
    start_time: Annotated[
        str | None, typer.Option(help="Start from the control cells of this time, not the first.")
    ] = None,
    cells: Annotated[int, typer.Option(help="Control cells to roll out, at most.")] = 500,
    also: AlsoOption = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Predict what perturbations would do, and rank them.

    Writes a row for every perturbation, gene and time, and beside it ranking.csv
    with a row a perturbation. Intervals need an ensemble (`hillflow fit
    --ensemble`); direct targets are counted in RUN/edges.csv if it is there.
    --also RUN2 adds the models of a run of another field, which err differently.

    Example: hillflow knockout run --genes GATA1,SPI1,GATA1+SPI1
    """
    if (genes is None) == (not every):
        raise InputError(
            "either --genes or --all", "neither" if genes is None else "both",
            "write --genes GATA1,SPI1+KLF1, or --all",
        )  # fmt: skip
    kind, value = read_mode(mode)
    target = check_output_file(out or run / FILE, ".csv") if out or run.is_dir() else None
    opened = open_run(run)
    from hillflow.networks.about_file import write_about

    members = joined_models(opened, also)
    result = _result(opened, members, genes, pairs, kind, value, times, start_time, cells, seed)
    paths = result.save(target or run / FILE)
    write_about(paths[1], {"runs": run_names(run, also)} if also else {})
    notes = _notes(result)
    for note in notes:
        console.print(f"[yellow]Note:[/] {rich_escape(note)}")
    found = {
        "out": paths[0], "ranking": paths[1], "members": len(result.models), "notes": notes,
        "perturbations": [_plain(row) for row in result.ranking.to_dict("records")],
    }  # fmt: skip
    print_result(found, as_json, None if as_json else _table(result, paths))


def read_mode(text: str) -> tuple[str, float | None]:
    """``knockdown=0.5`` as the kind and its value, checked."""
    from hillflow.interventions import Intervention

    try:
        (action, *_) = Intervention.parse(f"each gene={text.replace('=', ':')}")
    except InterventionError as error:
        raise InterventionError(
            error.expected, error.found,
            "write --mode knockout, knockdown=0.5, overexpress=2, clamp=1.5 or cut_outgoing",
        ) from None  # fmt: skip
    return action.kind, action.value


def _result(
    run: Run, members: Fit, genes: str | None, pairs: bool, kind: str,
    value: float | None, times: str | None, start_time: str | None, cells: int, seed: int,
) -> KnockoutResult:  # fmt: skip
    from rich.progress import Progress

    from hillflow.causal import knockout as predicted
    from hillflow.causal import screen

    unit = run.model.time_unit
    options: dict[str, Any] = {
        "times": None if times is None else read_times(times, unit),
        "start": None if start_time is None else read_times(start_time, unit)[0],
        "kind": kind, "value": value, "cells": cells, "seed": seed, "graph": _graph(run),
    }  # fmt: skip
    named = None if genes is None else [part.strip() for part in genes.split(",") if part.strip()]
    together = [name for name in named or () if "+" in name]
    if pairs and together:
        raise InputError(
            "single genes, whose pairs are to be made, with --pairs", f"{together[0]!r}",
            "leave --pairs out, or name its genes one by one",
        )  # fmt: skip
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        if named is None or pairs:
            return screen(members, run.data, genes=named, pairs=pairs, progress=progress, **options)
        return predicted(members, named, run.data, progress=progress, **options)


def _graph(run: Run) -> Network | None:
    """The graph that `hillflow graph` left in the run."""
    from hillflow.networks import Network

    path = run.path / "edges.csv"
    return Network.load(path, run.model.genes) if path.is_file() else None


def _notes(result: KnockoutResult) -> list[str]:
    notes = []
    if len(result.models) == 1:
        notes.append(
            "one model cannot say how sure it is: low, high, p and fdr are empty. Fit an "
            "ensemble (`hillflow fit --ensemble 5`) for them."
        )
    if result.graph is None:
        notes.append("no edges.csv in the run: direct targets are not counted (`hillflow graph`).")
    outside = int((result.ranking["in_support"] < MOSTLY).sum())
    own = float(result.shifts.control_in_support[-1])
    if own < MOSTLY:
        notes.append(
            f"unperturbed, the model already takes {1 - own:.0%} of the cells to where none was "
            "measured, so in_support says little of a perturbation. Fit for longer, or with "
            "another field."
        )
    elif outside:
        notes.append(
            f"{outside:,} of {len(result):,} perturbations take most cells to where no cell was "
            f"measured (in_support below {MOSTLY:g}; {own:.0%} without perturbation): there the "
            "model extrapolates."
        )
    return notes


def _table(result: KnockoutResult, paths: tuple[Path, Path]) -> Table:
    from rich.table import Table

    sure = len(result.models) > 1
    fates = result.fates is not None
    last = f"{result.wild_type.times[-1]:g} {result.wild_type.data.time_unit}".strip()
    table = Table(
        title=f"Predicted effects at {last}, in standard deviations of the control",
        caption=f"Wrote {rich_escape(str(paths[0]))}, and {rich_escape(str(paths[1]))} with more",
    )
    for name in ("perturbation", "effect", *(["95 %"] if sure else []), "in support"):
        table.add_column(name, overflow="fold")  # never cut, however narrow the screen
    table.add_column("fate" if fates else "moves most", overflow="fold")
    short = {one.name: short_name(one) for one in result.interventions}
    for row in result.ranking.head(MOST_ROWS).to_dict("records"):
        cells = [short[row["perturbation"]], f"{row['effect']:.3g}"]
        if sure:
            cells.append(f"{row['low']:.3g} to {row['high']:.3g}")
        cells += [f"{row['in_support']:.0%}", _fate(row) if fates else row["strongest"]]
        table.add_row(*(rich_escape(cell) for cell in cells))
    left = len(result) - MOST_ROWS
    if left > 0:
        table.add_row(f"and {left:,} more")
    return table


def short_name(intervention: Intervention) -> str:
    """``GATA1=ko, SPI1=oe:2``: it means the same as the full name, and fits the screen."""
    written = []
    for action in intervention:
        _, colon, value = str(action).removeprefix(f"{action.gene}=").partition(":")
        written.append(f"{action.gene}={SHORT.get(action.kind, action.kind)}{colon}{value}")
    return ", ".join(written)


def _fate(row: Mapping[Any, Any]) -> str:
    """Where the share of cells that change fate goes."""
    return f"{row['fate_shift']:.0%} {row['fate_toward']}".rstrip()


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """JSON knows no NaN: what is not known is null."""
    return {
        str(key): None if isinstance(value, float) and math.isnan(value) else value
        for key, value in row.items()
    }
