"""``hillflow simulate``: cells of a known system in an AnnData file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from hillflow.cli.app import (
    JsonOption,
    OverwriteOption,
    SeedOption,
    app,
    console,
    print_result,
)
from hillflow.cli.outputs import check_new_file
from hillflow.errors import TimeError

if TYPE_CHECKING:
    from rich.table import Table

    from hillflow.systems import SimulatedData

_ABOUT = (
    "Draw cells from a regulatory system whose law and network are known.\n\n"
    "Every time and every knockout has its own cells. The file holds the measured expression, "
    "the true network, the true expression and the true velocity.\n\n"
    "Example: hillflow simulate hematopoiesis --out blood.h5ad --cells 500 "
    "--knockouts GATA1,SPI1\n\n"
)


class _CommandWithSystems(TyperCommand):
    """Lists the systems in its help, and loads them only when the help is asked for."""

    def format_help(self, *arguments: Any) -> None:
        from hillflow.systems import SYSTEMS

        systems = "\n\n".join(
            f"{one.name}: {one.description} (at {', '.join(f'{time:g}' for time in one.times)} h)"
            for one in SYSTEMS.values()
        )
        self.help = f"{_ABOUT}Networks:\n\n{systems}"
        super().format_help(*arguments)


@app.command(cls=_CommandWithSystems, short_help="Draw cells from a known regulatory system.")
def simulate(
    network: Annotated[str, typer.Argument(help="Which system; see the list above.")],
    out: Annotated[Path, typer.Option(help="The .h5ad file to write.")],
    cells: Annotated[int, typer.Option(help="Cells of each time and condition.")] = 500,
    times: Annotated[
        str | None, typer.Option(help="Hours, as 0,1,2,4; those listed above unless given.")
    ] = None,
    knockouts: Annotated[
        str, typer.Option(help="Genes, as A,B (A+B for both at once), or all.")
    ] = "",
    counts: Annotated[bool, typer.Option("--counts", help="Count molecules (UMI).")] = False,
    noise: Annotated[float, typer.Option(help="SD of the measurement error.")] = 0.0,
    dropout: Annotated[float, typer.Option(help="Chance that an entry is lost.")] = 0.0,
    genes: Annotated[
        int | None, typer.Option(help="Size of a random network (scale-free, linear).")
    ] = None,
    seed: SeedOption = 0,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Parse, call :func:`hillflow.systems.simulate_to_file`, print the populations."""
    from rich.progress import Progress

    from hillflow.systems import Measurement, simulate_to_file

    check_new_file(out, ".h5ad", overwrite)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as display:
        task = display.add_task("steps", total=None)
        data = simulate_to_file(
            network,
            out,
            cells=cells,
            times=None if times is None else _numbers(times),
            knockouts="all" if knockouts.strip() == "all" else _names(knockouts),
            measurement=Measurement(noise=noise, dropout=dropout, counts=counts),
            genes=genes,
            seed=seed,
            progress=lambda done, steps: display.update(task, completed=done, total=steps),
        )
    populations = [_summary(one) for one in data.populations]
    result = {
        "out": out,
        "network": network,
        "genes": len(data.system.genes),
        "edges": len(data.network),
        "cells": sum(one["cells"] for one in populations),
        "seed": seed,
        "populations": populations,
    }
    print_result(result, as_json, None if as_json else _table(data, out, populations))


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in _names(text)]
    except ValueError:
        raise TimeError(
            "times as numbers with commas between them", repr(text), "write --times 0,1,2,4"
        ) from None


def _summary(population: Any) -> dict[str, Any]:
    labels = [] if population.labels is None else population.labels.tolist()
    return {
        "perturbation": population.intervention.name,
        "time": population.time,
        "cells": len(population),
        "labels": dict(Counter(sorted(labels)).most_common()),
    }


def _table(data: SimulatedData, out: Path, populations: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table

    table = Table(
        title=f"{data.system.name}: {len(data.system.genes):,} genes, {len(data.network):,} edges",
        caption=f"Wrote {out}",
    )
    table.add_column("perturbation")
    table.add_column("time (h)", justify="right")
    table.add_column("cells", justify="right")
    table.add_column("states")
    for one in populations:
        states = ", ".join(f"{count:,} {label}" for label, count in one["labels"].items())
        table.add_row(one["perturbation"], f"{one['time']:g}", f"{one['cells']:,}", states)
    return table
