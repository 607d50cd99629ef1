"""Snapshots and trajectories from plain tables: a row a cell, a column a gene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.errors import FileFormatError, InputError, MissingFileError, TimeError, listing

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.data.trajectories import Trajectories


def snapshots_from_frame(
    table: pd.DataFrame | str | Path,
    *,
    time: str = keys.TIME,
    perturbation: str | None = None,
    control: str | None = keys.CONTROL,
    kind: str = "knockout",
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
    min_cells: int = 10,
) -> Snapshots:
    """Read snapshots from a DataFrame, or a CSV or TSV file (by its ending, ``.gz`` too).

    `genes`: the gene columns; None takes every column but `time` and `perturbation`, all of
    which must then be numbers. Other parameters as in `snapshots_from_anndata`.
    """
    from hillflow.data.anndata_io import conditions_of
    from hillflow.data.snapshots import Snapshots

    table = read_frame(table)
    names, x = _genes(table, genes, [time, *([perturbation] if perturbation else [])])
    return Snapshots.from_arrays(
        x,
        table[time],
        names,
        conditions_of(table[perturbation], names, control, kind) if perturbation else None,
        unit=unit,
        scale=scale,
        min_cells=min_cells,
        cells=table.index.astype(str).to_numpy(),
    )


def trajectories_from_frame(
    table: pd.DataFrame | str | Path,
    *,
    time: str = keys.TIME,
    series: str | None = keys.SERIES,
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
) -> Trajectories:
    """Read trajectories from a table; ``series=None`` takes all rows as one unit."""
    from hillflow.data.trajectories import Trajectories

    table = read_frame(table)
    names, x = _genes(table, genes, [time, *([series] if series else [])])
    units = table[series].astype(str).to_numpy() if series else None
    return Trajectories.from_rows(x, table[time], names, units, unit=unit, scale=scale)


def read_frame(table: pd.DataFrame | str | Path) -> pd.DataFrame:
    """The table itself, or the one in a CSV or TSV file."""
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    path = Path(table)
    if not path.is_file():
        raise MissingFileError(f"a table at {path}", "nothing there", "check the path")
    tabs = ".tsv" in path.suffixes or ".txt" in path.suffixes
    try:
        return pd.read_csv(path, sep="\t" if tabs else ",")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"a {'tab' if tabs else 'comma'}-separated table at {path}",
            str(error).strip(),
            "write it with DataFrame.to_csv (the ending .tsv means tabs)",
        ) from None


def _genes(
    table: pd.DataFrame, genes: Sequence[str] | None, others: Sequence[str]
) -> tuple[list[str], np.ndarray]:
    import pandas as pd

    for name in (*others, *(genes or ())):
        if name not in table.columns:
            kind = TimeError if name == others[0] else InputError
            raise kind(
                f"a column {name!r}",
                f"the columns {listing(table.columns)}",
                "name the columns as they are in the table",
            )
    names = [str(name) for name in genes or [c for c in table.columns if c not in others]]
    columns = table[list(names)] if genes else table[[c for c in table if c not in others]]
    words = [str(c) for c in columns if not pd.api.types.is_numeric_dtype(columns[c])]
    if words:
        raise InputError(
            "numbers in every gene column",
            f"text in {listing(words)}",
            "pass genes=[…] with the gene columns, or drop the others",
        )
    return names, columns.to_numpy()
