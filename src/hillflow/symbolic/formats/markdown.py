"""Markdown: a section for each gene with its law, truth table and constants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hillflow.files import check_output_file, replacing
from hillflow.show import format_value
from hillflow.symbolic.constants import constant_text, law_constants
from hillflow.symbolic.formats.latex import law_lines, protein_lines
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import remarks
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.truth_table import boolean_reading, truth_table

_MARKUP = re.compile(r"[\\`*_<>|$#~]|&(?=#?\w+;)|(?<=])\(")
_ENTITIES = {"&": "&amp;", "(": "&#40;"}  # "\(" would begin a formula


def write_markdown(laws: Laws, path: str | Path) -> Path:
    """Write all laws as a Markdown file: pandoc, GitHub and Jupyter display its formulas.

    A gene has its formula, its truth table and Boolean rule if it is a logic law, its constants
    with their intervals, and its flags.

    Parameters
    ----------
    laws
        The laws.
    path
        Name of the file, with the suffix .md.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import Laws, ParetoFront, laws_of_logic, write_markdown
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]))
    >>> fronts = {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}
    >>> write_markdown(Laws(fronts), "laws.md").name
    'laws.md'
    """
    path = check_output_file(path, ".md")
    blocks = ["# Laws", " ".join(map(_escaped, remarks(laws)))]
    for law in laws.best.values():
        blocks += _section(laws, law)
    if laws.proteins:
        blocks += ["## Proteins", _displayed(protein_lines(laws))]
    with replacing(path) as draft:
        draft.write_text("\n\n".join(filter(None, blocks)) + "\n", encoding="utf-8")
    return path


def _section(laws: Laws, law: Law) -> list[str]:
    table = truth_table(law)
    blocks = [f"## {_escaped(law.gene)}", _displayed(law_lines(law, bool(laws.proteins)))]
    if table is not None:
        blocks += [
            _escaped(table.title),
            _table(table.columns, table.rows),
            _escaped(table.caption),
        ]
    elif boolean_reading(law):
        blocks.append(_escaped(boolean_reading(law)))
    constants = law_constants(laws, law)
    if constants:
        known = any(each.has_interval for each in constants)
        rows = [(each.name, constant_text(each), each.unit or "–") for each in constants]
        head = f"value [{law.interval}]" if known else "value"
        blocks.append(_table(("constant", head, "unit"), rows))
    return [*blocks, "\n".join(f"- {_escaped(flag)}" for flag in law.flags)]


def _displayed(lines: Sequence[str]) -> str:
    body = " \\\\\n".join(lines)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$" if lines else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *([format_value(v) for v in row] for row in rows)]
    head, rule, *body = (
        [text if number == 1 else _escaped(text) for text in line]
        for number, line in enumerate(lines)
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


def _escaped(text: str) -> str:
    """Text in which nothing is markup, on one line."""
    return _MARKUP.sub(
        lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), " ".join(text.split())
    )


LAW_FORMATS.add(
    LawFormat(
        "markdown", "All laws as Markdown (.md): formulas, truth tables and constants by gene",
        ".md", write_markdown,
    ),
    __name__,
)  # fmt: skip
