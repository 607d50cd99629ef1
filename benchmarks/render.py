"""The results as a page of the documentation: every number in it comes from a results file."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.table import blocks

RESULTS, PAGE = ROOT / "benchmarks" / "results", ROOT / "docs" / "benchmarks.md"
_HEAD = """\
# Benchmarks

Written by `make bench-docs` from `benchmarks/results/*.json`; no number here was typed by hand.
Each table comes from one command on one thread. A claim is a limit and what was measured
against it; it stays here when it does not hold.
"""
_FIGURES = {"networks": "Average precision over the number of knockouts, by system and method"}


def render(results: Path = RESULTS, order: Sequence[str] = ()) -> str:
    """The whole page: a section a result, in the order given, others after them by name."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in results.glob("*.json")}
    names = [name for name in order if name in found]
    names += sorted(set(found) - set(names))
    sections = [_section(found[name]) for name in names]
    return "\n".join([_HEAD, _broken([found[name] for name in names]), *sections])


def write(page: Path = PAGE, order: Sequence[str] = ()) -> Path:
    """Render the committed results into the documentation."""
    page.write_text(render(order=order), encoding="utf-8")
    return page


def _broken(results: Iterable[dict[str, Any]]) -> str:
    """How many claims hold, and which do not."""
    claims = [(one["benchmark"], claim) for one in results for claim in one["claims"]]
    failed = [(name, claim) for name, claim in claims if not claim["holds"]]
    counted = f"{len(claims) - len(failed)} of {len(claims)} claims hold."
    if not failed:
        return f"{counted}\n"
    rows = [(f"[{name}](#{_anchor(name)})", *_claim(claim)[:3]) for name, claim in failed]
    return f"{counted} These do not:\n\n" + _table(("benchmark", *_CLAIM[:3]), rows)


def _section(result: dict[str, Any]) -> str:
    name = result["benchmark"]
    parts = [f"({_anchor(name)})=\n## {name}\n", _words(name), _origin(result)]
    if name in _FIGURES:
        parts.append(f"![{_FIGURES[name]}]({name}.svg)\n")
    if result["claims"]:
        parts.append(_table(_CLAIM, [_claim(claim) for claim in result["claims"]]))
    for columns, rows in blocks(result["rows"]).items():
        cells = [[_written(row[column]) for column in columns] for row in rows]
        numeric = [all(_is_number(row[column]) for row in rows) for column in columns]
        parts.append(_table([column.replace("_", " ") for column in columns], cells, numeric))
    return "\n".join(parts)


def _anchor(name: str) -> str:
    return f"benchmark-{name.replace('_', '-')}"


def _words(name: str) -> str:
    """What a benchmark says of itself: the docstring of its module, which is not imported."""
    module = ROOT / "benchmarks" / f"{name}.py"
    if not module.is_file():
        return ""
    words = ast.get_docstring(ast.parse(module.read_text("utf-8")))
    return f"{words}\n" if words else ""


def _origin(result: dict[str, Any]) -> str:
    where, others = result["environment"], result.get("also_measured_at", [])
    packages = ", ".join(f"{name} {version}" for name, version in where["packages"].items())
    commits = ", ".join(_short(commit) for commit in [result["commit"], *others])
    text = (
        f"`{result['command']}`, commit {commits}, {result['seconds']:,.0f} s; "
        f"Python {where['python']}, {where['system']}, {where['processor']}, "
        f"{where['cores']} cores, {where['threads']} thread; {packages}."
    )
    return textwrap.fill(text, 99, break_long_words=False, break_on_hyphens=False) + "\n"


def _short(commit: str) -> str:
    head, plus, changes = commit.partition("+")
    return head[:9] + plus + changes


_CLAIM = ("claim", "measured", "wanted", "held")


def _claim(claim: dict[str, Any]) -> tuple[str, ...]:
    bound = "at least" if "at_least" in claim else "at most"
    limit = claim[bound.replace(" ", "_")]
    held = "yes" if claim["holds"] else "**no**"
    return claim["claim"], _written(claim["measured"]), f"{bound} {_written(limit)}", held


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool] | None = None
) -> str:
    """A Markdown table; columns of numbers stand to the right."""
    marks = [" ---: " if one else " --- " for one in right or [False] * len(columns)]
    lines = [_line(columns), f"|{'|'.join(marks)}|", *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def _written(value: Any) -> str:
    """Four digits of a float, all of a count, a dash for what was not measured."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return str(value)
