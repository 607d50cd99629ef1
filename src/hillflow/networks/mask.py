"""The candidate edges of a field as arrays: the edges of the prior, and free edges added to them.

A field has parameters on these edges only, so memory is O(edges), not O(G²).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import GeneNameError, InputError, did_you_mean, listing

if TYPE_CHECKING:
    from scipy import sparse

    from hillflow.networks.network_table import NetworkTable

FreeEdges = Literal["none", "regulators", "all"] | Iterable[tuple[str, str]]
SelfEdges = Literal["prior", "all", "none"]


@dataclass(frozen=True, eq=False)
class EdgeMask:
    """Candidate edges among ``genes``, sorted by target, then source; each pair once.

    Attributes
    ----------
    genes
        The G genes that the indices refer to.
    source_index, target_index
        [E] int64: regulator and target of each edge.
    sign
        [E] int8: +1, −1, or 0 if the sign is free (unknown, both, or a free edge).
    both
        [E] bool: whether the prior reports both signs.
    weight
        [E] float64: |weight| of the edge in the prior; 0 for a free edge.
    free
        [E] bool: whether the edge was added to the prior.
    """

    genes: tuple[str, ...]
    source_index: NDArray[np.int64]
    target_index: NDArray[np.int64]
    sign: NDArray[np.int8]
    both: np.ndarray
    weight: NDArray[np.float64]
    free: np.ndarray

    def to_sparse(
        self, values: Literal["mask", "sign", "weight", "signed_weight"] = "mask"
    ) -> sparse.csr_array:
        """Return a [target, source] matrix, G × G, with one stored entry per edge.

        An entry may be a stored zero (an unknown sign, the weight of a free edge), so that all
        matrices of one mask share their pattern.
        """
        from scipy import sparse

        entries: dict[str, NDArray[Any]] = {
            "mask": np.ones(len(self), dtype=bool),
            "sign": self.sign,
            "weight": self.weight,
            "signed_weight": self.sign * self.weight,
        }
        if values not in entries:
            raise InputError(f"one of {listing(entries)}", repr(values), "choose one of these")
        size = len(self.genes)
        rows = np.searchsorted(self.target_index, np.arange(size + 1))
        return sparse.csr_array((entries[values], self.source_index, rows), shape=(size, size))

    def __len__(self) -> int:
        return len(self.source_index)


def build_mask(
    network: NetworkTable,
    genes: Sequence[str],
    regulators: Sequence[str],
    free: FreeEdges = "none",
    self_edges: SelfEdges = "prior",
) -> EdgeMask:
    """Return the edges of `network` and free edges as arrays.

    Parameters
    ----------
    network
        Edges in the names of `genes`; |weight| is how much an edge is trusted.
    genes
        The G genes of the data, in the order of its columns.
    regulators
        Genes that may have free edges under ``free="regulators"``.
    free
        Edges to add to the prior: ``"none"``, ``"regulators"`` (from each of `regulators` to
        every gene), ``"all"`` (G² pairs), or a list of (source, target).
    self_edges
        ``"prior"``: those in the prior or in the list of free edges; ``"all"``: one for every
        gene; ``"none"``: no gene regulates itself.
    """
    index = {gene: k for k, gene in enumerate(genes)}
    size = len(genes)
    in_prior = _keys(network.source, network.target, index, size)
    wanted = _free_keys(free, index, size, regulators)
    if self_edges == "all":
        wanted = np.concatenate([wanted, np.arange(size) * (size + 1)])
    elif self_edges not in ("prior", "none"):
        raise InputError(
            "self_edges to be 'prior', 'all' or 'none'", repr(self_edges), "choose one of these"
        )
    added = np.setdiff1d(wanted, in_prior)

    keys = np.concatenate([in_prior, added])
    is_free = np.repeat([False, True], [len(in_prior), len(added)])
    sign = np.concatenate([network.sign, np.zeros(len(added), dtype=np.int8)])
    both = np.concatenate([network.both, np.zeros(len(added), dtype=bool)])
    weight = np.concatenate([np.abs(network.weight), np.zeros(len(added))])

    order = np.argsort(keys)
    if self_edges == "none":
        order = order[keys[order] % size != keys[order] // size]
    return EdgeMask(
        genes=tuple(genes),
        source_index=keys[order] % size,
        target_index=keys[order] // size,
        sign=sign[order],
        both=both[order],
        weight=weight[order],
        free=is_free[order],
    )


def _keys(
    source: Iterable[str], target: Iterable[str], index: dict[str, int], size: int
) -> NDArray[np.int64]:
    """Number each pair target · G + source, so that sorting sorts by target, then source."""
    pairs = zip(source, target, strict=True)
    return np.array([index[t] * size + index[s] for s, t in pairs], dtype=np.int64)


def _free_keys(
    free: FreeEdges, index: dict[str, int], size: int, regulators: Sequence[str]
) -> NDArray[np.int64]:
    if isinstance(free, str):
        if free == "none":
            return np.empty(0, dtype=np.int64)
        if free not in ("all", "regulators"):
            raise InputError(
                "free to be 'none', 'regulators', 'all' or a list of (source, target)",
                repr(free),
                "choose one of these",
            )
        sources = (
            np.arange(size) if free == "all" else np.array([index[g] for g in regulators], int)
        )
        off_diagonal = (np.arange(size)[:, None] * size + sources).ravel()
        return off_diagonal[off_diagonal % size != off_diagonal // size]
    pairs = list(free)
    unknown = [gene for pair in pairs for gene in pair if gene not in index]
    if unknown:
        raise GeneNameError(
            "free edges among the genes of the data",
            listing(dict.fromkeys(unknown)),
            did_you_mean(unknown[0], tuple(index)),
        )
    keys = _keys([pair[0] for pair in pairs], [pair[1] for pair in pairs], index, size)
    return np.unique(keys)
