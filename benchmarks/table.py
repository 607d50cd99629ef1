"""What a benchmark gives back: rows of numbers, and what was claimed about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, commit


@dataclass(frozen=True)
class Claim:
    """A statement with a limit, beside what was measured."""

    text: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        if self.at_least:
            return bool(self.measured >= self.limit)
        return bool(self.measured <= self.limit)

    def as_dict(self) -> dict[str, Any]:
        bound = "at least" if self.at_least else "at most"
        return {
            "claim": self.text,
            "measured": float(self.measured),
            bound.replace(" ", "_"): self.limit,
            "holds": self.holds,
        }

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        verdict = "holds" if self.holds else "DOES NOT HOLD"
        return f"{verdict}: {self.text}: {self.measured:.3g} ({bound} {self.limit:g})"


@dataclass
class Table:
    """Rows (all values plain JSON) and claims, and what an interrupted run had measured.

    Attributes
    ----------
    part
        The file that `once` keeps its measurements in, a line each; None: nothing is kept.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    part: Path | None = None
    _kept: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def resumable(cls, name: str, quick: bool, seed: int) -> Table:
        """A table that goes on where the same benchmark was interrupted."""
        table = cls(part=part_file(name, quick, seed))
        if table.part is not None and table.part.is_file():
            for line in table.part.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:  # empty, or broken off by the interruption
                    continue
                table._kept[_key(entry["case"])] = entry
        return table

    @property
    def other_commits(self) -> list[str]:
        """Of the code that measured what was kept, where it is not the code at hand."""
        return sorted({entry["commit"] for entry in self._kept.values()} - {commit()})

    def once(self, work: Callable[[], Any], **case: Any) -> Any:
        """What `work` measures (plain JSON) for a case, or what it measured before."""
        key = _key(case)
        if key not in self._kept:
            line = json.dumps({"case": case, "commit": commit(), "measured": work()})
            self._kept[key] = json.loads(line)
            if self.part is not None:
                self.part.parent.mkdir(parents=True, exist_ok=True)
                with self.part.open("a", encoding="utf-8") as lines:
                    lines.write("\n" + line)
        return self._kept[key]["measured"]

    def add(self, **row: Any) -> None:
        self.rows.append(row)

    def text(self) -> str:
        """The rows as aligned columns, a block for each set of columns, then the claims."""
        lines: list[str] = []
        for columns, rows in blocks(self.rows).items():
            cells = [list(columns)] + [[_written(row[name]) for name in columns] for row in rows]
            widths = [max(len(line[c]) for line in cells) for c in range(len(columns))]
            lines += ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells] + [""]
        return "\n".join(lines + [str(claim) for claim in self.claims])


def blocks(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows of the same columns together."""
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        together.setdefault(tuple(row), []).append(row)
    return together


def part_file(name: str, quick: bool, seed: int) -> Path:
    """Where a benchmark keeps its measurements until it is done, wherever its result goes."""
    return ROOT / "build" / "benchmarks" / f"{name}-{seed}{'-quick' * quick}.part"


def _key(case: dict[str, Any]) -> str:
    return json.dumps(case, sort_keys=True)


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
