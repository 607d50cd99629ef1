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
        if finding.severity == "warning":
            level, frame = 2, sys._getframe(1)
            while frame.f_back and _in_hillflow(frame.f_globals.get("__name__", "")):
                level, frame = level + 1, frame.f_back
            warnings.warn(finding.text, HillflowWarning, stacklevel=level)


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


def _in_hillflow(module: str) -> bool:
    return module.partition(".")[0] == "hillflow" or module == "contextlib"
