"""How results show themselves: one description, for a terminal and for a notebook.

A result lists `Block`s (lines of facts, tables, formulas, drawings). `Shown` renders them as
plain text (``print(result)``), as rich output (the command line) and as HTML (a notebook),
with the result's findings below. In HTML, text never turns into markup: everything is escaped
here; a formula's MathML and a drawing's SVG come from printers that escape names themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from hillflow.findings import Finding

if TYPE_CHECKING:
    from rich.console import RenderableType

_LABEL = 12  # columns of a fact's label


@dataclass(frozen=True)
class Text:
    """A paragraph, kept as it is broken into lines."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Lines of a label and what it is: ``Field       hill: …``."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table; numbers stand to the right.

    Attributes
    ----------
    title, caption
        Above and below it; "" for none.
    columns, rows
        Headings, and a value a heading in each row: text, numbers (four digits are shown) or
        None (a dash).
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Formula:
    """A law: as text in a terminal, as MathML in a notebook, with lines about it below."""

    text: str
    mathml: str = ""
    about: Sequence[str] = ()


@dataclass(frozen=True)
class Drawing:
    """An SVG picture with a caption, in a notebook alone."""

    svg: str = field(repr=False)
    caption: str = ""


Block: TypeAlias = Text | Facts | Table | Formula | Drawing


class Shown:
    """What shows itself. A class has `blocks`, and `findings` where there is something to say."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return ()

    def blocks(self) -> Iterable[Block]:
        """What is shown, in order."""
        raise NotImplementedError

    def __str__(self) -> str:
        return to_text(self.blocks(), self.findings)

    def __rich__(self) -> RenderableType:
        return to_rich(self.blocks())

    def _repr_html_(self) -> str:
        return to_html(self.blocks(), self.findings)


# Text ------------------------------------------------------------------------------------


def to_text(blocks: Iterable[Block], findings: Iterable[Finding] = ()) -> str:
    """Blocks as plain text with a blank line between them, findings last."""
    parts = [part for part in map(_block_text, blocks) if part]
    said = "\n".join(map(str, findings))
    return "\n\n".join([*parts, said] if said else parts)


def _block_text(block: Block) -> str:
    if isinstance(block, Text):
        return block.text
    if isinstance(block, Facts):
        return "\n".join(f"{label:<{_LABEL}}{value}" for label, value in block.rows)
    if isinstance(block, Formula):
        return "\n".join([block.text, *(f"    {line}" for line in block.about)])
    if isinstance(block, Drawing):
        return ""
    cells = [[*map(str, block.columns)], *([cell(value) for value in row] for row in block.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [_is_numeric(block, place) for place in range(len(widths))]
    lines = [
        "  ".join(
            text.rjust(width) if end else text.ljust(width)
            for text, width, end in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join([*([block.title] if block.title else []), *lines,
                      *([block.caption] if block.caption else [])])  # fmt: skip


def cell(value: Any) -> str:
    """A value as a table shows it: four digits of a number, a dash for what is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else ""
    if hasattr(value, "item"):
        return cell(value.item())
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_numeric(table: Table, place: int) -> bool:
    values = [row[place] for row in table.rows if row[place] is not None]
    return bool(values) and all(
        isinstance(value, int | float) or hasattr(value, "item") for value in values
    )


# A terminal ------------------------------------------------------------------------------


def to_rich(blocks: Iterable[Block]) -> RenderableType:
    """Blocks for rich; findings are the command line's to print, on its other stream."""
    from rich.console import Group

    return Group(*(_block_rich(block) for block in blocks if not isinstance(block, Drawing)))


def rich_escape(text: str) -> str:
    """Keep square brackets in `text` from being read as rich markup."""
    return text.replace("[", r"\[")


def _block_rich(block: Block) -> RenderableType:
    if not isinstance(block, Table):
        return rich_escape(_block_text(block))
    from rich.table import Table as RichTable

    table = RichTable(
        title=rich_escape(block.title) or None, caption=rich_escape(block.caption) or None
    )
    for place, name in enumerate(block.columns):
        right = _is_numeric(block, place)
        table.add_column(
            rich_escape(str(name)), justify="right" if right else "left", overflow="fold"
        )
    for row in block.rows:
        table.add_row(*(rich_escape(cell(value)) for value in row))
    return table


# A notebook ------------------------------------------------------------------------------


def to_html(blocks: Iterable[Block], findings: Iterable[Finding] = ()) -> str:
    """Blocks as HTML, findings last."""
    body = "".join(map(_block_html, blocks))
    said = "".join(
        f'<li class="hillflow-{finding.severity}"><b>{finding.severity.capitalize()}</b> '
        f"{escape(finding.text)}</li>"
        for finding in findings
    )
    return f'<div class="hillflow">{body}{f"<ul>{said}</ul>" if said else ""}</div>'


def _block_html(block: Block) -> str:
    if isinstance(block, Text):
        return f'<p style="white-space: pre-wrap">{escape(block.text)}</p>'
    if isinstance(block, Formula):
        about = "".join(f"<br><small>{escape(line)}</small>" for line in block.about)
        return f"<div>{block.mathml or f'<code>{escape(block.text)}</code>'}{about}</div>"
    if isinstance(block, Drawing):
        return f"<figure>{block.svg}<figcaption>{escape(block.caption)}</figcaption></figure>"
    if isinstance(block, Facts):
        rows = "".join(
            f'<tr><th style="text-align: left">{escape(label)}</th>'
            f'<td style="text-align: left">{escape(value)}</td></tr>'
            for label, value in block.rows
        )
        return f"<table>{rows}</table>"
    right = [_is_numeric(block, place) for place in range(len(block.columns))]
    heads = "".join(
        f'<th style="text-align: {_side(end)}">{escape(str(name))}</th>'
        for name, end in zip(block.columns, right, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(
            f'<td style="text-align: {_side(end)}">{escape(cell(value))}</td>'
            for value, end in zip(row, right, strict=True)
        ) + "</tr>"
        for row in block.rows
    )  # fmt: skip
    title = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    below = f"<p><small>{escape(block.caption)}</small></p>" if block.caption else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{below}"


def _side(right: bool) -> str:
    return "right" if right else "left"
