"""Errors that a user can meet. Every message reads "Expected X, found Y. Fix: Z".

Each class is also the built-in exception that a Python programmer would catch
(``ValueError``, ``FileNotFoundError``, …), so ``except ValueError`` works as usual.
The command line prints only the message and exits with status 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class HillflowError(Exception):
    """A user's mistake or an input that cannot be used.

    Parameters
    ----------
    expected, found, fix
        Three phrases without a final full stop: what was needed, what was found
        instead, and how the user can fix it (which may be a question).
    """

    def __init__(self, expected: str, found: str, fix: str) -> None:
        self.expected, self.found, self.fix = expected, found, fix
        stop = "" if fix.endswith("?") else "."
        super().__init__(f"Expected {expected}, found {found}. Fix: {fix}{stop}")

    def __reduce__(self) -> tuple[type[HillflowError], tuple[str, str, str]]:
        return type(self), (self.expected, self.found, self.fix)


class InputError(HillflowError, ValueError):
    """A value, an argument or the content of a table cannot be used."""


class MissingFileError(HillflowError, FileNotFoundError):
    """A named file does not exist."""

    __str__ = Exception.__str__  # FileNotFoundError would print its errno


class FileFormatError(InputError):
    """A file is not of the expected format, or is damaged."""


class GeneNameError(InputError):
    """Gene names are missing, duplicated, mangled, or match nothing."""


class TimeError(InputError):
    """Times are missing, unreadable, or too few."""


class InterventionError(InputError):
    """An intervention cannot be read or cannot be carried out."""


class ChecksumError(InputError):
    """A downloaded or given file is not the file it claims to be."""


class MissingPackageError(HillflowError, ImportError):
    """An optional package that this call needs is not installed."""


class UnsupportedError(HillflowError, TypeError):
    """A combination of components is not supported; the message names one that is."""


class NumericalError(HillflowError, ArithmeticError):
    """A computation gave numbers that are not finite, or did not converge."""


class HillflowWarning(UserWarning):
    """A finding of severity "warning" (see `hillflow.findings`), as a Python warning."""


def listing(items: Iterable[object], most: int = 5) -> str:
    """Return the first few items as text for a message: ``'A', 'B', 'C' and 12 more``."""
    quoted = [repr(str(item)) for item in items]
    shown = ", ".join(quoted[:most])
    return shown if len(quoted) <= most else f"{shown} and {len(quoted) - most:,} more"


def did_you_mean(name: str, options: Sequence[str]) -> str:
    """Return a fix for an error message: the options closest to `name`, else the first few."""
    folded = {option.casefold(): option for option in options}
    near = _closest(name.casefold(), list(folded))
    if near:
        return f"did you mean {' or '.join(repr(folded[option]) for option in near)}?"
    if len(options) == 1:
        return f"use {options[0]!r}, the only choice"
    if not options:
        return "add one first"
    return f"choose one of {len(options):,}: {listing(options)}"


def _closest(name: str, options: Sequence[str]) -> list[str]:
    """Three options at most, each about as close as the closest."""
    if name in options:
        return [name]
    near = difflib.get_close_matches(name, options, n=3)
    likeness = [difflib.SequenceMatcher(None, option, name).ratio() for option in near]
    return [one for one, like in zip(near, likeness, strict=True) if like > likeness[0] - 0.1]
