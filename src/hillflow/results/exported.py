"""What an export wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hillflow.findings import Finding
from hillflow.show import Block, Shown, Text


@dataclass(frozen=True)
class Exported(Shown):
    """The files of an export.

    Attributes
    ----------
    paths, format
        What was written, the main file first, and in which format.
    genes, edges
        How many, of a network.
    status
        How many edges agree with the prior that was laid over, are opposite, novel, missing.
    prior
        Its name.
    noted
        What must be said of it.
    """

    paths: tuple[Path, ...]
    format: str
    genes: int = 0
    edges: int = 0
    status: dict[str, int] = field(default_factory=dict)
    prior: str = ""
    noted: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    def blocks(self) -> list[Block]:
        """What was written, and how it compares with the prior."""
        text = f"Wrote {', '.join(map(str, self.paths))}"
        if self.genes:
            text += f": {self.genes:,} genes, {self.edges:,} edges"
        if self.status:
            count = self.status
            text += (
                f"\nBeside {self.prior or 'the prior'}: {count['agreement']:,} edges agree, "
                f"{count['opposite']:,} have the opposite sign, {count['novel']:,} are novel, and "
                f"{count['missing']:,} of the prior are missing here (added without a weight)"
            )
        return [Text(text)]

    def to_json(self) -> dict[str, Any]:
        """What the command line prints as JSON."""
        found: dict[str, Any] = {"written": self.paths}
        if self.genes:
            found |= {"genes": self.genes, "edges": self.edges}
        return found | ({"prior": self.status} if self.status else {})
