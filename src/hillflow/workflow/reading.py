"""What people write for an option, read: lists of names, times, genes in a file, rows to keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from hillflow.data import parse_times
from hillflow.errors import FileFormatError, InputError, TimeError, listing
from hillflow.files import check_file
from hillflow.genes import check_gene_names


def names(given: str | Iterable[str] | None) -> list[str]:
    """``"A,B"`` or a list, as a list; none of None."""
    if given is None:
        return []
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    if isinstance(given, Mapping):
        raise InputError(
            "a list of names", f"a {type(given).__name__}",
            "write a list, for example ['GATA1', 'SPI1'] (of perturbations ['GATA1=kd:0.5'])",
        )  # fmt: skip
    return [str(one) for one in given]


def times(given: Any, unit: str) -> list[float] | None:
    """Times as numbers or labels, one or several (``12,24`` or ``day 1,day 2``); None of None."""
    if given is None:
        return None
    if isinstance(given, int | float):
        return [float(given)]
    parts = names(given) if isinstance(given, str) else list(given)
    if not parts:
        raise TimeError("times with commas between them", repr(given), "write for example 12,24")
    if all(isinstance(part, int | float) for part in parts):
        return [float(part) for part in parts]
    try:
        read = parse_times([str(part) for part in parts], unit or None, "the option")
    except TimeError as error:
        raise TimeError(
            "times as numbers or labels, with commas between them", repr(given),
            "write for example 12,24 or 'day 1,day 2'",
        ) from error  # fmt: skip
    return [float(time) for time in read.values]


def one_time(given: Any, unit: str) -> float | None:
    """A single time; None of None."""
    read = times(given, unit)
    return None if read is None else read[0]


def rows_to_keep(given: Sequence[str] | dict[str, Any] | None) -> dict[str, Any]:
    """``COLUMN=VALUE`` as given, by column; a column given twice takes either value."""
    if isinstance(given, dict):
        return given
    chosen: dict[str, list[str]] = {}
    for text in given or ():
        column, equals, value = (part.strip() for part in text.partition("="))
        if not (column and equals):
            raise InputError(
                "a column and a value for where=… (--where)", repr(text),
                "write where=['COLUMN=VALUE'] (--where COLUMN=VALUE)",
            )  # fmt: skip
        chosen.setdefault(column, []).append(value)
    return chosen


def gene_list(given: str | PathLike[str] | Iterable[str] | None) -> tuple[str, ...] | None:
    """Genes, named or in a file with one a line (# begins a comment); None of None."""
    if given is None:
        return None
    if not isinstance(given, str | PathLike):
        return check_gene_names(list(given), "genes")
    path = Path(given)
    if "," in str(given) and not path.exists():  # names in one text, as other options take them
        return check_gene_names(names(str(given)), "genes")
    check_file(path, "a list of genes", (".txt", ".csv", ".tsv"))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError(
            "a list of genes as plain text (UTF-8)", f"other bytes in {path}",
            "write one name a line into a .txt file",
        ) from None  # fmt: skip
    lines = (line.strip() for line in text.splitlines())
    listed = [line for line in lines if line and not line.startswith("#")]
    if not listed:
        raise InputError(f"gene names in {path}, one a line", "none", "write one name a line")
    doubled = [name for name, count in Counter(listed).items() if count > 1]
    if doubled:
        raise InputError(
            f"each gene once in {path}", f"{listing(doubled)} several times",
            "leave each in one line",
        )  # fmt: skip
    return check_gene_names(listed, str(path))
