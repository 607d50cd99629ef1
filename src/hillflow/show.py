"""Display of results in a terminal and in a notebook, from one description.

A result lists `Block`s (paragraphs, facts, tables, formulas, drawings). `Shown` renders them as
plain text (``print(result)``), as rich output (the command line) and as HTML (a notebook),
with the result's findings below. For HTML all text is escaped here. Only a formula's MathML and
a drawing's SVG are inserted as they are; the functions that write them escape names themselves.
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

_TABLE = '<table style="border-collapse: separate; border-spacing: 0.8em 0">'  # none elsewhere
_LABEL_WIDTH = 12  # characters of a fact's label at least


@dataclass(frozen=True)
class Text:
    """A paragraph; its line breaks are kept."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Lines of a label and its value: ``Field       hill: …``."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table; columns of numbers are right-aligned.

    Attributes
    ----------
    columns, rows
        Headings, and rows with one value per heading: text, numbers (shown with four digits) or
        None (shown as a dash).
    title, caption
        Text above and below the table; "" for none.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Formula:
    """A law, as text in a terminal and as MathML in a notebook, with remarks `about` it below."""

    text: str
    mathml: str = ""
    about: Sequence[str] = ()


@dataclass(frozen=True)
class Drawing:
    """An SVG drawing with a caption; shown in a notebook only."""

    svg: str = field(repr=False)
    caption: str = ""


Block: TypeAlias = Text | Facts | Table | Formula | Drawing


class Shown:
    """Base class of results that display themselves: subclasses define `blocks` and `findings`."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader of the result must know."""
        return ()

    def blocks(self) -> Iterable[Block]:
        """Return the blocks to display, in order."""
        raise NotImplementedError

    def __str__(self) -> str:
        return to_text(self.blocks(), self.findings)

    def __rich__(self) -> RenderableType:
        return to_rich(self.blocks())

    def _repr_html_(self) -> str:
        return to_html(self.blocks(), self.findings)


# Text ------------------------------------------------------------------------------------


def to_text(blocks: Iterable[Block], findings: Iterable[Finding] = ()) -> str:
    """Render blocks as plain text with a blank line between them, findings last."""
    parts = [part for part in map(_block_text, blocks) if part]
    findings_text = "\n".join(map(str, findings))
    return "\n\n".join([*parts, findings_text] if findings_text else parts)


def _block_text(block: Block) -> str:
    if isinstance(block, Text):
        return block.text
    if isinstance(block, Facts):
        width = max([_LABEL_WIDTH, *(len(label) + 2 for label, _ in block.rows)])
        return "\n".join(f"{label:<{width}}{value}" for label, value in block.rows)
    if isinstance(block, Formula):
        return "\n".join([block.text, *(f"    {line}" for line in block.about)])
    if isinstance(block, Drawing):
        return ""
    return _table_text(block)


def _table_text(table: Table) -> str:
    rows = [[*map(str, table.columns)], *([format_value(v) for v in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numeric = _numeric_columns(table)
    lines = [
        "  ".join(
            text.rjust(width) if is_number else text.ljust(width)
            for text, width, is_number in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    above, below = ([text] if text else [] for text in (table.title, table.caption))
    return "\n".join([*above, *lines, *below])


def format_value(value: Any) -> str:
    """Format a value for a table: four digits of a number, a dash if it is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else ""
    if hasattr(value, "item"):
        return format_value(value.item())
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _numeric_columns(table: Table) -> list[bool]:
    """Return for each column whether all its known values are numbers."""
    numeric = []
    for column in range(len(table.columns)):
        values = [row[column] for row in table.rows if row[column] is not None]
        numbers = (isinstance(value, int | float) or hasattr(value, "item") for value in values)
        numeric.append(bool(values) and all(numbers))
    return numeric


# A terminal ------------------------------------------------------------------------------


def to_rich(blocks: Iterable[Block]) -> RenderableType:
    """Render blocks with rich, without findings: the command line prints those on stderr."""
    from rich.console import Group

    return Group(*(_block_rich(block) for block in blocks if not isinstance(block, Drawing)))


def rich_escape(text: str) -> str:
    """Escape square brackets, so that rich does not read them as markup."""
    return text.replace("[", r"\[")


def _block_rich(block: Block) -> RenderableType:
    if not isinstance(block, Table):
        return rich_escape(_block_text(block))
    from rich.table import Table as RichTable

    table = RichTable(
        title=rich_escape(block.title) or None, caption=rich_escape(block.caption) or None
    )
    for name, is_number in zip(block.columns, _numeric_columns(block), strict=True):
        table.add_column(
            rich_escape(str(name)), justify="right" if is_number else "left", overflow="fold"
        )
    for row in block.rows:
        table.add_row(*(rich_escape(format_value(value)) for value in row))
    return table


# A notebook ------------------------------------------------------------------------------


def to_html(blocks: Iterable[Block], findings: Iterable[Finding] = ()) -> str:
    """Render blocks as HTML, findings last."""
    body = "".join(map(_block_html, blocks))
    items = "".join(
        f'<li class="hillflow-{finding.severity}"><b>{finding.severity.capitalize()}</b> '
        f"{escape(finding.text)}</li>"
        for finding in findings
    )
    return f'<div class="hillflow">{body}{f"<ul>{items}</ul>" if items else ""}</div>'


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
        return f"{_TABLE}{rows}</table>"
    return _table_html(block)


def _table_html(table: Table) -> str:
    sides = ["right" if is_number else "left" for is_number in _numeric_columns(table)]
    heads = "".join(
        f'<th style="text-align: {side}">{escape(str(name))}</th>'
        for name, side in zip(table.columns, sides, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(
            f'<td style="text-align: {side}">{escape(format_value(value))}</td>'
            for value, side in zip(row, sides, strict=True)
        ) + "</tr>"
        for row in table.rows
    )  # fmt: skip
    title = (
        f'<caption style="text-align: left">{escape(table.title)}</caption>' if table.title else ""
    )
    below = f"<p><small>{escape(table.caption)}</small></p>" if table.caption else ""
    return f"{_TABLE}{title}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{below}"
