"""One page that says what a run found, how certain it is, and what it cannot tell."""

from __future__ import annotations

from hillflow.page.page import report

__all__ = ["report"]
