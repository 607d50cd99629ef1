"""Text tables as people have them: CSV or TSV, gzipped or not, with any line ends and a BOM."""

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
        Where they were read from.
    rows
        All rows, the header (if there is one) among them.
    lines
        For each row, the number of the line that it ends on.
    used
        Columns that rows were selected by.
    lenient
        Whether columns that nobody asks for are passed over: an inferred network carries much
        that is not about its ranking.
    """

    path: Path
    rows: list[list[str]]
    lines: list[int]
    used: frozenset[str] = frozenset()
    lenient: bool = False

    @property
    def header(self) -> list[str]:
        """The first row, in small letters."""
        return [field.casefold() for field in self.rows[0]]

    def has(self, *columns: str) -> bool:
        """Whether the header names all of these columns, given in small letters."""
        return set(columns) <= set(self.header)

    def columns(
        self, required: Sequence[str], optional: Sequence[str] = (), *, ignore: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Return the named columns below the header; letter case does not matter.

        The first two required ones are the pair of an edge. Columns that are neither asked for
        nor in `ignore` raise a warning, and an error where they show that not every row is an
        edge of one network; a lenient table passes over them.

        Parameters
        ----------
        required, optional
            Names in small letters; those of `optional` are in the result where they are there.
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
        doubled = [name for name in (*required, *optional) if self.header.count(name) > 1]
        if doubled:
            raise FileFormatError(
                f"each column once in {self.path}",
                f"{listing(doubled)} more than once",
                "rename or delete one of them",
            )
        known = {*required, *optional, *ignore, *self.used, "", "unnamed: 0"}
        self.require_width(len(self.header))
        place = {name: number for number, name in enumerate(self.header)}
        unused = [
            name
            for name in self.rows[0]
            if not self.lenient and name.casefold() not in known and self._says_something(name)
        ]
        pairs = [tuple(row[place[name]] for name in required[:2]) for row in self.rows[1:]]
        for name in unused:
            self._refuse_selection(name, pairs)
        if unused:
            warn(
                f"{self.path.name}: the columns {listing(unused)} are not used "
                "(where={column: value}, --where COLUMN=VALUE selects rows by one)",
                "network.unused-columns",
            )
        wanted = [name for name in (*required, *optional) if name in place]
        return {name: [row[place[name]] for row in self.rows[1:]] for name in wanted}

    def _says_something(self, name: str) -> bool:
        place = self.header.index(name.casefold())
        return any(row[place] for row in self.rows[1:])

    def _refuse_selection(self, name: str, pairs: Sequence[tuple[str, ...]]) -> None:
        """Refuse a column that says which rows are meant: of which network, or whether at all."""
        place = self.header.index(name.casefold())
        values = [row[place] for row in self.rows[1:]]
        kinds = list(dict.fromkeys(values))
        example = kinds[-1]
        if len(kinds) > 1 and {kind.casefold() for kind in kinds} <= _TRUTH_VALUES:
            expected = f"a table of edges in {self.path}"
            found = f"the column {name!r} with {listing(kinds)}: perhaps not every row is an edge"
            example = next(kind for kind in kinds if kind.casefold() in ("1", "1.0", "true"))
        elif len(set(zip(pairs, values, strict=True))) > len(set(pairs)):
            expected = f"one network in {self.path}"
            found = f"pairs that come back with another {name!r} ({listing(kinds)})"
        else:
            return
        raise FileFormatError(
            expected,
            found,
            f"choose the rows with where={{{name!r}: {example!r}}} (--where {name}={example}), or "
            "delete this column if every row counts",
        )

    def require_width(self, *widths: int) -> None:
        """Stop at the first row with another number of fields."""
        for row, line in zip(self.rows, self.lines, strict=True):
            if len(row) not in widths:
                raise FileFormatError(
                    f"{' or '.join(map(str, widths))} fields in every row of {self.path}",
                    f"{len(row)} in line {line}: {listing(row)}",
                    "correct this line; quote fields that contain the separator",
                )

    def where(self, column: str, values: object) -> TextTable:
        """Keep the rows whose `column` equals a value, or one of several."""
        column = column.casefold()
        if not self.has(column):
            raise FileFormatError(
                f"a column {column!r} to select rows by", listing(self.rows[0], 9), "choose another"
            )
        place = self.header.index(column)
        self.require_width(len(self.header))
        several = values if isinstance(values, (list, tuple, set, frozenset)) else [values]
        keep = [n for n, row in enumerate(self.rows) if n and _equals_one(row[place], several)]
        if not keep:
            raise FileFormatError(
                f"rows of {self.path} with {column} among {listing(several)}",
                listing(dict.fromkeys(row[place] for row in self.rows[1:])),
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
    """The fields of a DataFrame as text, "" for what is missing."""
    filled = frame.astype(object).where(frame.notna(), "")
    rows = [[str(name) for name in frame.columns]]
    rows += [[str(value).strip() for value in row] for row in filled.to_numpy().tolist()]
    return TextTable(path, rows, list(range(1, len(rows) + 1)))


def read_table(path: str | os.PathLike[str]) -> TextTable:
    """Read a comma-, tab- or semicolon-separated file, whichever its first line shows."""
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
    """The text of a file, gzipped or not, without a byte order mark."""
    if not path.is_file():
        raise absent(path, "a table")
    raw = path.read_bytes()
    try:
        if raw.startswith(_GZIP):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error):
        fault, fix = "a damaged gzip file", "copy or download it again"
    except UnicodeDecodeError:
        fault, fix = "other bytes", "save it as CSV with UTF-8 encoding"
    raise FileFormatError("text in UTF-8", f"{fault} in {path}", fix)


def _equals_one(text: str, values: Iterable[object]) -> bool:
    """Compare as text, or as numbers where both are: "0.0" equals 0."""
    for value in values:
        if text == str(value):
            return True
        try:
            if float(text) == float(str(value)):
                return True
        except ValueError:
            continue
    return False
