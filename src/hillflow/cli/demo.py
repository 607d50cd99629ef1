"""``hillflow demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hillflow.cli.app import JsonOption, SeedOption, app, console, print_result, rich_escape


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Fewer cells, members and steps.")] = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Show the whole story on simulated blood cells with knockouts.

    Example: hillflow demo --out demo --quick
    """
    from rich.table import Table

    from hillflow.demo import run_demo

    with console.status("Starting") as status:

        def say(text: str) -> None:
            status.update(text)
            console.print(text)

        result = run_demo(out, quick=quick, seed=seed, say=say)

    table = Table("condition", *result.populations.columns, title="Cells by condition and time")
    for condition, row in result.populations.iterrows():
        table.add_row(str(condition), *(f"{count:,}" for count in row))
    print_result(
        {
            "files": {name: str(path) for name, path in result.files.items()},
            "populations": result.populations.to_dict(orient="index"),
            "metrics": result.metrics,
            "sentences": list(result.sentences),
        },
        as_json,
        table,
    )
    if as_json:
        return
    told, findings = result.sentences[:-3], result.sentences[-3:]
    for line in (
        *told, f"Wrote {out}: {', '.join(result.files)}", "", *findings, "",
        f"Report      {result.files['report.html']} (open it in a browser)",
        f"Cytoscape   {result.files['network.cx2']} (File > Import > Network from File)",
    ):  # fmt: skip
        print_result(None, False, rich_escape(line))
