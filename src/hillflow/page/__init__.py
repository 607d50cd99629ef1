"""The report of a run: one HTML page of its results, their certainty and their limits."""

from __future__ import annotations

from hillflow.page.page import report

__all__ = ["report"]
