"""What a run holds."""

from __future__ import annotations

from hillflow.results.run import Run

__all__ = [
    "Run",
]
