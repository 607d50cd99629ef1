"""Candidate edges: which gene may regulate which, as index arrays sorted by target.

A field that has parameters only on candidate edges costs O(edges), not O(genes²).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.fields.weighted_sum import WeightedSum

if TYPE_CHECKING:
    from hillflow.networks.mask import EdgeMask

# Types that a field accepts as candidate edges; None means all pairs.
Candidates: TypeAlias = "CandidateEdges | EdgeMask | None"
_MASK = ("genes", "source_index", "target_index", "sign", "free")


class CandidateEdges(nn.Module):
    """E candidate edges among G genes, a module that is moved and saved with its field.

    Parameters
    ----------
    source, target
        Gene indices, [E].
    genes
        G.
    sign
        +1 activation, −1 repression, 0 unknown, [E].
    free
        Whether the edge is outside the prior, and so has a higher cost, [E].

    Attributes
    ----------
    source, target, sign, free
        As above, sorted by (target, source).

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import CandidateEdges
    >>> edges = CandidateEdges(source=[0, 1], target=[1, 0], genes=2, sign=[1, -1])
    >>> edges.dense(torch.tensor([0.5, -2.0])).tolist()  # values in the order of edges.target
    [[0.0, 0.5], [-2.0, 0.0]]
    """

    source: Tensor
    target: Tensor
    sign: Tensor
    free: Tensor
    by_source: Tensor
    target_by_source: Tensor
    target_offsets: Tensor
    source_offsets: Tensor

    def __init__(
        self,
        source: ArrayLike,
        target: ArrayLike,
        genes: int,
        sign: ArrayLike | None = None,
        free: ArrayLike | None = None,
    ) -> None:
        super().__init__()
        source_, target_ = (np.asarray(a, dtype=np.int64).reshape(-1) for a in (source, target))
        if source_.shape != target_.shape:
            raise InputError(
                "as many sources as targets", f"{source_.size} and {target_.size}", "pair them"
            )
        if source_.size and not (
            min(source_.min(), target_.min()) >= 0 and max(source_.max(), target_.max()) < genes
        ):
            raise InputError(
                f"gene indices from 0 to {genes - 1}",
                f"{min(source_.min(), target_.min())} to {max(source_.max(), target_.max())}",
                "align the network with the genes of the data first",
            )
        order = np.lexsort((source_, target_))
        pair = target_[order] * genes + source_[order]
        if (np.diff(pair) == 0).any():
            raise InputError("each pair once", "repeated edges", "merge them, for example by sign")
        sign_ = np.zeros(source_.size) if sign is None else np.asarray(sign)
        free_ = np.zeros(source_.size) if free is None else np.asarray(free)
        for name, value, allowed in (("sign", sign_, (-1, 0, 1)), ("free", free_, (0, 1))):
            if value.shape != source_.shape or not np.isin(value, allowed).all():
                raise InputError(
                    f"one {name} per edge, each of {allowed}, for {source_.size:,} edges",
                    f"shape {value.shape} with values like {listing(np.unique(value), 3)}",
                    f"give {name} as an array of that length, or leave it out",
                )
        sign_, free_ = sign_.astype(np.int8), free_.astype(bool)
        self.genes = genes
        for name, value in (
            ("source", source_), ("target", target_), ("sign", sign_), ("free", free_),
        ):  # fmt: skip
            self.register_buffer(name, torch.from_numpy(value[order].copy()))
        # With many pairs present, a matrix product is faster than sums over edges.
        self.is_crowded = 4 * len(self) >= genes**2
        if not self.is_crowded:
            self._index_both_ways()

    def _index_both_ways(self) -> None:
        """Store where the edges into and out of each gene start, for the weighted sum."""
        by_source = torch.argsort(self.source, stable=True)
        for name, value in (
            ("by_source", by_source),
            ("target_by_source", self.target[by_source]),
            ("target_offsets", _offsets(self.target, self.genes)),
            ("source_offsets", _offsets(self.source, self.genes)),
        ):
            self.register_buffer(name, value, persistent=False)

    @classmethod
    def all_pairs(cls, genes: int, self_edges: bool = True) -> CandidateEdges:
        """Return every ordered pair, the candidates without a prior."""
        target, source = np.divmod(np.arange(genes * genes), genes)
        keep = np.ones(genes * genes, bool) if self_edges else target != source
        return cls(source[keep], target[keep], genes)

    @classmethod
    def from_mask(cls, mask: EdgeMask, genes: Sequence[str]) -> CandidateEdges:
        """Return the edges of a prior's mask, which must be aligned to these genes."""
        if tuple(mask.genes) != tuple(genes):
            raise GeneNameError(
                "a mask over the genes of the field, in their order",
                f"{len(mask.genes):,} genes ({listing(mask.genes, 3)}), whereas the field has "
                f"{len(genes):,} ({listing(genes, 3)})",
                "align the prior with the genes of the field: prior.align(genes).mask()",
            )
        return cls(mask.source_index, mask.target_index, len(genes), mask.sign, mask.free)

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor], genes: int, prefix: str) -> CandidateEdges:
        """Rebuild from the tensors of a saved field (keys ``{prefix}source`` and so on)."""
        source, target, sign, free = (
            state[prefix + name].cpu().numpy() for name in ("source", "target", "sign", "free")
        )
        return cls(source, target, genes, sign, free)

    @property
    def told(self) -> bool:
        """Whether somebody gave them: neither all pairs, nor all chosen from the cells (free)."""
        pairs = self.genes * (self.genes - 1)
        every = int((self.source != self.target).sum()) == pairs and not self.free.any()
        return not every and not bool(self.free.all())

    def __len__(self) -> int:
        return int(self.source.numel())

    def in_degree(self) -> Tensor:
        """Return the number of edges into each gene, float64, [genes]."""
        return torch.bincount(self.target, minlength=self.genes).double()

    def dense(self, values: Tensor) -> Tensor:
        """Return matrices [..., target, source] of one value per edge, [..., E]; 0 elsewhere."""
        matrix = (self.genes, self.genes)
        if len(self) == self.genes**2:
            return values.unflatten(-1, matrix)
        flat = values.new_zeros(*values.shape[:-1], self.genes**2)
        return flat.index_copy(-1, self.target * self.genes + self.source, values).unflatten(
            -1, matrix
        )

    def gather(self, x: Tensor) -> Tensor:
        """Return the level of each edge's source, [..., E]."""
        return x.index_select(-1, self.source)

    def sum_to_targets(self, values: Tensor) -> Tensor:
        """Return the sum of values over the edges into each gene, [..., E] → [..., genes].

        For values that differ by edge and cell; for weights times source levels,
        :meth:`weighted_sum` is cheaper.
        """
        total = values.new_zeros(*values.shape[:-1], self.genes)
        return total.index_add(-1, self.target, values)

    def weighted_sum(self, weights: Tensor, levels: Tensor) -> Tensor:
        """Return Σ_j w_ij y_j over the edges j → i; weights [E], levels [..., G] → [..., G].

        Time O(cells · E), memory O(cells · G + E), with gradients of any order.
        """
        if self.is_crowded:
            return levels @ self.dense(weights).mT
        return WeightedSum.apply(weights, levels, self, False)


def candidate_edges(genes: Sequence[str], edges: Candidates) -> CandidateEdges:
    """Return the given edges after checking their genes; all pairs if None."""
    if edges is None:
        return CandidateEdges.all_pairs(len(genes))
    if not isinstance(edges, CandidateEdges):
        if not all(hasattr(edges, name) for name in _MASK):
            raise InputError(
                "candidate edges",
                type(edges).__name__,
                "give prior.align(genes).mask(), or CandidateEdges(source, target, len(genes))",
            )
        return CandidateEdges.from_mask(edges, genes)
    if edges.genes != len(genes):
        raise InputError(
            f"candidate edges among {len(genes):,} genes",
            f"edges among {edges.genes:,}",
            "align the network with the genes of the field",
        )
    return edges


def _offsets(genes_of_edges: Tensor, genes: int) -> Tensor:
    """Return where the sorted edges of each gene start, and the end of the last, [G + 1]."""
    counts = torch.bincount(genes_of_edges, minlength=genes)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])
