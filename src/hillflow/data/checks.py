"""Checks on expression matrices that every way into hillflow shares."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from hillflow.errors import HillflowWarning, InputError, TimeError, listing

SCALES = ("counts", "log1p", "unknown")
_ROWS = 4096  # rows looked at together: bounds the memory of a check


def check_finite(x: np.ndarray, genes: Sequence[str]) -> None:
    """Refuse NaN and infinite values, naming how many and where."""
    bad = np.zeros(x.shape[1], dtype=np.int64)
    for start in range(0, len(x), _ROWS):
        bad += (~np.isfinite(x[start : start + _ROWS])).sum(axis=0)
    if bad.any():
        raise InputError(
            "finite expression values",
            f"{int(bad.sum()):,} NaN or infinite ones, in genes "
            f"{listing(genes[int(i)] for i in np.flatnonzero(bad))}",
            "leave out those genes or cells, or impute the values before loading",
        )


def check_not_negative(x: np.ndarray, genes: Sequence[str], what: str) -> None:
    """Refuse negative values, where `what` needs none."""
    lowest = x.min(axis=0)
    if (lowest < 0).any():
        raise InputError(
            f"expression values of at least 0 for {what}",
            f"values down to {lowest.min():.3g} in genes "
            f"{listing(genes[int(i)] for i in np.flatnonzero(lowest < 0))}",
            "give counts or log1p-normalised expression (not z-scores or principal components), "
            "or use a field that takes any value: linear, mlp or locally-linear",
        )


def detect_scale(x: np.ndarray) -> str:
    """Whether x looks like counts: whole numbers, none negative, some above 1."""
    sample = x[:: max(1, len(x) // _ROWS)]
    if not sample.size or sample.min() < 0:
        return "unknown"
    whole = np.array_equal(sample, np.round(sample)) and sample.max() > 1
    return "counts" if whole else "unknown"


def settle_scale(declared: str, x: np.ndarray, noted: str | None = None) -> str:
    """The scale of x: as declared, else as the file notes, else as it looks."""
    if declared not in ("auto", *SCALES):
        raise InputError(
            f"a scale among auto, {', '.join(SCALES)}", repr(declared), "correct the scale"
        )
    looks = detect_scale(x)
    if declared == "log1p" and looks == "counts":
        warnings.warn(
            "the data was declared log1p, but every value is a whole number: these look like "
            "counts. Pass scale='counts' and call hillflow.data.normalize, or give the log layer",
            HillflowWarning,
            stacklevel=3,
        )
    if declared != "auto":
        return declared
    return noted if noted is not None and noted in SCALES else looks


def check_populations(
    time: np.ndarray, condition: np.ndarray, names: Sequence[str], unit: str, min_cells: int
) -> None:
    """At least two times, and `min_cells` cells at every time of every condition."""
    if len(time) == 0:
        raise InputError("cells", "none left", "loosen what you filter by")
    if len(np.unique(time)) < 2:
        raise TimeError(
            "at least two time points",
            f"one ({np.unique(time)[0]:g} {unit})".replace(" )", ")"),
            "give a column with several times; one snapshot holds no dynamics",
        )
    groups, counts = np.unique(np.stack([condition, time]), axis=1, return_counts=True)
    small = [
        f"{count} at {group[1]:g} {unit}".rstrip() + f" ({names[int(group[0])]})"
        for group, count in zip(groups.T, counts, strict=True)
        if count < min_cells
    ]
    if small:
        raise TimeError(
            f"at least {min_cells} cells at every time of every condition",
            listing(small).replace("'", ""),
            "join neighbouring times, leave these cells out, or lower min_cells",
        )
