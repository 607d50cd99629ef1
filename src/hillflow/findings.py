"""Findings: what a reader of a result must know, rendered wherever the result is shown.

A `Finding` is a code, a severity and a sentence. Every result has its own in ``findings``;
the command line, a notebook, the page and the demo only render them. Code that computes a result
reports findings with `warn` and `note`. A warning reaches a Python user as a `HillflowWarning` at
the line that called hillflow, and `collect_findings` collects warnings and notes alike.
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
        Identifier for programs, ``room.subject``, such as ``"fit.no-better-than-no-change"``.
    text
        Sentence for people, without its final full stop.
    severity
        "warning": the result may mislead without it. "note": additional information.
    """

    code: str
    text: str
    severity: Severity = "warning"

    def to_json(self) -> dict[str, str]:
        """Return the finding as plain JSON values."""
        return {"code": self.code, "severity": self.severity, "text": self.text}

    def __str__(self) -> str:
        return f"{self.severity.capitalize()}: {self.text}"


_collected: ContextVar[list[Finding] | None] = ContextVar("collected", default=None)
_held: ContextVar[list[Finding] | None] = ContextVar("held", default=None)


def warn(text: str, code: str = "general") -> None:
    """Report a finding of severity "warning": collected, and raised as a `HillflowWarning`."""
    report_findings(Finding(code, text))


def note(text: str, code: str = "general") -> None:
    """Report a finding of severity "note": collected, without a Python warning."""
    report_findings(Finding(code, text, "note"))


def report_findings(*findings: Finding) -> None:
    """Pass findings to the enclosing `collect_findings`, and raise the warnings among them."""
    collected = _collected.get()
    for finding in findings:
        if collected is not None:
            if finding in collected:
                continue
            collected.append(finding)
        _raise(finding)


def report_at_the_end(*findings: Finding) -> None:
    """Collect findings now, and raise the warnings among them where `warnings_at_the_end` ends.

    For what is known of an input before the work begins: above an error about an option it would
    hide what the user has to change. Outside such a block this is `report_findings`.
    """
    held, collected = _held.get(), _collected.get()
    if held is None:
        report_findings(*findings)
        return
    held.extend(finding for finding in findings if finding not in held)
    if collected is not None:
        collected.extend(finding for finding in findings if finding not in collected)


@contextmanager
def warnings_at_the_end() -> Iterator[None]:
    """Raise the warnings of `report_at_the_end` when a block ends, unless it ends in an error."""
    held: list[Finding] = []
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
    for finding in held:
        _raise(finding)


@contextmanager
def collect_findings() -> Iterator[list[Finding]]:
    """Collect all findings reported inside; an enclosing collection receives them too."""
    outer, inner = _collected.get(), list[Finding]()
    token = _collected.set(inner)
    try:
        yield inner
    finally:
        _collected.reset(token)
        if outer is not None:
            outer.extend(finding for finding in inner if finding not in outer)


def unique_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without repetition, warnings first."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda finding: finding.severity != "warning"))


def _raise(finding: Finding) -> None:
    """Raise a warning at the line that called hillflow; a note is no Python warning."""
    if finding.severity != "warning":
        return
    level, frame = 1, sys._getframe(0)
    while frame.f_back and _in_hillflow(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(finding.text, HillflowWarning, stacklevel=level)


def _in_hillflow(module: str) -> bool:
    return module.partition(".")[0] == "hillflow" or module == "contextlib"
