"""The Typer application, and how results and messages leave it.

Results go to stdout, everything else to stderr, so that ``--json`` output can be piped.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hillflow._version import __version__
from hillflow.findings import Finding
from hillflow.plugins import VARIABLE

app = typer.Typer(
    name="hillflow",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console(stderr=True, highlight=False)
_speakers: list[Callable[[str, str], None]] = []


def print_result(data: Any, as_json: bool, shown: Any = None) -> None:
    """Print `data` as JSON, or `shown` (text or a rich object) for a person."""
    if as_json:
        sys.stdout.write(json.dumps(data, indent=2, allow_nan=False, default=_plain) + "\n")
    elif shown is not None:
        Console(highlight=False, soft_wrap=not sys.stdout.isatty()).print(shown)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"hillflow {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    plugin: Annotated[
        list[Path] | None,
        typer.Option(help="Python file that adds fields, methods or formats; may be repeated."),
    ] = None,
) -> None:
    """Fit regulatory networks and laws to time-stamped single-cell data."""
    if plugin:
        places = [os.environ.get(VARIABLE, ""), *(str(path.absolute()) for path in plugin)]
        os.environ[VARIABLE] = os.pathsep.join(place for place in places if place)


def say(findings: Iterable[Finding]) -> None:
    """Print the findings of a result on stderr, each once."""
    for finding in findings:
        for speak in _speakers[-1:]:
            speak(finding.text, finding.severity)


def speak_by(speak: Callable[[str, str], None]) -> None:
    """Let `say` print by this function of text and severity, which knows the command's options."""
    _speakers[:] = [speak]
