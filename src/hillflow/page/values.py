"""Formatting of values for the page: rounded numbers, and figures as embedded images."""

from __future__ import annotations

import base64
import io
import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple

from hillflow import pl

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Picture(NamedTuple):
    """An image as a ``data:`` address, and the width at which it is shown."""

    source: str
    width: str


def picture(ax: Axes) -> Picture:
    """Return the whole figure of the axes as an SVG image."""
    figure, file = pl.figure_of(ax), io.BytesIO()
    with pl.figure_style():
        figure.savefig(file, format="svg", metadata={"Date": None}, dpi=140, bbox_inches="tight")
    encoded = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(f"data:image/svg+xml;base64,{encoded}", f"{figure.get_figwidth():.2f}in")


def number(value: Any, digits: int = 3) -> str:
    """Round a number; a dash if it is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return f"{float(value):.{digits}g}".replace("-", "−")


def percent(share: float) -> str:
    """Format a share as a percentage."""
    return f"{share:.0%}"


def exact(value: Any) -> str:
    """Return a number with all digits, for sorting and downloads; empty if it is not known."""
    if isinstance(value, Integral):
        return repr(int(value))
    return "" if math.isnan(value) else repr(float(value))


def cell_text(value: Any) -> str:
    """Format a value for a cell of a table: text, a number, yes or no, or a dash."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, Real):
        return number(value)
    raise TypeError(f"a table has text and numbers, not {type(value).__name__}")
