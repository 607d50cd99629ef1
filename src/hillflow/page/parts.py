"""Pieces of HTML, in which text can never turn into markup."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_VOID = frozenset({"img", "input", "meta", "br"})


class Html(str):
    """Text that is markup already; any other string is escaped when it goes into a tag."""

    __slots__ = ()


def tag(name: str, /, *inside: object, **attributes: object) -> Html:
    """``<name …>inside</name>``.

    Parameters
    ----------
    inside
        Pieces; those that are not `Html` are escaped.
    attributes
        ``class_`` is class, ``data_gene`` is data-gene. True stands alone, None is left out.
    """
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        written.append(key if value is True else f'{key}="{escape(str(value))}"')
    opening = f"<{' '.join(written)}>"
    return Html(opening if name in _VOID else f"{opening}{join(inside)}</{name}>")


def join(pieces: Iterable[object], between: str = "") -> Html:
    """Pieces one after another, escaped where they are plain text."""
    return Html(between.join(p if isinstance(p, Html) else escape(str(p)) for p in pieces))


def paragraph(*inside: object) -> Html:
    """A paragraph."""
    return tag("p", *inside)


def items(entries: Iterable[object], **attributes: object) -> Html:
    """A list with a bullet an entry."""
    return tag("ul", *(tag("li", one) for one in entries), **attributes)


def section(identity: str, title: str, *inside: object) -> Html:
    """A part of the page that a screen reader can jump to, under its heading."""
    heading = tag("h2", title, id=f"{identity}-title")
    return tag("section", heading, *inside, id=identity, aria_labelledby=f"{identity}-title")


def missing(what: str, command: str) -> Html:
    """That something has not been computed, and what would compute it."""
    return tag("p", f"{what} Run ", tag("code", command), " and make this page again.",
               class_="missing")  # fmt: skip


def number(value: Any, digits: int = 3) -> str:
    """A number for a person; a dash where it is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return f"{float(value):.{digits}g}".replace("-", "−")


def table(
    caption: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, sortable: bool = False,
    **attributes: object,
) -> Html:  # fmt: skip
    """A table whose first column names the row.

    Numbers stand to the right and keep their exact value beside the rounded one, for sorting
    and downloads. A sortable table has a button in each heading.
    """
    heads = []
    for heading in headings:
        inside = tag("button", heading, type="button") if sortable else heading
        heads.append(tag("th", inside, scope="col"))
    body = [tag("tr", _row_head(first), *map(_cell, rest)) for first, *rest in rows]
    whole = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *body),
        class_="sortable" if sortable else None, **attributes,
    )  # fmt: skip
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row_head(value: Any) -> Html:
    return tag("th", value, scope="row", data_value=None if isinstance(value, Html) else value)


def _cell(value: Any) -> Html:
    if isinstance(value, str):
        return tag("td", value)
    if value is None or isinstance(value, bool):
        return tag("td", {None: "–", True: "yes", False: "no"}[value])
    if isinstance(value, Real):
        known = not math.isnan(float(value))
        exact = repr(int(value) if isinstance(value, Integral) else float(value)) if known else ""
        return tag("td", number(value), class_="number", data_value=exact)
    raise TypeError(f"a table has text and numbers, not {type(value).__name__}")


def picture(drawn: Figure | Axes, alt: str, caption: str) -> Html:
    """A figure as an image inside the page, with its words for those who cannot see it."""
    from hillflow.pl.style import figure_of, figure_style

    figure: Any = drawn if hasattr(drawn, "savefig") else figure_of(drawn)
    file = io.BytesIO()
    with figure_style():
        figure.savefig(file, format="svg", metadata={"Date": None}, dpi=140, bbox_inches="tight")
    encoded = base64.b64encode(file.getvalue()).decode("ascii")
    width = f"{figure.get_figwidth():.2f}in"
    image = tag("img", src=f"data:image/svg+xml;base64,{encoded}", alt=alt, style=f"width:{width}")
    return tag("figure", image, tag("figcaption", caption))


def embedded(identity: str, data: Any) -> Html:
    """Plain JSON values for the page's script; nothing in them can end the element."""
    written = json.dumps(data, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    return tag("script", Html(written), type="application/json", id=identity)
