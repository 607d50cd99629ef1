"""Whether cells are averaged into metacells before their regressions, and what is said of it."""

from __future__ import annotations

import numpy as np

from hillflow.data import Cells, Snapshots
from hillflow.data.checks import COORDINATES
from hillflow.data.metacells import MANY_ZEROS, SIZE, many_zeros, metacells
from hillflow.errors import InputError
from hillflow.findings import note

LARGEST = 200_000  # cells of data that are averaged without being asked for
PANEL = 20  # genes from which on the groups follow states rather than the noise of single genes
FEWEST = 5  # metacells of a population, for means and couplings
LEAST = 50  # cells of the smallest population, which then has ten metacells


def averaged(cells: Cells, size: int | str, seed: int) -> Cells:
    """The cells, or their metacells if they were asked for or suit the data."""
    if size != "auto":
        if not isinstance(cells, Snapshots):
            if size == 1:
                return cells
            raise InputError(
                "snapshots for metacells=… (--metacells)", "series, whose rows are no single cells",
                "leave it out",
            )  # fmt: skip
        return _of_size(cells, int(size), seed)
    if not (isinstance(cells, Snapshots) and _suits(cells)):
        return cells
    note(
        f"{many_zeros(cells):.0%} of the values are 0, most of them for want of counts: about "
        f"{SIZE} similar cells of a population are averaged into one, which made networks of "
        "simulated knockouts of such depth better (metacells=1, --metacells 1, takes cells as they "
        "are)", "graph.metacells",
    )  # fmt: skip
    return metacells(cells, SIZE, seed=seed)


def _of_size(cells: Snapshots, size: int, seed: int) -> Snapshots:
    """Metacells of a size that was asked for, if enough of them are left."""
    smallest = min(cells.populations(), key=len)
    left = len(smallest) // size
    if size > 1 and left < FEWEST:
        raise InputError(
            f"{FEWEST} metacells or more of each population",
            f"{left} of {len(smallest):,} cells ({smallest.condition.name} at {smallest.time:g})",
            f"write metacells={max(len(smallest) // FEWEST, 1)} or less",
        )  # fmt: skip
    return metacells(cells, size, seed=seed)


def _suits(cells: Snapshots) -> bool:
    return (
        isinstance(cells.x, np.ndarray)
        and len(cells) <= LARGEST
        and len(cells.genes) >= PANEL
        and any(not one.is_control for one in cells.conditions)
        and all(one is None for one in (cells.velocity, cells.growth, cells.clone))
        and cells.scale != COORDINATES
        and min(map(len, cells.populations())) >= LEAST
        and bool((cells.x >= 0).all())
        and many_zeros(cells) >= MANY_ZEROS
    )
