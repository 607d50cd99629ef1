"""The universe: the pairs of genes over which a network is scored, declared before scoring.

Every score depends on which pairs count as "no edge". A reference that lists the targets of 40
regulators contains no information about other regulators, so their pairs must not count as "no
edge".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hillflow.errors import GeneNameError, listing
from hillflow.genes import check_gene_names
from hillflow.networks.network import Network

# (source, target) tuples, or anything with these two columns
Pairs: TypeAlias = "Iterable[tuple[str, str]] | pd.DataFrame | Network"


@dataclass(frozen=True, eq=False)
class Universe:
    """Ordered pairs source → target that are scored.

    Attributes
    ----------
    sources, targets
        Gene names.
    counted
        Which pairs are scored, bool [sources, targets].
    description
        The universe in words, for the reader of a score.

    Examples
    --------
    >>> from hillflow.evaluate import Universe
    >>> print(Universe.ordered_pairs(["A", "B", "C"]))
    6 pairs: all ordered pairs of 3 genes, without self-pairs
    >>> len(Universe.of_reference(["A"], ["A", "B", "C"]))
    2
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    counted: np.ndarray = field(repr=False)
    description: str

    @classmethod
    def ordered_pairs(cls, genes: Sequence[str]) -> Universe:
        """Every ordered pair of two different genes."""
        genes = check_gene_names(genes)
        description = f"all ordered pairs of {len(genes):,} genes, without self-pairs"
        return cls(genes, genes, ~np.eye(len(genes), dtype=bool), description)

    @classmethod
    def of_reference(
        cls, reference: Network | pd.DataFrame | Sequence[str], genes: Sequence[str]
    ) -> Universe:
        """Regulators of a reference × the measured genes, without self-pairs.

        Parameters
        ----------
        reference
            A network, or a table ``source, target``, whose regulators of measured genes count; or
            the names of the regulators.
        genes
            The panel of measured genes.
        """
        panel = check_gene_names(genes)
        known = set(_regulators(reference, set(panel)))
        sources = tuple(gene for gene in panel if gene in known)
        if not sources:
            raise GeneNameError(
                "regulators of the reference among the genes",
                f"none of {len(known):,} ({listing(sorted(known), 3)}) among {listing(panel, 3)}",
                "use the same gene names, of one species: network.align(genes) helps",
            )
        index = {gene: number for number, gene in enumerate(panel)}
        counted = np.ones((len(sources), len(panel)), dtype=bool)
        counted[np.arange(len(sources)), [index[gene] for gene in sources]] = False
        description = (
            f"{len(sources):,} regulators of the reference × {len(panel):,} genes of the panel, "
            "without self-pairs"
        )
        return cls(sources, panel, counted, description)

    @classmethod
    def of_pairs(
        cls, pairs: Pairs, description: str = "the pairs that the reference lists"
    ) -> Universe:
        """Only these pairs, for a reference that also lists pairs without edge; no self-pairs."""
        ends = zip(*_ends(pairs), strict=True)
        listed = [pair for pair in dict.fromkeys(ends) if pair[0] != pair[1]]
        sources = tuple(dict.fromkeys(source for source, _ in listed))
        targets = tuple(dict.fromkeys(target for _, target in listed))
        counted = np.zeros((len(sources), len(targets)), dtype=bool)
        universe = cls(sources, targets, counted, description)
        rows, columns = universe._indices(listed)
        universe.counted[rows, columns] = True
        return universe

    def without(self, pairs: Pairs, excluded: str) -> Universe:
        """This universe without some pairs; `excluded` describes them: "the edges of the prior"."""
        counted = self.counted & ~self._marked(pairs)
        description = f"{self.description}, without {excluded}"
        return replace(self, counted=counted, description=description)

    def among(self, pairs: Pairs, included: str) -> Universe:
        """This universe restricted to some pairs; `included` describes them."""
        counted = self.counted & self._marked(pairs)
        return replace(self, counted=counted, description=f"{self.description}, only {included}")

    def self_pairs(self) -> Universe:
        """The self-pairs of genes that are both source and target here, which are scored apart."""
        both = set(self.targets)
        genes = tuple(gene for gene in self.sources if gene in both)
        description = f"self-pairs of {len(genes):,} genes"
        return Universe(genes, genes, np.eye(len(genes), dtype=bool), description)

    def numbers(self, pairs: Pairs) -> NDArray[np.int64]:
        """The number of each pair among those counted, [pairs]; −1 for pairs outside."""
        rows, columns = self._indices(pairs)
        return np.where((rows >= 0) & (columns >= 0), self._number[rows, columns], -1)

    def names(self, numbers: NDArray[np.int64]) -> list[tuple[str, str]]:
        """The pairs with the given numbers, the inverse of `numbers`."""
        rows, columns = (ends[numbers] for ends in np.nonzero(self.counted))
        return [(self.sources[i], self.targets[j]) for i, j in zip(rows, columns, strict=True)]

    @cached_property
    def _number(self) -> NDArray[np.int64]:
        number = np.cumsum(self.counted, dtype=np.int64).reshape(self.counted.shape) - 1
        return np.where(self.counted, number, -1)

    def _marked(self, pairs: Pairs) -> np.ndarray:
        rows, columns = self._indices(pairs)
        inside = (rows >= 0) & (columns >= 0)
        marked = np.zeros(self.counted.shape, dtype=bool)
        marked[rows[inside], columns[inside]] = True
        return marked

    def _indices(self, pairs: Pairs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        sources, targets = _ends(pairs)
        rows = pd.Index(self.sources, dtype=object).get_indexer(pd.Index(sources))
        columns = pd.Index(self.targets, dtype=object).get_indexer(pd.Index(targets))
        return rows, columns

    def __len__(self) -> int:
        return int(self.counted.sum())

    def __str__(self) -> str:
        return f"{len(self):,} pairs: {self.description}"


def _ends(pairs: Pairs) -> tuple[NDArray[Any], NDArray[Any]]:
    table: Any = pairs
    if hasattr(table, "source"):
        return np.asarray(table.source, dtype=object), np.asarray(table.target, dtype=object)
    ends = np.array([tuple(pair) for pair in table], dtype=object).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def _regulators(
    reference: Network | pd.DataFrame | Sequence[str], panel: set[str]
) -> Iterable[str]:
    if isinstance(reference, Network):
        return [source for source, target in reference.pairs() if target in panel]
    if isinstance(reference, pd.DataFrame):
        pairs = zip(reference["source"], reference["target"], strict=True)
        return [source for source, target in pairs if target in panel]
    return [str(name) for name in reference]
