"""Text in tables that a spreadsheet would run as a formula is written as text, and read back.

A spreadsheet runs a field that begins with ``= + - @``, a tab or a carriage return. Such a field
gets a leading apostrophe, as does one whose text begins with apostrophes before one of these, so
that reading is exact: ``unescape(escape(text)) == text`` for every text. Source: OWASP, "CSV
injection".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_RUN = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def escape(text: str) -> str:
    """Return text that a spreadsheet shows and does not run."""
    return f"'{text}" if _RUN.match(text) else text


def unescape(text: str) -> str:
    """Return what `escape` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def escaped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its column names and its text escaped; numbers stay numbers."""
    return _each_text(table, escape)


def unescaped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table that `escaped` was given."""
    return _each_text(table, unescape)


def _each_text(table: pd.DataFrame, function: Callable[[str], str]) -> pd.DataFrame:
    def changed_value(value: object) -> object:
        return function(value) if isinstance(value, str) else value

    changed = {
        str(name): table[name].map(changed_value)
        for name in table
        if table[name].dtype == object or str(table[name].dtype).startswith(("str", "category"))
    }
    return table.assign(**changed).rename(columns=function)
