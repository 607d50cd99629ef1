"""The results as pages of the documentation: every number in it comes from a results file."""

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
_MADE = """\
Written by `make bench-docs` from `benchmarks/results/*.json`; no number here was typed by hand."""
_HEAD = f"""\
# Benchmarks

{_MADE}
Each page comes from one command on one thread. A claim is a limit and what was measured
against it; it stays here when it does not hold.

![Claims that hold and claims that do not, by benchmark](benchmarks/claims.svg)
"""
_FIGURES = {"networks": "Average precision over the number of knockouts, by system and method"}


def render(results: Path = RESULTS, order: Sequence[str] = ()) -> dict[str, str]:
    """The overview and a page a result, by their paths below ``docs/``.

    Results come in the order given, others after them by name.
    """
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in results.glob("*.json")}
    names = [name for name in order if name in found]
    names += sorted(set(found) - set(names))
    ordered = [found[name] for name in names]
    overview = "\n".join([_HEAD, _contents(ordered), _broken(ordered), _toctree(names)])
    return {"benchmarks.md": overview} | {_path(name): _page(found[name]) for name in names}


def write(docs: Path = PAGE.parent, order: Sequence[str] = ()) -> Path:
    """Render the committed results into the documentation; pages of no result are removed."""
    pages = render(order=order)
    for old in (docs / "benchmarks").glob("*.md"):
        if f"benchmarks/{old.name}" not in pages:
            old.unlink()
    for path, text in pages.items():
        (docs / path).parent.mkdir(exist_ok=True)
        (docs / path).write_text(text, encoding="utf-8")
    return docs / "benchmarks.md"


def _path(name: str) -> str:
    return f"benchmarks/{name}.md"


def _contents(results: Sequence[dict[str, Any]]) -> str:
    """A line a benchmark: its page, what it measures, and how many of its claims hold."""
    rows = []
    for one in results:
        name, claims = one["benchmark"], one["claims"]
        held = f"{sum(claim['holds'] for claim in claims)} of {len(claims)}" if claims else "–"
        rows.append((f"[{name}]({_path(name)})", _first_sentence(name), held))
    return _table(("benchmark", "what is measured", "claims that hold"), rows)


def _broken(results: Iterable[dict[str, Any]]) -> str:
    """How many claims hold, and which do not."""
    claims = [(one["benchmark"], claim) for one in results for claim in one["claims"]]
    failed = [(name, claim) for name, claim in claims if not claim["holds"]]
    counted = f"{len(claims) - len(failed)} of {len(claims)} claims hold."
    if not failed:
        return f"{counted}\n"
    rows = [(f"[{name}]({_path(name)})", *_claim(claim)[:3]) for name, claim in failed]
    return f"{counted} These do not:\n\n" + _table(("benchmark", *_CLAIM[:3]), rows)


def _toctree(names: Sequence[str]) -> str:
    listed = "\n".join(f"benchmarks/{name}" for name in names)
    return f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def _page(result: dict[str, Any]) -> str:
    name = result["benchmark"]
    parts = [f"# {name}\n", _words(name)]
    if name in _FIGURES:
        parts.append(f"![{_FIGURES[name]}]({name}.svg)\n")
    if result["claims"]:
        parts.append(_table(_CLAIM, [_claim(claim) for claim in result["claims"]]))
    parts += [_origin(result), f"{_MADE}\n"]
    for columns, rows in blocks(result["rows"]).items():
        cells = [[_written(row[column]) for column in columns] for row in rows]
        numeric = [all(_is_number(row[column]) for row in rows) for column in columns]
        parts.append(_table([column.replace("_", " ") for column in columns], cells, numeric))
    return "\n".join(parts)


def _words(name: str) -> str:
    """What a benchmark says of itself: the docstring of its module, which is not imported."""
    module = ROOT / "benchmarks" / f"{name}.py"
    if not module.is_file():
        return ""
    words = ast.get_docstring(ast.parse(module.read_text("utf-8")))
    return f"{words}\n" if words else ""


def _first_sentence(name: str) -> str:
    first = _words(name).partition("\n\n")[0]
    return " ".join(first.split()).partition(". ")[0].rstrip(".:")


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
