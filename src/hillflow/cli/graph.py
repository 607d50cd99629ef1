"""``hillflow graph``: the regulatory network of a run, as a table and on the screen."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hillflow.cli.app import JsonOption, app, console, print_result, rich_escape
from hillflow.cli.runs import AlsoOption, RunArgument, joined_models, open_run, run_names
from hillflow.errors import InputError
from hillflow.files import check_output_file

if TYPE_CHECKING:
    from rich.table import Table

    from hillflow.networks import Network

EDGES = "edges.csv"
MOST_SHOWN = 20


@app.command()
def graph(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option(help="The .csv file to write; edges.csv in the run by default.")
    ] = None,
    readout: Annotated[
        str,
        typer.Option(
            help="auto, weight, jacobian, mean_jacobian, consistency, contrast, importance, "
            "gradients, or consensus (with closed-form views)."
        ),
    ] = "auto",
    also: AlsoOption = None,
    top: Annotated[int | None, typer.Option(help="Write the strongest so many edges only.")] = None,
    confidence: Annotated[
        float | None, typer.Option(help="Write edges of at least this confidence only, 0 to 1.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read the regulatory network off a run: who regulates whom, how much, how surely.

    Without --top and --confidence every candidate pair is written. A run with
    --ensemble 5 or more tells how sure each edge is. --also RUN2 joins a run of
    another field on the same cells, for --readout consensus.

    Example: hillflow graph run --confidence 0.8
    """
    _check_bounds(top, confidence)
    opened = open_run(run)
    path = check_output_file(run / EDGES if out is None else out, ".csv")

    from hillflow.causal import graph as read_graph

    joined = joined_models(opened, also)
    if confidence is not None and len(joined.models) == 1:
        raise InputError(
            "an ensemble, whose edges carry a confidence", "a run of one fit, which has none",
            "fit with --ensemble 10, or keep the strongest with --top",
        )  # fmt: skip
    found = read_graph(joined, opened.data, readout)
    if top is not None or confidence is not None:
        found = found.select(top=top, confidence=confidence)
    if also:
        found = replace(found, about=found.about | {"runs": run_names(run, also)})
    found.save(path)
    result = {"out": path, **found.about, "edges": _records(found)}
    if as_json:
        print_result(result, as_json=True)
        return
    print_result(result, as_json=False, shown=_table(found, path))
    about = found.about
    console.print(f"Readout     {about['readout']}: {rich_escape(about['why'])}")
    console.print(f"Confidence  {rich_escape(about['confidence'])}")


def _check_bounds(top: int | None, confidence: float | None) -> None:
    if top is not None and top < 1:
        raise InputError("--top of 1 or more", f"{top}", "leave it out to keep every pair")
    if confidence is not None and not 0 <= confidence <= 1:
        raise InputError("--confidence between 0 and 1", f"{confidence:g}", "write 0.8")


def _records(found: Network) -> list[dict[str, Any]]:
    """Edges with a weight, by falling size; what is not known is left out."""
    rows = found.edges[found.edges["weight"] != 0].to_dict("records")
    return [
        {str(k): v for k, v in row.items() if not (isinstance(v, float) and math.isnan(v))}
        for row in rows
    ]


def _table(found: Network, path: Path) -> Table:
    from rich.table import Table

    from hillflow.networks.network import INTERACTION

    sure = found.edges["confidence"].notna().any()
    edges = found.edges[found.edges["weight"] != 0]
    other = edges["source"] != edges["target"]  # what a gene does to itself is mostly decay
    shown = (edges[other] if other.any() else edges).head(MOST_SHOWN)
    title = "The strongest edges between genes" if other.any() else "The strongest edges"
    turning = "turns" in shown and shown["turns"].any()
    table = Table("source", "", "target", title=title)
    table.add_column("weight", justify="right")
    if sure:
        table.add_column("confidence", justify="right")
    if turning:
        table.add_column("between groups")
    for edge in shown.to_dict("records"):
        row = [edge["source"], INTERACTION[edge["sign"]], edge["target"], f"{edge['weight']:+.3g}"]
        if sure:
            row.append("–" if math.isnan(edge["confidence"]) else f"{edge['confidence']:.2f}")
        if turning:
            row.append("turns" if edge["turns"] else "")
        table.add_row(*(rich_escape(str(cell)) for cell in row))
    more = len(found) - len(shown)
    ending = f", with {more:,} more edges" if more > 0 else ""
    table.caption = f"Wrote {rich_escape(str(path))}{ending}"
    return table
