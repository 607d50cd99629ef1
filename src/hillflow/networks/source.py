"""Sources that a network is read from: a text table, parquet, JSON, a DataFrame, a dictionary.

A `NetworkFormat` inspects a source to recognise it, and reads its columns. Pickles are refused,
because reading one can run code.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from hillflow.errors import FileFormatError, InputError, MissingPackageError
from hillflow.files import absent
from hillflow.networks.text_table import TextTable, read_table, read_text, table_of_frame

Readable: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Mapping[str, Sequence[str]]"
_PICKLE = (".pkl", ".pickle", ".joblib")
_PARQUET = b"PAR1"


@dataclass(frozen=True, eq=False)
class NetworkSource:
    """A file, DataFrame or dictionary of edges, whose content is read only when needed.

    Attributes
    ----------
    name
        Its name in messages.
    path
        The file, or a placeholder for messages.
    frame
        The table of a parquet file, or the given DataFrame.
    mapping
        The given dictionary.
    where
        Rows to keep: values by column.
    inferred
        Whether it is read as an inferred network, see :func:`hillflow.networks.read_network`.
    """

    name: str
    path: Path
    frame: pd.DataFrame | None = None
    mapping: Mapping[str, Any] | None = None
    where: Mapping[str, object] = field(default_factory=dict)
    inferred: bool = False

    @property
    def is_json(self) -> bool:
        """Whether the source is JSON or a dictionary."""
        return self.mapping is not None or self.path.suffix.casefold() == ".json"

    @cached_property
    def table(self) -> TextTable:
        """The selected rows, as text."""
        table = (
            read_table(self.path) if self.frame is None else table_of_frame(self.frame, self.path)
        )
        table = replace(table, lenient=self.inferred)
        for column, value in self.where.items():
            table = table.where(column, value)
        return table

    @cached_property
    def json(self) -> Any:
        """The content of the JSON."""
        self._refuse_where()
        if self.mapping is not None:
            return self.mapping
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise FileFormatError(
                f"JSON in {self.path}", f"a damaged file ({error})", "write the file again"
            ) from None

    @property
    def text(self) -> str:
        """The whole text of a file in UTF-8, gzipped or not."""
        self._refuse_where()
        return read_text(self.path)

    def has(self, *columns: str) -> bool:
        """Return whether it is a table with all of these columns, given in lower case."""
        if self.is_json:
            return False
        if self.frame is not None:  # converting a large base network to text takes minutes
            return {*columns} <= {str(name).casefold() for name in self.frame.columns}
        return self.table.has(*columns)

    def first_line(self) -> Sequence[str]:
        """Return the fields of the first line of a table, unchanged."""
        if self.is_json:
            return ()
        return [*map(str, self.frame.columns)] if self.frame is not None else self.table.rows[0]

    def columns(
        self, required: Sequence[str], optional: Sequence[str] = (), *, ignore: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Return columns by name, as text; see :meth:`TextTable.columns`."""
        if self.is_json:
            raise FileFormatError(
                f"a table of edges in {self.name}",
                "JSON",
                "give the tool's table, or format='auto'",
            )
        return self.table.columns(required, optional, ignore=ignore)

    def _refuse_where(self) -> None:
        if self.where:
            raise InputError(
                "a table to select rows of", f"{self.name}, which is not a table",
                "leave where (--where) out",
            )  # fmt: skip


def open_source(
    source: Readable, where: Mapping[str, object] | None = None, inferred: bool = False
) -> NetworkSource:
    """Open a file, a DataFrame or a dictionary {target: [regulators]}."""
    if isinstance(source, Mapping):
        return NetworkSource(
            "the dictionary", Path("the dictionary"), None, source, where or {}, inferred
        )
    if isinstance(source, pd.DataFrame):
        return NetworkSource("the table", Path("the table"), source, None, where or {}, inferred)
    if not isinstance(source, str | os.PathLike):
        raise InputError(
            "a file, a DataFrame or a dictionary of edges", type(source).__name__,
            "give the path of the file that the tool wrote",
        )  # fmt: skip
    path = Path(source)
    if not path.is_file():
        raise absent(path, "a file of edges")
    with path.open("rb") as file:
        start = file.read(len(_PARQUET))
    if path.suffix.casefold() in _PICKLE or start[:1] == b"\x80":
        raise FileFormatError(
            "a table or JSON of edges", f"a pickle in {path}, which can run any code when read",
            "if you trust it, load it and save it again: frame.to_csv(path, index=False), or "
            "json.dump of {target: [regulators]}",
        )  # fmt: skip
    frame = _read_parquet(path) if start == _PARQUET else None
    return NetworkSource(path.name, path, frame, None, where or {}, inferred)


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a parquet file; refuse if pyarrow is missing or the file is damaged."""
    try:
        return pd.read_parquet(path.absolute())
    except ImportError:
        raise MissingPackageError(
            "pyarrow, to read parquet", "none installed", "pip install pyarrow"
        ) from None
    except (OSError, ValueError) as error:
        raise FileFormatError(
            "a parquet file", f"{path}: {error}", "copy or download it again"
        ) from None
