"""The Typer application, its exit statuses, and how results and messages leave it.

0 done; 2 a user's mistake (one message on stderr, no traceback); 130 interrupted;
1 a defect of ours (traceback, and what to do with it). Results go to stdout, everything
else to stderr, so that ``--json`` output can be piped.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hillflow._version import __version__
from hillflow.cli.messages import in_options, option_names, usage_mistake
from hillflow.errors import HillflowError, HillflowWarning
from hillflow.files import write_error
from hillflow.findings import Finding
from hillflow.plugins import VARIABLE
from hillflow.show import rich_escape

app = typer.Typer(
    name="hillflow",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
console = Console(stderr=True, highlight=False)


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
    """From time-stamped single-cell snapshots to an explicit, testable regulatory law."""
    if plugin:
        places = [os.environ.get(VARIABLE, ""), *(str(path.absolute()) for path in plugin)]
        os.environ[VARIABLE] = os.pathsep.join(place for place in places if place)


def _speak(text: str, severity: str) -> None:
    """Replaced by `main`, which knows the options of the command."""


def say(findings: Iterable[Finding]) -> None:
    """Print what must be said of a result, each once, on stderr."""
    for finding in findings:
        _speak(finding.text, finding.severity)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    arguments
        Words after ``hillflow`` on the command line; those of this process unless given.

    Returns
    -------
    int
        0 on success, 2 after a mistake of the user, 1 after a defect, 130 if interrupted.

    Examples
    --------
    >>> from hillflow.cli import main
    >>> main(["--version"])  # doctest: +ELLIPSIS
    hillflow ...
    0
    """
    importlib.import_module("hillflow.cli.commands")  # which adds them to `app`
    words = list(sys.argv[1:] if arguments is None else arguments)

    @functools.cache
    def options() -> frozenset[str]:
        return option_names(typer.main.get_command(app), words)

    def refuse(error: HillflowError) -> int:
        said = in_options(str(error), options())
        console.print(f"[red]Error:[/] {rich_escape(said)}", soft_wrap=True)
        return 2

    @functools.cache  # what is said of every member or gene is said once
    def speak(text: str, severity: str) -> None:
        spoken = rich_escape(in_options(text, options()))
        color = "yellow" if severity == "warning" else "cyan"
        console.print(f"[{color}]{severity.capitalize()}:[/] {spoken}")

    globals()["_speak"] = speak

    def show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, HillflowWarning):
            speak(str(message), "warning")

    warnings.showwarning = show_warning  # type: ignore[assignment]
    _end_like_control_c()
    try:
        status = app(words, standalone_mode=False)
    except HillflowError as error:
        return refuse(error)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group alone: its help was asked for
            error.show()  # type: ignore[attr-defined]
            return 2
        if hasattr(error, "exit_code") and hasattr(error, "format_message"):
            return refuse(usage_mistake(error, words))
        if isinstance(error, OSError) and (refused := write_error(error)):
            return refuse(refused)
        traceback.print_exc()
        console.print(
            "This is a defect of hillflow, not yours. Please report it with the lines above "
            f"and `hillflow --version` ({__version__}); CONTRIBUTING.md says how."
        )
        return 1
    if status == INTERRUPTED:  # some versions of typer answer Ctrl-C with this status themselves
        console.print("Interrupted. Whatever was finished before is kept.")
    return status if isinstance(status, int) else 0


def _end_like_control_c() -> None:
    """Let SIGTERM and SIGHUP (a cluster's way to end a job) keep what was done, as Ctrl-C does."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(ValueError):  # not in the main thread: a test, a notebook
                signal.signal(getattr(signal, name), interrupt)


def run() -> None:
    """Entry point of the ``hillflow`` program."""
    sys.exit(main())
