"""``hillflow laws``: each gene's regulation in a run as a formula, written and printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape
from hillflow.cli.runs import RunArgument
from hillflow.files import check_output_file

if TYPE_CHECKING:
    from rich.table import Table

    from hillflow.symbolic import Laws

LAWS = "laws.json"


@app.command()
def laws(
    run: RunArgument,
    genes: Annotated[
        str | None, typer.Option(help="Only these genes, as A,B; all by default.")
    ] = None,
    engine: Annotated[str, typer.Option(help="template, operon or pysr.")] = "template",
    out: Annotated[
        Path | None, typer.Option(help="The .json file to write; laws.json in the run by default.")
    ] = None,
    parents: Annotated[int, typer.Option(help="Candidate regulators a gene, by the graph.")] = 4,
    also: Annotated[
        str, typer.Option(help="Genes to let in as regulators beside those, as A,B.")
    ] = "",
    graph: Annotated[
        Path | None,
        typer.Option(help="Edges (.csv) to take regulators from; read off the run by default."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Leave out terms that mend less than this share of the spread.")
    ] = 0.05,
    members: Annotated[
        int, typer.Option(help="Members of an ensemble to distill by themselves, at most.")
    ] = 5,
    jobs: Annotated[int, typer.Option(help="Processes, for engines that use them.")] = 1,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Distill each gene's law: a formula of its regulators and its decay.

    Errors are shares of the production's spread: on the states fitted, beyond
    the cells (each regulator by itself over 1.5 times its range), and on cells
    held out. Read the flags before you believe a formula.

    Example: hillflow laws run --genes GATA1,SPI1
    """
    from hillflow.fit.run import Run

    opened = Run.open(run)
    path = check_output_file(run / LAWS if out is None else out, ".json")

    from hillflow.causal import RegulatoryGraph
    from hillflow.symbolic import Sampling, distill

    names = opened.models[0].genes
    network = None if graph is None else RegulatoryGraph.load(graph, names)
    found = distill(
        opened, network, genes=None if genes is None else _names(genes), engine=engine,
        parents=parents, also=_names(also), sampling=Sampling(tolerance=tolerance, members=members),
        seed=seed, jobs=jobs, progress=_tell,
    )  # fmt: skip
    found.save(path)
    if as_json:
        print_result({"out": path, **found.to_json()}, as_json=True)
        return
    print_result(None, False, _table(found, path))
    for line in _notes(found):
        console.print(rich_escape(line))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tell(what: str, done: int, of: int) -> None:
    if done == of or done % 10 == 0:
        console.print(f"{what}: {done:,} of {of:,}")


def _table(found: Laws, path: Path) -> Table:
    from rich.table import Table

    sure = any(law.agreement is not None for law in found.best.values())
    table = Table("law", "family", title="Laws", caption=f"Wrote {rich_escape(str(path))}")
    for heading in ("error", "beyond", "held out", *(["members"] if sure else [])):
        table.add_column(heading, justify="right")
    table.add_column("flags")
    for law in found.best.values():
        row = [law.text(), law.family, *map(_share, (law.error, law.error_off, law.error_held))]
        row += [_share(law.agreement)] if sure else []
        table.add_row(*(rich_escape(cell) for cell in [*row, "; ".join(law.flags)]))
    return table


def _share(value: Any) -> str:
    return "–" if value is None or value != value else f"{value:.2g}"


def _notes(found: Laws) -> list[str]:
    """What the laws, simulated together, make of the model."""
    met = found.agreement
    if met is None:
        return []
    lines = []
    if met.trajectory is not None:
        lines.append(
            f"Simulated   the laws together stay {met.trajectory:.2g} standard deviations from "
            "the model (root mean square)"
        )
    if met.knockout_correlation is not None:
        lines.append(
            f"Knockouts   {len(met.knockouts)} of regulators, whose shifts correlate "
            f"{met.knockout_correlation:.2g} with the model's"
        )
    if met.ran_away:
        lines.append(f"Ran away    {', '.join(met.ran_away)}: the laws leave the finite numbers")
    return lines
