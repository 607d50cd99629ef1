"""The Typer application, its exit statuses, and how results and messages leave it.

0 done; 2 a user's mistake (one message on stderr, no traceback); 130 interrupted;
1 a defect of ours (traceback, and what to do with it). Results go to stdout, everything
else to stderr, so that ``--json`` output can be piped.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hillflow._version import __version__
from hillflow.cli.messages import in_options, option_names, usage_mistake
from hillflow.errors import HillflowError, HillflowWarning
from hillflow.files import refusal
from hillflow.seeds import check_seed

app = typer.Typer(
    name="hillflow",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
_COMMANDS = (
    "demo", "simulate", "fit", "graph", "laws", "validate", "knockout", "report", "runs", "export",
    "priors", "methods",
)  # fmt: skip
console = Console(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
SeedOption = Annotated[
    int, typer.Option(help="Same seed, same bytes.", callback=check_seed, show_default=True)
]


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
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it and go."),
    ] = False,
) -> None:
    """From time-stamped single-cell snapshots to an explicit, testable regulatory law."""


def rich_escape(text: str) -> str:
    """Keep square brackets in `text` from being read as rich markup."""
    return text.replace("[", r"\[")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    _register_commands()
    words = list(sys.argv[1:] if arguments is None else arguments)

    @functools.cache
    def options() -> frozenset[str]:
        return option_names(typer.main.get_command(app), words)

    def refuse(error: HillflowError) -> int:
        said = in_options(str(error), options())
        console.print(f"[red]Error:[/] {rich_escape(said)}", soft_wrap=True)
        return 2

    @functools.cache  # what is said of every member or gene is said once
    def note(message: str) -> None:
        console.print(f"[yellow]Note:[/] {rich_escape(in_options(message, options()))}")

    def show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, HillflowWarning):
            note(str(message))

    warnings.showwarning = show_warning  # type: ignore[assignment]
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
        if isinstance(error, OSError) and (refused := refusal(error)):
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


def run() -> None:
    """Entry point of the ``hillflow`` program."""
    sys.exit(main())


def _register_commands() -> None:
    # Each module adds its commands to `app`, and the help lists them in this order.
    for name in _COMMANDS:
        importlib.import_module(f"hillflow.cli.{name}")
