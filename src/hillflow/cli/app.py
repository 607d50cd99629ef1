"""One call of the command line, from its words to its exit status.

0 done; 2 a user's mistake (one message on stderr, no traceback); 130 interrupted; 1 a defect of
hillflow (a traceback, and how to report it).
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import typer

from hillflow._version import __version__
from hillflow.cli import commands
from hillflow.cli.messages import in_options, option_names, usage_mistake
from hillflow.cli.once import check_once
from hillflow.cli.root import console, speak_by
from hillflow.errors import HillflowError, HillflowWarning
from hillflow.files import write_error
from hillflow.interpreter import check_docstrings
from hillflow.show import rich_escape

INTERRUPTED = 130


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
    words = list(sys.argv[1:] if arguments is None else arguments)

    @functools.cache
    def options() -> frozenset[str]:
        return option_names(program(), words)

    def refuse(error: HillflowError) -> int:
        said = in_options(str(error), options())
        console.print(f"[red]Error:[/] {rich_escape(said)}", soft_wrap=True)
        return 2

    @functools.cache  # what is said of every member or gene is said once
    def speak(text: str, severity: str) -> None:
        spoken = rich_escape(in_options(text, options()))
        color = "yellow" if severity == "warning" else "cyan"
        console.print(f"[{color}]{severity.capitalize()}:[/] {spoken}")

    speak_by(speak)

    def show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, HillflowWarning):
            speak(str(message), "warning")

    warnings.simplefilter("always", HillflowWarning)  # even where Python makes errors of warnings
    warnings.showwarning = show_warning  # type: ignore[assignment]
    _end_like_control_c()
    try:
        check_docstrings()
        check_once(program(), words)
        status = program()(words, standalone_mode=False)
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
        if refused := write_error(error):
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


@functools.cache  # Typer builds all commands anew each time it is asked
def program() -> Any:
    """Return the command line as click sees it."""
    return typer.main.get_command(commands.app)


def _end_like_control_c() -> None:
    """Let SIGTERM and SIGHUP (a cluster's way to end a job) keep what was done, as Ctrl-C does."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(ValueError):  # not in the main thread: a test, a notebook
                signal.signal(getattr(signal, name), interrupt)


class _Forgiving:
    """Standard error, where what cannot be written (``2> /dev/full``) is left out."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def run() -> None:
    """Entry point of the ``hillflow`` program."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell (>&-)
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):  # a terminal of few characters breaks no command
            stream.reconfigure(errors="replace")
    sys.stderr = _Forgiving(sys.stderr)
    sys.exit(main())
