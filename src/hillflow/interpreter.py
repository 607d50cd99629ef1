"""What hillflow needs of the Python that runs it."""

from __future__ import annotations

import sys

from hillflow.errors import UnsupportedError


def check_docstrings(optimize: int | None = None) -> None:
    """Refuse a Python without docstrings, in which anndata cannot be imported."""
    optimize = sys.flags.optimize if optimize is None else optimize
    if optimize >= 2:
        raise UnsupportedError(
            "a Python that keeps docstrings, which anndata needs",
            "python -OO, or PYTHONOPTIMIZE=2 in the environment",
            "call python -O at most, or unset PYTHONOPTIMIZE",
        )
