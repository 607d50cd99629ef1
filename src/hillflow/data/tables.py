"""Read snapshots and trajectories from tables whose rows are cells and columns genes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.data.anndata_io import column_or_none, conditions_of, series_of, time_of
from hillflow.data.checks import locate_genes
from hillflow.data.times import warn_of_unknown_unit
from hillflow.errors import FileFormatError, GeneNameError, InputError, TimeError, listing
from hillflow.files import check_file
from hillflow.findings import warn

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.data.trajectories import Trajectories

_ENDINGS = (".csv", ".tsv", ".txt", ".gz")
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
_NO_GENE = re.compile(
    r"(donor|batch|sample|replicate|cluster|leiden|louvain|doublet|umap|tsne|percent|pct)([._\d].*)?"
    r"|(label|weight|series|cell|clone|barcode|age|sex|patient|subject|days?|hours?|latent_time|size_factors?)"
    r"|n_?(gene|count|umi|cell|feature)s?(_.*)?|(total|log1p)_.*|.*_(score|scores|pseudotime)"
    r"|pseudotime|cell_?(type|id).*",
    re.IGNORECASE,
)
_CELL_NAME = re.compile(r"(cell|c|s|sample|row)?[ _-]?\d.*|[ACGTN]{8}.*", re.IGNORECASE)
_GENE_NAME = re.compile(r"[A-Za-z][\w.-]{1,17}")


def snapshots_from_frame(
    cls: type[Snapshots],
    table: pd.DataFrame | str | Path,
    *,
    time: str = keys.TIME,
    perturbation: str | None = "auto",
    control: str | None = keys.CONTROL,
    kind: str = "knockout",
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
    min_cells: int = 10,
) -> Snapshots:
    """Read snapshots from a DataFrame, or from a CSV or TSV file (also ``.gz``).

    Each row is a cell. One column holds its time, one column each the expression of a gene,
    and optionally one its perturbation.

    Parameters
    ----------
    table
        The table, or the path of a file.
    time, perturbation, control, kind
        Columns, and how to read them, as in `Snapshots.from_anndata`.
    genes
        The gene columns. None: every column but `time` and `perturbation`, all of which must
        then be numbers.
    unit, scale, min_cells
        See `Snapshots.from_arrays`.

    Returns
    -------
    Snapshots
    """
    warn_of_unknown_unit(unit)
    table = read_frame(table)
    times = _times(table, time)
    perturbations = column_or_none(table, perturbation, keys.PERTURBATION)
    names, x = _genes(table, genes, (time, _perturbation_column(perturbation)))
    return cls.from_arrays(
        x,
        times,
        names,
        None
        if perturbations is None
        else conditions_of(perturbations, names, control, kind, _panel(table)),
        unit=unit,
        scale=scale,
        min_cells=min_cells,
        cells=table.index.astype(str).to_numpy(),
    )


def trajectories_from_frame(
    cls: type[Trajectories],
    table: pd.DataFrame | str | Path,
    *,
    time: str = keys.TIME,
    series: str | None = keys.SERIES,
    perturbation: str | None = "auto",
    control: str | None = keys.CONTROL,
    kind: str = "knockout",
    genes: Sequence[str] | None = None,
    unit: str | None = None,
    scale: str = "auto",
) -> Trajectories:
    """Read trajectories from a table; each row is one observation of one series.

    Parameters
    ----------
    table
        The table, or the path of a file.
    series
        Column that names the series of each row. None: all rows are one series.
    time, perturbation, control, kind, genes, unit, scale
        As in `Snapshots.from_frame`.

    Returns
    -------
    Trajectories
    """
    warn_of_unknown_unit(unit)
    table = read_frame(table)
    times = _times(table, time)
    series_names = None if series is None else series_of(table, series)
    perturbations = column_or_none(table, perturbation, keys.PERTURBATION)
    names, x = _genes(table, genes, (time, series, _perturbation_column(perturbation)))
    return cls.from_rows(
        x,
        times,
        names,
        series_names,
        None
        if perturbations is None
        else conditions_of(perturbations, names, control, kind, _panel(table)),
        unit=unit,
        scale=scale,
    )


def read_frame(table: pd.DataFrame | str | Path) -> pd.DataFrame:
    """Return a table, or read one from a CSV or TSV file; an unnamed first column is the index."""
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    path = Path(table)
    check_file(path, "a table", _ENDINGS)
    path = path.absolute()  # pandas would take ~ for the home folder
    tabs = ".tsv" in path.suffixes or ".txt" in path.suffixes
    separator = "\t" if tabs else ","
    try:
        # pandas renames a second column A to A.1, so the header is read separately
        header = pd.read_csv(path, sep=separator, header=None, nrows=1, dtype=str)
        _check_separator(header, separator, path)
        frame = pd.read_csv(path, sep=separator, float_precision="round_trip")
    except FileFormatError:
        raise
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
            "add up or drop the duplicated columns",
        )
    return frame.set_index("Unnamed: 0") if frame.columns[0] == "Unnamed: 0" else frame


def _check_separator(header: pd.DataFrame, expected: str, path: Path) -> None:
    """Refuse a header with one column that contains another separator."""
    for other, plural in _SEPARATORS.items():
        if header.shape == (1, 1) and other in str(header.iloc[0, 0]):
            raise FileFormatError(
                f"{_SEPARATORS[expected]} between the columns of {path}, by its ending",
                f"one column with {plural} in it",
                f"pass pandas.read_csv({path.name!r}, sep={other!r}) instead",
            )


def _times(table: pd.DataFrame, time: str) -> pd.Series:
    """Return the time column; if it is missing and rows look like genes, the error says so."""
    try:
        return time_of(table, time)
    except TimeError as error:
        first = table.columns[:1].tolist() if table.index.dtype.kind in "iu" else []
        rows = [str(name) for name in (table.iloc[:, 0] if first else table.index)]
        if not rows or not all(map(_like_a_gene, rows)):
            raise
        raise TimeError(
            error.expected,
            f"rows with names like genes ({listing(rows, 3)})",
            f"if they are genes, pass table{f'.set_index({first[0]!r})' if first else ''}.T "
            f"with a column {time!r}",
        ) from None


def _like_a_gene(name: str) -> bool:
    return bool(_GENE_NAME.fullmatch(name)) and not _CELL_NAME.fullmatch(name)


def _perturbation_column(column: str | None) -> str:
    """Return the name of the perturbation column, which is never a gene even if not read."""
    return keys.PERTURBATION if column in (None, "auto") else str(column)


def _panel(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.columns]


def _genes(
    table: pd.DataFrame, genes: Sequence[str] | None, others: tuple[str | None, ...]
) -> tuple[list[str], np.ndarray]:
    import pandas as pd

    names = _panel(table)
    if genes is None:
        positions = [k for k, name in enumerate(table.columns) if name not in others]
    else:
        positions = list(locate_genes(names, genes))
    columns = table.iloc[:, positions]
    kept = [names[k] for k in positions]
    text_columns = [
        name
        for name, kind in zip(kept, columns.dtypes, strict=True)
        if not pd.api.types.is_numeric_dtype(kind)
    ]
    if text_columns:
        raise InputError(
            "numbers in every gene column",
            f"text in {listing(text_columns)}",
            "pass genes=[…] with the gene columns, or drop the others",
        )
    odd = [name for name in kept if genes is None and _NO_GENE.fullmatch(name)]
    if odd:
        warn(
            f"columns read as genes but named like annotations of cells: {listing(odd)}. Pass "
            "genes=[…] with the gene columns, or drop the others",
            "data.columns-like-notes",
        )
    return kept, columns.to_numpy()
