"""What a benchmark gives back: rows of numbers, and what was claimed about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
    """Rows (all values plain JSON) and claims."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def add(self, **row: Any) -> None:
        self.rows.append(row)

    def text(self) -> str:
        """The rows as aligned columns, a block for each set of columns, then the claims."""
        lines: list[str] = []
        blocks: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in self.rows:
            blocks.setdefault(tuple(row), []).append(row)
        for columns, rows in blocks.items():
            cells = [list(columns)] + [[_written(row[name]) for name in columns] for row in rows]
            widths = [max(len(line[c]) for line in cells) for c in range(len(columns))]
            lines += ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells] + [""]
        return "\n".join(lines + [str(claim) for claim in self.claims])


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
