"""Warnings that point at the user's own line, however deep in hillflow they arise."""

from __future__ import annotations

import sys
import warnings

from hillflow.errors import HillflowWarning


def warn(message: str) -> None:
    """Raise a `HillflowWarning` at the first frame outside hillflow."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "hillflow":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, HillflowWarning, stacklevel=level)
