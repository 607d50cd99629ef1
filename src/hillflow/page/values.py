"""Values as a reader sees them: numbers in words, and figures as images inside the page."""

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
    """An image as a ``data:`` address, and the width that it is shown at."""

    source: str
    width: str


def picture(ax: Axes) -> Picture:
    """The whole figure that the axes belong to, as SVG."""
    figure, file = pl.figure_of(ax), io.BytesIO()
    with pl.figure_style():
        figure.savefig(file, format="svg", metadata={"Date": None}, dpi=140, bbox_inches="tight")
    encoded = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(f"data:image/svg+xml;base64,{encoded}", f"{figure.get_figwidth():.2f}in")


def number(value: Any, digits: int = 3) -> str:
    """A rounded number; a dash where it is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return f"{float(value):.{digits}g}".replace("-", "−")


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{share:.0%}"


def exact(value: Any) -> str:
    """A number with all its digits, for sorting and downloads; empty where it is not known."""
    if isinstance(value, Integral):
        return repr(int(value))
    return "" if math.isnan(value) else repr(float(value))


def shown(value: Any) -> str:
    """What a cell of a table says: text, a number, yes or no, or a dash."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, Real):
        return number(value)
    raise TypeError(f"a table has text and numbers, not {type(value).__name__}")
