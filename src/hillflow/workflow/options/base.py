"""Options: declared once, as fields of frozen dataclasses, with their default and their text.

The command line's options and help, the signatures and docstrings of `hillflow`'s functions and
the API reference are all made from them (see `verb`), so that no default and no text is
written twice.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from hillflow.errors import InputError
from hillflow.seeds import check_seed

_KEY = "hillflow"
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Option:
    """What the command line and the docs need to know of one option.

    Attributes
    ----------
    help
        What it does: a sentence or two.
    kind
        What Python takes, as text for the docs: ``"str | None"``.
    flags
        Its names on the command line, where they are not ``--`` and the field's name.
    metavar, panel
        How its value is written there, and the heading it stands under.
    minimum, maximum
        Of a number.
    choices
        Names it can take, listed in its help.
    cli
        The type that the command line reads, where that is not the default's; None: Python alone.
    own_check
        Whether the verb itself refuses what is no number, with a better fix.
    """

    help: str
    kind: str = ""
    flags: tuple[str, ...] = ()
    metavar: str = ""
    panel: str = ""
    minimum: float | None = None
    maximum: float | None = None
    cli: Any = "default"
    own_check: bool = False


def option(default: Any, help: str, **about: Any) -> Any:
    """A field of an options dataclass; `about` as in `Option`."""
    return dataclasses.field(default=default, metadata={_KEY: Option(help, **about)})


def about(field: dataclasses.Field[Any]) -> Option:
    """What was declared of a field."""
    declared = field.metadata[_KEY]
    assert isinstance(declared, Option)
    return declared


REQUIRED: Any = inspect.Parameter.empty
Values = Mapping[str, Any]  # what a verb is given, by the names of its arguments and options


@dataclass(frozen=True)
class Argument:
    """What a verb is given by position.

    Attributes
    ----------
    option
        Its text, as of any option.
    default
        `REQUIRED`, or what it is unless given.
    positional
        Whether the command line takes it by position too; else by its flag.
    """

    option: Option
    default: Any = REQUIRED
    positional: bool = True


@dataclass(frozen=True)
class Spec:
    """What the command line and the docs need to know of a verb.

    Attributes
    ----------
    name, summary, example
        The verb, what it does in a few sentences, and one complete command line.
    arguments, groups
        By name; the option dataclasses by the parameter of the verb's function.
    required
        Arguments that Python may leave out and the command line may not.
    check
        What is refused before anything heavy is loaded: paths above all.
    """

    name: str
    summary: str
    example: str
    arguments: Mapping[str, Argument]
    groups: Mapping[str, type]
    required: tuple[str, ...] = ()
    check: Callable[[Values], None] = lambda values: None

    def read(self, values: Values) -> dict[str, Any]:
        """The values that a verb's function takes: each group of options as one; checked."""
        options = self.options()
        for name, one in options.items():
            _check_type(name, values[name], about(one), default_of(one))
        grouped = {
            name: group(**{one.name: values[one.name] for one in fields(group)})
            for name, group in self.groups.items()
        }
        self.check(values)
        return {name: value for name, value in values.items() if name not in options} | grouped

    def options(self) -> dict[str, Field[Any]]:
        """Every option by its name."""
        return {one.name: one for group in self.groups.values() for one in fields(group)}


_NUMBERS = {"int": (Integral, "a whole number"), "float": (Real, "a number")}


def _check_type(name: str, value: Any, option: Option, default: Any) -> None:
    """Refuse what is no number where a number is asked for, and a seed that is none."""
    kind, _, other = (option.kind or type(default).__name__).partition(" | ")
    if (
        option.own_check
        or kind not in _NUMBERS
        or (other == "None" and value is None)
        or other not in ("", "None")
    ):
        return
    if name == "seed":
        check_seed(value)
    wanted, words = _NUMBERS[kind]
    if isinstance(value, bool) or not isinstance(value, wanted):
        usual = "leave it out" if default in (None, REQUIRED) else f"write {name}={default}"
        raise InputError(f"{words} as {named(name)}", repr(value), usual)


def named(option: str) -> str:
    """An option in a message, as Python and as the command line write it."""
    return f"{option}=… (--{option.replace('_', '-')})"


def default_of(field: dataclasses.Field[Any]) -> Any:
    """A field's default; `REQUIRED` where it has none."""
    return REQUIRED if field.default is dataclasses.MISSING else field.default


_NO_RESULT = (
    "overwrite",
    "jobs",
    "cluster",
    "device",
    "dry_run",
    "constants",
)  # options that change no result


def asked(options: Any, *without: str) -> dict[str, Any]:
    """Options that differ from their defaults, as plain JSON values.

    None stands for a value that only Python has, such as an object; `without` are left out, and
    so are those on which no result depends.
    """
    given = {one.name: (getattr(options, one.name), one.default) for one in fields(options)}
    return {
        name: _plain(value)
        for name, (value, default) in given.items()
        if name not in (*without, *_NO_RESULT)
        and value is not default
        and not _equal(value, default)
    }


def _equal(value: Any, default: Any) -> bool:
    return isinstance(value, _PLAIN) and value == default


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        plain = [_plain(one) for one in value]
        return None if None in plain else plain
    return value if isinstance(value, _PLAIN) else None


SEED = "Seed of everything random: the same seed gives the same bytes."
OVERWRITE_FILE = "Replace a file that is there."
OVERWRITE = f"{OVERWRITE_FILE} Results in the run are replaced without it."
TIMES = "numbers or labels, as 12,24 or 'day 1,day 2'"
JOBS = "Processes that share the work; the result is the same."
DEVICE = (
    "PyTorch device that computes: cpu, or cuda (cuda:1 for the second GPU), with one process. "
    "Results agree with those of the CPU to rounding."
)
CLUSTER = (
    "A Dask cluster that does the work instead: local, local:4 (processes here), or the address of "
    "a scheduler whose workers read the same disk; the result is the same."
)
DRY_RUN = (
    "Say how long this takes and how much memory it needs on this machine, and stop: nothing is "
    "written."
)
ALSO_HELP = (
    "Further runs on the same cells, of another field, pooled with this one; may be repeated."
)
RUN = Argument(
    Option("A run, or the folder that `hillflow fit` wrote.", "Run | path", metavar="RUN", cli=Path)
)
RUN_OR_CELLS = Argument(
    Option(
        "A run, or the folder that `hillflow fit` wrote; or cells: an .h5ad file or .zarr store, "
        "AnnData, Snapshots or Trajectories.",
        "Run | AnnData | Snapshots | Trajectories | path",
        metavar="RUN|DATA",
        cli=Path,
    )
)


def out_file(help: str) -> Argument:
    """The argument ``out``, a file that need not be named."""
    return Argument(Option(help, "path | None", cli=Path), None, positional=False)
