"""What must be said of a result: said once, and rendered wherever the result is read.

A `Finding` is a code, a severity and a sentence. Every result carries its own in ``findings``;
the command line, a notebook, the page and the demo only render them. What is noticed on the
way to a result is said by `warn`: it reaches a Python user as a `HillflowWarning` at the line
that called hillflow, and whoever is gathering (see `gathered`) as a finding.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from hillflow.errors import HillflowWarning

Severity = Literal["note", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that a reader of a result must know.

    Attributes
    ----------
    code
        What it is, for programs: ``room.what``, such as ``"fit.no-better-than-no-change"``.
    text
        What it is, for people: a sentence without its final full stop.
    severity
        "warning": the result may mislead without it. "note": good to know.
    """

    code: str
    text: str
    severity: Severity = "warning"

    def to_json(self) -> dict[str, str]:
        """Plain values."""
        return {"code": self.code, "severity": self.severity, "text": self.text}

    def __str__(self) -> str:
        return f"{self.severity.capitalize()}: {self.text}"


_gathering: ContextVar[list[Finding] | None] = ContextVar("gathering", default=None)


def warn(text: str, code: str = "general") -> None:
    """Say something on the way to a result; see the module's docstring."""
    tell(Finding(code, text))


def note(text: str, code: str = "general") -> None:
    """The same for what is merely good to know: gathered, and no Python warning."""
    tell(Finding(code, text, "note"))


def tell(*findings: Finding) -> None:
    """Hand findings to whoever gathers; raise the warnings among them as `HillflowWarning`."""
    gathering = _gathering.get()
    for finding in findings:
        if gathering is not None:
            if finding in gathering:
                continue
            gathering.append(finding)
        if finding.severity == "warning":
            level, frame = 2, sys._getframe(1)
            while frame.f_back and _is_ours(frame.f_globals.get("__name__", "")):
                level, frame = level + 1, frame.f_back
            warnings.warn(finding.text, HillflowWarning, stacklevel=level)


@contextmanager
def gathered() -> Iterator[list[Finding]]:
    """A list of all that is said inside; what encloses it hears of it too."""
    outer, inner = _gathering.get(), list[Finding]()
    token = _gathering.set(inner)
    try:
        yield inner
    finally:
        _gathering.reset(token)
        if outer is not None:
            outer.extend(finding for finding in inner if finding not in outer)


def each_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repetition, warnings first."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda finding: finding.severity != "warning"))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "hillflow" or module == "contextlib"
