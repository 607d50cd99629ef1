"""Checks shared by all ways to build data: matrices, gene columns, populations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hillflow.errors import (
    GeneNameError,
    InputError,
    TimeError,
    did_you_mean,
    listing,
)
from hillflow.findings import warn
from hillflow.interventions import Intervention

COORDINATES = "coordinates"  # of an embedding of cells, which are no levels of genes
SCALES = ("counts", "log1p", COORDINATES, "unknown")
_ROWS = 4096  # rows checked at a time, which bounds memory
_LARGEST_LOG = 25.0  # exp(25), 72 billion, is more molecules of a gene than any cell holds
_LARGEST = 1e12  # of anything measured in a cell
_LATEST = 1e9  # seconds in 32 years; a time stamp in nanoseconds is larger
_ROUNDING = 1e-6  # times closer than this share of their span are one time, written twice


def as_matrix(x: Any, genes: Sequence[str], rows: str) -> np.ndarray:
    """Return x as a dense matrix [`rows`, genes]: float64 uncopied, other numbers as float32."""
    numbers = as_numbers(x, f"{rows}, genes")
    check_shape(numbers, genes, rows)
    return np.ascontiguousarray(numbers)


def as_numbers(x: Any, axes: str) -> np.ndarray:
    """Return x as a dense array of numbers: float64 uncopied, others as float32."""
    if hasattr(x, "toarray"):
        raise InputError(
            "a dense array x", f"a sparse {type(x).__name__}", "pass x.toarray(), or use AnnData"
        )
    if np.ma.is_masked(x):
        raise InputError(
            "a value for every gene of every cell", f"{np.ma.count_masked(x):,} masked",
            "leave out those genes or cells, or impute the values before loading",
        )  # fmt: skip
    try:
        array = np.asarray(x)
        if array.dtype.kind not in "biufO":
            raise TypeError
        return array.astype(np.float64 if array.dtype == np.float64 else np.float32, copy=False)
    except (TypeError, ValueError, RuntimeError):  # the last: a tensor that is differentiated
        raise InputError(
            f"x of numbers, [{axes}]",
            f"values that are not numbers ({getattr(x, 'dtype', type(x).__name__)})",
            "keep names and labels out of x, give every row the same length, and pass x.detach() "
            "of a tensor",
        ) from None


def check_shape(x: np.ndarray, genes: Sequence[str], rows: str) -> None:
    """Refuse x that is not [`rows`, genes], or has no rows or no genes."""
    if x.ndim != 2 or x.shape[1] != len(genes):
        raise InputError(
            f"x of shape [{rows}, genes]",
            f"shape {x.shape} with {len(genes):,} gene names",
            "give one name for every column (transpose x if genes are its rows)",
        )
    for size, name in zip(x.shape, (rows, "genes"), strict=True):
        if not size:
            raise InputError(name, "none left", "use a less strict filter")


def check_lengths(rows: int, what: str, **columns: Any) -> None:
    """Refuse columns (by name; None is skipped) that do not have one value per row."""
    for name, values in columns.items():
        if values is not None and len(values) != rows:
            raise InputError(
                f"one value of {name} per {what} ({rows:,})",
                f"{len(values):,}",
                f"align {name} with the rows of x",
            )


def locate_genes(panel: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    """Return the position in `panel` of every wanted gene; each must occur exactly once."""
    position = {name: index for index, name in enumerate(panel)}
    unknown = [gene for gene in wanted if gene not in position]
    if unknown or not len(wanted):
        raise GeneNameError(
            "genes of the data",
            f"{listing(unknown)} not among them" if unknown else "an empty list",
            did_you_mean(str(unknown[0]), panel) if unknown else "name at least one gene",
        )
    if len(position) < len(panel):
        count = Counter(panel)
        duplicated = [gene for gene in wanted if count[gene] > 1]
        if duplicated:
            raise GeneNameError(
                "each gene once in the data",
                f"{listing(duplicated)} several times",
                "add up or drop the duplicated columns, or call adata.var_names_make_unique()",
            )
    return np.array([position[gene] for gene in wanted])


def check_perturbed_kept(conditions: Sequence[Intervention], genes: Sequence[str]) -> None:
    """Refuse a selection of genes that lacks a gene perturbed in these cells."""
    perturbed = {gene for condition in conditions for gene in condition.genes}
    lost = sorted(perturbed - set(genes))
    if lost:
        raise InputError(
            "every perturbed gene among the genes kept",
            f"{listing(lost)} left out",
            f"add {', '.join(lost)}, or drop the cells they were perturbed in",
        )


def check_finite(x: np.ndarray, genes: Sequence[str]) -> None:
    """Refuse NaN and infinite values; the error reports how many, and in which genes."""
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


def check_velocity(velocity: np.ndarray, x: np.ndarray) -> None:
    """Refuse a velocity of another shape than the cells, infinite, or known of no gene."""
    if velocity.shape != x.shape:
        raise InputError(
            f"a velocity for each level, of the shape {x.shape}", f"the shape {velocity.shape}",
            "give one row a cell and one column a gene, in the order of the cells and genes",
        )  # fmt: skip
    if np.isinf(velocity).any():
        raise InputError(
            "finite velocities, or NaN where they are not known",
            f"{int(np.isinf(velocity).sum()):,} infinite ones", "write NaN there",
        )  # fmt: skip
    if velocity.size and np.isnan(velocity).all():
        raise InputError(
            "a velocity of at least one gene", "NaN in all cells of all genes",
            "compute velocities of these genes, choose others (genes=…), or leave the layer out",
        )  # fmt: skip


def check_unspliced(unspliced: np.ndarray, x: np.ndarray, genes: Sequence[str]) -> None:
    """Refuse unspliced levels of another shape than the spliced ones, or that are no levels."""
    if unspliced.shape != x.shape:
        raise InputError(
            f"an unspliced level for each spliced one, of the shape {x.shape}",
            f"the shape {unspliced.shape}",
            "give one row a cell and one column a gene, in the order of the cells and genes",
        )  # fmt: skip
    check_finite(unspliced, genes)
    wrong = [
        g for g, low in zip(genes, np.minimum(unspliced, x).min(axis=0), strict=True) if low < 0
    ]
    if wrong:
        raise InputError(
            "spliced and unspliced levels of at least 0",
            f"values below 0 of {listing(wrong)}",
            "give counts, or counts scaled or smoothed (layers Ms and Mu of scVelo), not z-scores",
        )  # fmt: skip
    if not unspliced.any():
        raise InputError(
            "an unspliced level above 0", "0 in all cells of all genes",
            "check the layer, or leave it out",
        )  # fmt: skip


def check_range(x: np.ndarray, genes: Sequence[str]) -> None:
    """Refuse values that no measurement of a cell gives, which would overflow later."""
    highest = np.maximum(x.max(axis=0), -x.min(axis=0))
    if (highest > _LARGEST).any():
        raise InputError(
            f"expression values below {_LARGEST:g}",
            f"values up to {highest.max():.3g} in genes "
            f"{listing(genes[int(i)] for i in np.flatnonzero(highest > _LARGEST))}",
            "check the layer and its units; counts, or log(1 + counts), are far smaller",
        )


def check_latest(time: np.ndarray, unit: str) -> None:
    """Refuse times that are absurdly large."""
    unit = f" {unit}" if unit else ""
    largest = np.abs(time).max(initial=0.0)
    if largest > _LATEST:
        raise TimeError(
            f"times below {_LATEST:g}{unit}",
            f"times up to {largest:.3g}{unit}",
            "give times as numbers since the start; dates and time stamps are none",
        )


def check_times(time: np.ndarray, unit: str) -> None:
    """Refuse times that are absurdly large, or that differ by a rounding error alone."""
    check_latest(time, unit)
    times = np.unique(time)
    unit = f" {unit}" if unit else ""
    close = np.flatnonzero(np.diff(times) < _ROUNDING * (times[-1] - times[0]))
    if close.size:
        one, other = times[close[0]], times[close[0] + 1]
        raise TimeError(
            "times that differ by more than a rounding error",
            f"{len(times):,} times, among them {one:.12g} and {other:.12g}{unit}",
            "round them, for example adata.obs[column].astype(float).round(3)",
        )


def check_not_negative(x: np.ndarray, genes: Sequence[str], what: str) -> None:
    """Refuse negative values; `what` needs values of at least 0."""
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
    """Return "counts" if x holds whole numbers, none negative, some above 1; else "unknown"."""
    sample = x[:: max(1, len(x) // _ROWS)]
    if not sample.size or sample.min() < 0:
        return "unknown"
    return "counts" if _whole(sample) and sample.max() > 1 else "unknown"


def settle_scale(declared: str, x: np.ndarray) -> str:
    """Return the scale of x as declared, or for "auto" as detected; check it against x."""
    if declared not in ("auto", *SCALES):
        raise InputError(
            f"a scale among auto, {', '.join(SCALES)}",
            repr(declared),
            "log1p is the natural log(1 + x); use 'unknown' for any other scale",
        )
    detected = detect_scale(x)
    if declared == "auto":
        if detected == "unknown" and x.size and x.min() >= 0 and (top := x.max()) > _LARGEST_LOG:
            warn(
                f"values up to {top:.3g}: these look normalised but not logged. Fit log(1 + x) "
                "(scanpy.pp.log1p, or a layer that holds it), or pass scale='unknown' if they "
                "are levels in units of their own",
                "data.not-logged",
            )
        return detected
    if declared == COORDINATES:
        return declared
    if declared != "unknown" and (lowest := x.min()) < 0:
        raise InputError(
            f"values of at least 0 in data declared {declared}",
            f"values down to {lowest:.3g}",
            f"use scale='unknown' (z-scores, residuals), or give the layer that holds {declared}",
        )
    if declared == "log1p" and detected == "counts":
        warn(
            "the data were declared log1p, but every value is a whole number: these look like "
            "counts. Pass scale='counts' and call hillflow.data.normalize, or give the log layer",
            "data.log-of-whole-numbers",
        )
    elif declared == "log1p" and (highest := x.max()) > _LARGEST_LOG:
        warn(
            f"the data were declared log1p, but have values up to {highest:.3g}: log(1 + x) of "
            f"counts is below {_LARGEST_LOG:g}. Give the log layer, or use scale='unknown'",
            "data.log-too-large",
        )
    elif declared == "counts" and not _whole(x):
        warn(
            "the data were declared counts, but not every value is a whole number. Estimated "
            "counts can be fractions; for normalised or logged data use scale='log1p' or 'unknown'",
            "data.counts-not-whole",
        )
    return declared


def _whole(x: np.ndarray) -> bool:
    return all(
        np.array_equal(x[k : k + _ROWS], np.round(x[k : k + _ROWS]))
        for k in range(0, len(x), _ROWS)
    )


def check_populations(
    time: np.ndarray, condition: np.ndarray, names: Sequence[str], unit: str, min_cells: int,
    *, moving: bool = False,
) -> None:  # fmt: skip
    """Refuse one time without perturbations, and populations of fewer than `min_cells` cells.

    One time is enough for cells whose velocity is known (`moving`).
    """
    if isinstance(min_cells, bool) or not isinstance(min_cells, int | np.integer):
        raise InputError("a whole number as min_cells", repr(min_cells), "write min_cells=10")
    if len(np.unique(time)) < 2 and len(names) < 2 and not moving:
        raise TimeError(
            "at least two time points",
            f"one ({np.unique(time)[0]:g} {unit})".replace(" )", ")"),
            "give a column with several times; one snapshot shows no dynamics, unless it has cells "
            "of several perturbations (a screen at rest), or an RNA velocity (velocity_layer=…, "
            "--velocity-layer)",
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
            "merge neighbouring times, leave these cells out, or (in Python) lower min_cells",
        )
