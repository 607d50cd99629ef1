"""The cells of a run, compared with what its manifest says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.data.h5ad import open_h5ad
from hillflow.keys import UNSPLICED, VELOCITY
from hillflow.records import difference, reading


def read_cells(path: Path, about: dict[str, Any], genes: Sequence[str]) -> Cells:
    """Read the cells of a run; `about` and `genes` are those of its manifest."""
    with reading(path):
        _check_shape(path, (about["rows"], len(genes)))
        options = {"scale": about["scale"], "dtype": about["dtype"]}
        cells: Cells
        if about["kind"] == "snapshots":
            velocity = VELOCITY if about.get("velocity") else None
            unspliced = UNSPLICED if about.get("unspliced") else None
            cells = Snapshots.from_anndata(
                path, min_cells=1, velocity=velocity, unspliced=unspliced, **options
            )
        else:
            cells = Trajectories.from_anndata(path, **options)
        differs = difference(genes, cells.genes)
        if not differs and not np.array_equal(cells.times, about["times"]):
            differs = f"the times {cells.times.tolist()}, not {about['times']}"
        conditions = sorted({condition.name for condition in cells.conditions})
        if not differs and conditions != sorted(about["conditions"]):
            differs = f"the conditions {conditions}, not {about['conditions']}"
        if differs:
            raise ValueError(differs)
    return cells


def _check_shape(path: Path, shape: tuple[int, int]) -> None:
    """Refuse a matrix of another size before memory is allocated for it."""
    with open_h5ad(path) as file:
        found = tuple(int(size) for size in getattr(file.get("X"), "shape", ()))
        if found != shape:
            raise ValueError(f"a matrix of the shape {found}, not {shape}")
