"""Read text tables: CSV or TSV, gzipped or not, with any line ends, with or without a BOM."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.errors import FileFormatError, listing
from hillflow.files import absent
from hillflow.findings import warn

if TYPE_CHECKING:
    import pandas as pd

_GZIP = b"\x1f\x8b"
_TRUTH_VALUES = {"0", "1", "0.0", "1.0", "true", "false"}


@dataclass(frozen=True)
class TextTable:
    """Rows of text fields, without blank lines and without spaces around the fields.

    Attributes
    ----------
    path
        The file they were read from.
    rows
        All rows, including the header if there is one.
    lines
        For each row, the number of the line on which it ends.
    used
        Columns by which rows were selected.
    lenient
        Whether unused columns are ignored, as for an inferred network, whose table holds more
        than its ranking.
    """

    path: Path
    rows: list[list[str]]
    lines: list[int]
    used: frozenset[str] = frozenset()
    lenient: bool = False

    @property
    def header(self) -> list[str]:
        """The first row, in lower case."""
        return [field.casefold() for field in self.rows[0]]

    def has(self, *columns: str) -> bool:
        """Return whether the header has all of these columns, given in lower case."""
        return set(columns) <= set(self.header)

    def columns(
        self, required: Sequence[str], optional: Sequence[str] = (), *, ignore: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Return the named columns below the header, in any letter case.

        The first two required columns are the pair of an edge. Columns that are neither requested
        nor in `ignore` give a warning, and an error if they show that not every row is an edge
        of one network; a lenient table ignores them.

        Parameters
        ----------
        required, optional
            Names in lower case; the result has those of `optional` that exist.
        ignore
            Names that are known and not needed.
        """
        missing = [name for name in required if not self.has(name)]
        if missing:
            raise FileFormatError(
                f"the columns {listing(required, 9)} in {self.path}",
                listing(self.rows[0], 9),
                f"rename the columns: {listing(missing)} missing",
            )
        repeated = [name for name in (*required, *optional) if self.header.count(name) > 1]
        if repeated:
            raise FileFormatError(
                f"each column once in {self.path}",
                f"{listing(repeated)} more than once",
                "rename or delete one of them",
            )
        known = {*required, *optional, *ignore, *self.used, "", "unnamed: 0"}
        self.require_width(len(self.header))
        position = {name: number for number, name in enumerate(self.header)}
        unused = [
            name
            for name in self.rows[0]
            if not self.lenient and name.casefold() not in known and self._has_values(name)
        ]
        pairs = [tuple(row[position[name]] for name in required[:2]) for row in self.rows[1:]]
        for name in unused:
            self._refuse_selection(name, pairs)
        if unused:
            warn(
                f"{self.path.name}: the columns {listing(unused)} are not used "
                "(where={column: value}, --where COLUMN=VALUE selects rows by one)",
                "network.unused-columns",
            )
        wanted = [name for name in (*required, *optional) if name in position]
        return {name: [row[position[name]] for row in self.rows[1:]] for name in wanted}

    def _has_values(self, name: str) -> bool:
        column = self.header.index(name.casefold())
        return any(row[column] for row in self.rows[1:])

    def _refuse_selection(self, name: str, pairs: Sequence[tuple[str, ...]]) -> None:
        """Refuse a column that marks which rows are edges, or which network a row belongs to."""
        column = self.header.index(name.casefold())
        values = [row[column] for row in self.rows[1:]]
        kinds = list(dict.fromkeys(values))
        example = kinds[-1]
        if len(kinds) > 1 and {kind.casefold() for kind in kinds} <= _TRUTH_VALUES:
            expected = f"a table of edges in {self.path}"
            found = f"the column {name!r} with {listing(kinds)}: perhaps not every row is an edge"
            example = next(kind for kind in kinds if kind.casefold() in ("1", "1.0", "true"))
        elif len(set(zip(pairs, values, strict=True))) > len(set(pairs)):
            expected = f"one network in {self.path}"
            found = f"repeated pairs with another {name!r} ({listing(kinds)})"
        else:
            return
        raise FileFormatError(
            expected,
            found,
            f"select the rows with where={{{name!r}: {example!r}}} (--where {name}={example}), or "
            "delete this column if every row is an edge",
        )

    def require_width(self, *widths: int) -> None:
        """Refuse the first row with another number of fields."""
        for row, line in zip(self.rows, self.lines, strict=True):
            if len(row) not in widths:
                raise FileFormatError(
                    f"{' or '.join(map(str, widths))} fields in every row of {self.path}",
                    f"{len(row)} in line {line}: {listing(row)}",
                    "correct this line; quote fields that contain the separator",
                )

    def where(self, column: str, values: object) -> TextTable:
        """Keep the rows whose `column` equals a value, or one of several values."""
        column = column.casefold()
        if not self.has(column):
            raise FileFormatError(
                f"a column {column!r} to select rows by", listing(self.rows[0], 9), "choose another"
            )
        position = self.header.index(column)
        self.require_width(len(self.header))
        several = values if isinstance(values, (list, tuple, set, frozenset)) else [values]
        keep = [n for n, row in enumerate(self.rows) if n and _equals_any(row[position], several)]
        if not keep:
            raise FileFormatError(
                f"rows of {self.path} with {column} among {listing(several)}",
                listing(dict.fromkeys(row[position] for row in self.rows[1:])),
                "choose values that the file has",
            )
        keep = [0, *keep]
        return replace(
            self,
            rows=[self.rows[n] for n in keep],
            lines=[self.lines[n] for n in keep],
            used=self.used | {column},
        )


def table_of_frame(frame: pd.DataFrame, path: Path) -> TextTable:
    """Return the fields of a DataFrame as text, "" for missing values."""
    filled = frame.astype(object).where(frame.notna(), "")
    rows = [[str(name) for name in frame.columns]]
    rows += [[str(value).strip() for value in row] for row in filled.to_numpy().tolist()]
    return TextTable(path, rows, list(range(1, len(rows) + 1)))


def read_table(path: str | os.PathLike[str]) -> TextTable:
    """Read a file separated by commas, tabs or semicolons, as found in its first line."""
    path = Path(path)
    text = read_text(path)
    first = text.lstrip().partition("\n")[0]
    delimiter = next((mark for mark in "\t,;" if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if any(fields):
                rows.append(fields)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise FileFormatError(
            f"a table of text in {path}",
            f"{error} in line {reader.line_num}",
            "close the quotes in this line, or write the file again",
        ) from None
    if not rows:
        raise FileFormatError("a table of edges", f"{path}, which is empty", "write it again")
    return TextTable(path, rows, lines)


def read_text(path: Path) -> str:
    """Return the text of a file, gzipped or not, without a byte order mark."""
    if not path.is_file():
        raise absent(path, "a table")
    raw = path.read_bytes()
    try:
        if raw.startswith(_GZIP):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error):
        found, fix = "a damaged gzip file", "copy or download it again"
    except UnicodeDecodeError:
        found, fix = "other bytes", "save it as CSV with UTF-8 encoding"
    raise FileFormatError("text in UTF-8", f"{found} in {path}", fix)


def _equals_any(text: str, values: Iterable[object]) -> bool:
    """Compare as text, or as numbers if both are numbers: "0.0" equals 0."""
    for value in values:
        if text == str(value):
            return True
        try:
            if float(text) == float(str(value)):
                return True
        except ValueError:
            continue
    return False
