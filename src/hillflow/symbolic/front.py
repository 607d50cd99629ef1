"""The Pareto front of one gene's laws: no other law is both simpler and better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError
from hillflow.symbolic.law import Law, reading


@dataclass(frozen=True)
class ParetoFront:
    """Laws by rising complexity and falling error, whichever engines found them.

    Dominated laws are dropped, but for the one of least BIC, which always stays: complexity
    counts nodes and BIC constants, so that it need not be on the front by itself.

    Attributes
    ----------
    gene
        Whose laws they are.
    laws
        Sorted by complexity.
    """

    gene: str
    laws: tuple[Law, ...]

    def __init__(self, gene: str, laws: Iterable[Law]) -> None:
        object.__setattr__(self, "gene", gene)
        object.__setattr__(self, "laws", _undominated(gene, list(laws)))

    def __iter__(self) -> Iterator[Law]:
        return iter(self.laws)

    def __len__(self) -> int:
        return len(self.laws)

    @property
    def best(self) -> Law:
        """The law of least BIC; of equals the simplest."""
        return min(self.laws, key=_by_bic)

    def merge(self, other: ParetoFront) -> ParetoFront:
        """The front of both, for the same gene and states."""
        if other.gene != self.gene:
            raise InputError(
                f"another front of {self.gene!r}", f"one of {other.gene!r}",
                "merge the fronts of the same gene",
            )  # fmt: skip
        return ParetoFront(self.gene, self.laws + other.laws)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; ``best`` is the place of the best law."""
        return {
            "gene": self.gene,
            "best": self.laws.index(self.best),
            "laws": [law.to_json() for law in self.laws],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParetoFront:
        """Read what `to_json` wrote."""
        with reading("laws as hillflow writes them", "a front"):
            return cls(str(data["gene"]), map(Law.from_json, data["laws"]))


def _by_bic(law: Law) -> tuple[float, int, float]:
    return (float("inf") if math.isnan(law.bic) else law.bic), law.complexity, law.error


def _undominated(gene: str, laws: list[Law]) -> tuple[Law, ...]:
    if not laws:
        raise InputError(f"at least one law of {gene!r}", "none", "fit it with another engine")
    strangers = [law.gene for law in laws if law.gene != gene]
    if strangers:
        raise InputError(f"laws of {gene!r}", f"one of {strangers[0]!r}", "keep a front a gene")
    best, kept, least = min(laws, key=_by_bic), [], float("inf")
    for law in sorted(laws, key=lambda law: (law.complexity, law.error, law.bic)):
        if law.error < least or law is best:
            kept.append(law)
            least = min(least, law.error)
    return tuple(kept)
