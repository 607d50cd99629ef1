"""The Pareto front of a gene's laws: no other law is both simpler and more accurate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError
from hillflow.symbolic.law import Law


@dataclass(frozen=True)
class ParetoFront:
    """Laws of one gene with increasing complexity and decreasing error, from any engines.

    Dominated laws are removed, except for the law with the lowest BIC: complexity counts nodes and
    BIC counts constants, so the best law by BIC may be dominated.

    Attributes
    ----------
    gene
        The gene.
    laws
        The laws, sorted by complexity.
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
        """The law with the lowest BIC; among equal ones, the simplest."""
        return min(self.laws, key=_by_bic)

    def merge(self, other: ParetoFront) -> ParetoFront:
        """The front of the laws of both fronts, which are of the same gene and states."""
        if other.gene != self.gene:
            raise InputError(
                f"another front of {self.gene!r}", f"a front of {other.gene!r}",
                "merge the fronts of the same gene",
            )  # fmt: skip
        return ParetoFront(self.gene, self.laws + other.laws)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; ``best`` is the index of the best law."""
        return {
            "gene": self.gene,
            "best": self.laws.index(self.best),
            "laws": [law.to_json() for law in self.laws],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParetoFront:
        """Read the values that `to_json` returns."""
        return cls(data["gene"], map(Law.from_json, data["laws"]))


def _by_bic(law: Law) -> tuple[float, int, float]:
    return (float("inf") if math.isnan(law.bic) else law.bic), law.complexity, law.error


def _undominated(gene: str, laws: list[Law]) -> tuple[Law, ...]:
    if not laws:
        raise InputError(f"at least one law of {gene!r}", "none", "fit it with another engine")
    strangers = [law.gene for law in laws if law.gene != gene]
    if strangers:
        raise InputError(
            f"laws of {gene!r}", f"a law of {strangers[0]!r}", "make one front per gene"
        )
    best, kept, least = min(laws, key=_by_bic), [], float("inf")
    for law in sorted(laws, key=lambda law: (law.complexity, law.error, law.bic)):
        if law.error < least or law is best:
            kept.append(law)
            least = min(least, law.error)
    return tuple(kept)
