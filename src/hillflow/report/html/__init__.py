"""One page that says what a run found, how sure it is, and what it cannot tell."""

from __future__ import annotations

from hillflow.report.html.page import report

__all__ = ["report"]
