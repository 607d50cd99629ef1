"""The pairs that a network is scored over: declared before scoring, and said in words.

Which pairs count as "no edge" decides every score. A reference that lists the targets of 40
regulators says nothing of the others, so their pairs are no evidence against an edge.
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

# (source, target) each, or anything with these two columns
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
    words
        What it is, for the reader of a score.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    counted: NDArray[np.bool_] = field(repr=False)
    words: str

    @classmethod
    def ordered_pairs(cls, genes: Sequence[str]) -> Universe:
        """Every ordered pair of two different genes."""
        genes = check_gene_names(genes)
        words = f"all ordered pairs of {len(genes):,} genes, self-pairs apart"
        return cls(genes, genes, ~np.eye(len(genes), dtype=bool), words)

    @classmethod
    def of_reference(
        cls, reference: Network | pd.DataFrame | Sequence[str], genes: Sequence[str]
    ) -> Universe:
        """Regulators of a reference × the genes measured, self-pairs apart.

        Parameters
        ----------
        reference
            A network or a table ``source, target``, whose regulators are those that regulate a
            measured gene; or the regulators by name.
        genes
            The panel.
        """
        panel = check_gene_names(genes)
        known = set(_regulators(reference, set(panel)))
        sources = tuple(gene for gene in panel if gene in known)
        if not sources:
            raise GeneNameError(
                "regulators of the reference among the genes",
                f"none of {len(known):,} ({listing(sorted(known), 3)}) among {listing(panel, 3)}",
                "name both alike and of one species: network.align(genes) helps with it",
            )
        place = {gene: number for number, gene in enumerate(panel)}
        counted = np.ones((len(sources), len(panel)), dtype=bool)
        counted[np.arange(len(sources)), [place[gene] for gene in sources]] = False
        words = (
            f"{len(sources):,} regulators of the reference × {len(panel):,} genes of the panel, "
            "self-pairs apart"
        )
        return cls(sources, panel, counted, words)

    @classmethod
    def of_pairs(cls, pairs: Pairs, words: str = "the pairs that the reference lists") -> Universe:
        """Only these pairs: for a reference that lists its negatives too. Self-pairs apart."""
        ends = zip(*_ends(pairs), strict=True)
        listed = [pair for pair in dict.fromkeys(ends) if pair[0] != pair[1]]
        sources = tuple(dict.fromkeys(source for source, _ in listed))
        targets = tuple(dict.fromkeys(target for _, target in listed))
        empty = cls(sources, targets, np.zeros((len(sources), len(targets)), dtype=bool), words)
        rows, columns = empty._indices(listed)
        empty.counted[rows, columns] = True
        return empty

    def without(self, pairs: Pairs, words: str) -> Universe:
        """The same without some pairs; `words` say which, as in "the edges of the prior"."""
        counted = self.counted & ~self._marked(pairs)
        return replace(self, counted=counted, words=f"{self.words}, without {words}")

    def among(self, pairs: Pairs, words: str) -> Universe:
        """Only those of some pairs that are counted here."""
        counted = self.counted & self._marked(pairs)
        return replace(self, counted=counted, words=f"{self.words}, only {words}")

    def self_pairs(self) -> Universe:
        """Each gene that is source and target here, with itself: scored apart."""
        both = set(self.targets)
        genes = tuple(gene for gene in self.sources if gene in both)
        words = f"{len(genes):,} genes with themselves"
        return Universe(genes, genes, np.eye(len(genes), dtype=bool), words)

    def numbers(self, pairs: Pairs) -> NDArray[np.int64]:
        """The number of each pair among those counted, −1 for pairs outside; [pairs]."""
        rows, columns = self._indices(pairs)
        return np.where((rows >= 0) & (columns >= 0), self._number[rows, columns], -1)

    def names(self, numbers: NDArray[np.int64]) -> list[tuple[str, str]]:
        """The pairs of some numbers: the way back."""
        rows, columns = (ends[numbers] for ends in np.nonzero(self.counted))
        return [(self.sources[i], self.targets[j]) for i, j in zip(rows, columns, strict=True)]

    @cached_property
    def _number(self) -> NDArray[np.int64]:
        number = np.cumsum(self.counted, dtype=np.int64).reshape(self.counted.shape) - 1
        return np.where(self.counted, number, -1)

    def _marked(self, pairs: Pairs) -> NDArray[np.bool_]:
        rows, columns = self._indices(pairs)
        known = (rows >= 0) & (columns >= 0)
        marked = np.zeros(self.counted.shape, dtype=bool)
        marked[rows[known], columns[known]] = True
        return marked

    def _indices(self, pairs: Pairs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        sources, targets = _ends(pairs)
        rows = pd.Index(self.sources, dtype=object).get_indexer(pd.Index(sources))
        columns = pd.Index(self.targets, dtype=object).get_indexer(pd.Index(targets))
        return rows, columns

    def __len__(self) -> int:
        return int(self.counted.sum())

    def __str__(self) -> str:
        return f"{len(self):,} pairs: {self.words}"


def _ends(pairs: Pairs) -> tuple[NDArray[Any], NDArray[Any]]:
    given: Any = pairs
    if hasattr(given, "source"):
        return np.asarray(given.source, dtype=object), np.asarray(given.target, dtype=object)
    both = np.array([tuple(pair) for pair in given], dtype=object).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _regulators(
    reference: Network | pd.DataFrame | Sequence[str], panel: set[str]
) -> Iterable[str]:
    if isinstance(reference, Network):
        return [source for source, target in reference.pairs() if target in panel]
    if isinstance(reference, pd.DataFrame):
        pairs = zip(reference["source"], reference["target"], strict=True)
        return [source for source, target in pairs if target in panel]
    return [str(name) for name in reference]
