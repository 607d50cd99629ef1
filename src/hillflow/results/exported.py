"""The result of an export: the files that were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hillflow.findings import Finding
from hillflow.show import Block, Shown, Text


@dataclass(frozen=True)
class Exported(Shown):
    """The files that an export wrote.

    Attributes
    ----------
    paths, format
        The files, the main file first, and their format.
    genes, edges
        Numbers of genes and edges, of a network.
    status
        Compared with a prior: numbers of edges in "agreement", "opposite", "novel", "missing".
    prior
        Name of the prior.
    findings
        What a reader of the files must know.
    """

    paths: tuple[Path, ...]
    format: str
    genes: int = 0
    edges: int = 0
    status: dict[str, int] = field(default_factory=dict)
    prior: str = ""
    findings: tuple[Finding, ...] = ()

    def blocks(self) -> list[Block]:
        """Return the paths, the size of the network, and its comparison with the prior."""
        text = f"Wrote {', '.join(map(str, self.paths))}"
        if self.genes:
            text += f": {self.genes:,} genes, {self.edges:,} edges"
        if self.status:
            count = self.status
            text += (
                f"\nCompared with {self.prior or 'the prior'}: {count['agreement']:,} edges agree, "
                f"{count['opposite']:,} have the opposite sign, {count['novel']:,} are novel, and "
                f"{count['missing']:,} of the prior are missing here (added without a weight)"
            )
        return [Text(text)]

    def to_json(self) -> dict[str, Any]:
        """Return what the command line prints as JSON."""
        values: dict[str, Any] = {"written": self.paths}
        if self.genes:
            values |= {"genes": self.genes, "edges": self.edges}
        return values | ({"prior": self.status} if self.status else {})
