"""``hillflow report``: a run as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hillflow.cli.app import JsonOption, app, print_result, rich_escape
from hillflow.cli.runs import RunArgument


@app.command()
def report(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option(help="The .html file; report.html in the run by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML page: findings in words, figures, network, knockouts, laws, limits.

    The page needs no network and no other file. It shows what `hillflow graph`,
    `knockout`, `laws` and `validate` left in the run, and names the command
    where one has not been run.

    Example: hillflow report run
    """
    from hillflow.page import report as write_report

    path = write_report(run, out)
    size = path.stat().st_size / 2**20
    shown = f"Wrote {path} ({size:.1f} MB): open it in a browser"
    print_result({"out": path, "megabytes": round(size, 2)}, as_json, rich_escape(shown))
