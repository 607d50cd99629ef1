"""Candidate edges: which gene may regulate which, as index arrays sorted by target.

A field with parameters on candidate edges only costs O(edges), not O(genes²).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from hillflow.errors import InputError


class CandidateEdges(nn.Module):
    """E candidate edges among G genes; a module, so that it moves and saves with its field.

    Parameters
    ----------
    source, target
        Gene indices, [E].
    genes
        G.
    sign
        +1 activation, −1 repression, 0 not known, [E].
    free
        Whether the edge is outside the prior, and so costs more, [E].

    Attributes
    ----------
    source, target, sign, free
        As above, sorted by (target, source).
    """

    source: Tensor
    target: Tensor
    sign: Tensor
    free: Tensor

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
            raise InputError("each pair once", "doubled edges", "merge them, for example by sign")
        sign_ = np.zeros(source_.size, np.int8) if sign is None else np.asarray(sign, np.int8)
        free_ = np.zeros(source_.size, bool) if free is None else np.asarray(free, bool)
        self.genes = genes
        for name, value in (
            ("source", source_), ("target", target_), ("sign", sign_), ("free", free_),
        ):  # fmt: skip
            self.register_buffer(name, torch.from_numpy(value[order].copy()))

    @classmethod
    def all_pairs(cls, genes: int, self_edges: bool = True) -> CandidateEdges:
        """Every ordered pair: no prior."""
        target, source = np.divmod(np.arange(genes * genes), genes)
        keep = np.ones(genes * genes, bool) if self_edges else target != source
        return cls(source[keep], target[keep], genes)

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor], genes: int, prefix: str) -> CandidateEdges:
        """Rebuild from the tensors of a saved field (keys ``{prefix}source`` and so on)."""
        source, target, sign, free = (
            state[prefix + name].numpy() for name in ("source", "target", "sign", "free")
        )
        return cls(source, target, genes, sign, free)

    def __len__(self) -> int:
        return int(self.source.numel())

    def dense(self, values: Tensor) -> Tensor:
        """Put one value an edge, [..., E], into matrices [..., target, source]; 0 elsewhere."""
        flat = values.new_zeros(*values.shape[:-1], self.genes * self.genes)
        index = (self.target * self.genes + self.source).expand(values.shape)
        return flat.scatter(-1, index, values).unflatten(-1, (self.genes, self.genes))

    def gather(self, x: Tensor) -> Tensor:
        """The level of each edge's source, [..., E]."""
        return x.index_select(-1, self.source)

    def sum_to_targets(self, values: Tensor) -> Tensor:
        """Σ over the edges into each gene, [..., E] → [..., genes]."""
        total = values.new_zeros(*values.shape[:-1], self.genes)
        return total.index_add(-1, self.target, values)
