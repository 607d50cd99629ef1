"""Populations along a pseudotime: successive bins of one snapshot stand for successive times.

    t_c = mean pseudotime of the cells of bin k(c),    k(c) = number of inner quantiles ≤ pseudotime

Cells at unknown ages of one process are a mixture of its times. Where a pseudotime orders them by
age, cells of neighbouring bins are each other's past and future, and the optimal plan between them
pairs cells as between two measured times. The bins have the same numbers of cells (more where
values are tied), over all conditions together: perturbed cells of the same pseudotime are in the
same bin, and are paired among themselves.

Source: FLeCS (Bertin et al. 2025) divides cells by ten quantiles of a diffusion pseudotime and
couples consecutive bins by exact optimal transport, a unit of time each. Here the distance of two
bins in time is that of their means, so that rates do not depend on the number of bins.
Cost: O(cells · log cells). When not: cells were measured at several times, which tell direction
and speed; cycles, or genes that were used to choose the root alone order the cells; the pseudotime
is no function of age, as between two branches with speeds of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError, TimeError
from hillflow.findings import warn

if TYPE_CHECKING:
    import pandas as pd

UNIT = "pseudotime"


def binned(values: pd.Series, bins: int = 10, least: int = 10) -> np.ndarray:
    """Return the mean pseudotime of the bin of each cell, [cells].

    Parameters
    ----------
    values
        The pseudotime of each cell; the name of the series is used in messages.
    bins
        Number of bins, between quantiles of all cells.
    least
        Least number of cells in a bin.

    Returns
    -------
    numpy.ndarray
        One of `bins` numbers for each cell, ascending with its pseudotime.

    Examples
    --------
    >>> import pandas as pd
    >>> binned(pd.Series([0.1, 0.9, 0.3, 0.5], name="dpt_pseudotime"), bins=2, least=2).tolist()
    [0.2, 0.7, 0.2, 0.7]
    """
    name = repr(str(values.name))
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 2:
        raise InputError(
            "two bins or more of pseudotime",
            repr(bins),
            "write pseudotime_bins=10 (--pseudotime-bins 10)",
        )
    try:
        given = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TimeError(
            f"numbers in the pseudotime {name}", f"values of type {values.dtype}",
            "name the column of a pseudotime, such as scanpy's 'dpt_pseudotime'",
        ) from None  # fmt: skip
    missing = int((~np.isfinite(given)).sum())
    if missing:
        raise TimeError(
            f"a pseudotime for every cell in {name}",
            f"{missing:,} of {len(given):,} missing or infinite",
            "leave these cells out, or compute it on one connected graph of cells (scanpy gives "
            "cells that the root does not reach an infinite one)",
        )
    if given.min() == given.max():
        raise TimeError(
            f"a pseudotime that differs between cells in {name}", f"{given[0]:g} in all of them",
            "name another column, or set the root (adata.uns['iroot']) and compute it again",
        )  # fmt: skip
    number = np.searchsorted(np.quantile(given, np.arange(1, bins) / bins), given, side="right")
    count = np.bincount(number, minlength=bins)
    if count.min() < least:
        raise TimeError(
            f"at least {least:,} cells in each of {bins:,} bins of {name}",
            f"{count.min():,} in bin {count.argmin() + 1:,}",
            "divide cells into fewer bins, pseudotime_bins=… (--pseudotime-bins)",
        )
    mean = np.bincount(number, given, minlength=bins) / count
    warn(
        f"times are {bins:,} bins of {name} ({count.min():,} to {count.max():,} cells): rates are "
        "per unit of pseudotime, and what comes first is what the root of the pseudotime says, not "
        "what was measured",
        "data.pseudotime",
    )
    return np.asarray(mean[number])
