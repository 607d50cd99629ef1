"""Snapshots and trajectories from plain tables: a row a cell, a column a gene."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.data.checks import check_file, locate_genes
from hillflow.errors import FileFormatError, GeneNameError, InputError, listing

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.data.trajectories import Trajectories

_ENDINGS = (".csv", ".tsv", ".txt", ".gz")


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
    from hillflow.data.anndata_io import column_of, conditions_of, time_of
    from hillflow.data.snapshots import Snapshots

    table = read_frame(table)
    times = time_of(table, time)
    done = None if perturbation is None else column_of(table, perturbation, "what was done")
    names, x = _genes(table, genes, (time, perturbation))
    return Snapshots.from_arrays(
        x,
        times,
        names,
        None if done is None else conditions_of(done, names, control, kind),
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
    from hillflow.data.anndata_io import series_of, time_of
    from hillflow.data.trajectories import Trajectories

    table = read_frame(table)
    times = time_of(table, time)
    units = None if series is None else series_of(table, series)
    names, x = _genes(table, genes, (time, series))
    return Trajectories.from_rows(x, times, names, units, unit=unit, scale=scale)


def read_frame(table: pd.DataFrame | str | Path) -> pd.DataFrame:
    """The table itself, or the one in a CSV or TSV file; a nameless first column names the rows."""
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    path = Path(table)
    check_file(path, "a table", _ENDINGS)
    tabs = ".tsv" in path.suffixes or ".txt" in path.suffixes
    try:
        # pandas renames the second A to A.1, so the header is looked at by itself
        header = pd.read_csv(path, sep="\t" if tabs else ",", header=None, nrows=1, dtype=str)
        frame = pd.read_csv(path, sep="\t" if tabs else ",", float_precision="round_trip")
    except (ValueError, OSError, EOFError, zlib.error) as error:  # pandas' own are ValueErrors
        raise FileFormatError(
            f"a {'tab' if tabs else 'comma'}-separated table at {path}",
            str(error).strip(),
            "write it with DataFrame.to_csv (the ending .tsv means tabs)",
        ) from None
    names = header.iloc[0].dropna()
    if names.duplicated().any():
        raise GeneNameError(
            f"each column once in {path}",
            f"{listing(names[names.duplicated()].unique())} several times",
            "add up or drop the doubled columns",
        )
    return frame.set_index("Unnamed: 0") if frame.columns[0] == "Unnamed: 0" else frame


def _genes(
    table: pd.DataFrame, genes: Sequence[str] | None, others: tuple[str | None, ...]
) -> tuple[list[str], np.ndarray]:
    import pandas as pd

    names = [str(name) for name in table.columns]
    if genes is None:
        places = [place for place, name in enumerate(table.columns) if name not in others]
    else:
        places = list(locate_genes(names, genes))
    columns = table.iloc[:, places]
    kept = [names[place] for place in places]
    words = [
        name
        for name, kind in zip(kept, columns.dtypes, strict=True)
        if not pd.api.types.is_numeric_dtype(kind)
    ]
    if words:
        raise InputError(
            "numbers in every gene column",
            f"text in {listing(words)}",
            "pass genes=[…] with the gene columns, or drop the others",
        )
    return kept, columns.to_numpy()
