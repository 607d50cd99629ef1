"""The sum over the edges into each gene, Σ_j w_ij y_j, in O(cells × genes + edges) memory.

If it were computed edge by edge, autodiff would store several [cells, edges] arrays for every
evaluation of a field. The sum and its gradients are linear in each argument,

    s_i = Σ_{j→i} w_ij y_j,    ∂L/∂y_j = Σ_{j→i} w_ij ∂L/∂s_i,    ∂L/∂w_ij = Σ_cells ∂L/∂s_i y_j,

so two operations whose derivatives are each other suffice for derivatives of every order,
`torch.func.vmap` and `jacrev`. The sums use PyTorch's ``embedding_bag``, which supports float32
and float64 on every device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from hillflow.fields.edges import CandidateEdges

_CELLS = 256  # cells summed at a time, so that their levels stay in the cache
_BLOCK = 1 << 18  # numbers stored at a time by a product over cells and edges


class WeightedSum(torch.autograd.Function):
    """Weights [E], levels [..., G] → sums [..., G] at targets, or (`backwards`) at sources."""

    @staticmethod
    def forward(weights: Tensor, levels: Tensor, edges: CandidateEdges, backwards: bool) -> Tensor:
        """Compute the sums in one pass over the edges for each block of cells."""
        inputs, offsets = edges.source, edges.target_offsets
        if backwards:
            weights = weights.index_select(0, edges.by_source)
            inputs, offsets = edges.target_by_source, edges.source_offsets
        total = torch.empty_like(levels, memory_format=torch.contiguous_format)
        blocks = (a.view(-1, edges.genes).split(_CELLS) for a in (levels.contiguous(), total))
        for block, sums in zip(*blocks, strict=True):
            summed = functional.embedding_bag(
                inputs, block.t().contiguous(), offsets, mode="sum", per_sample_weights=weights,
                include_last_offset=True,
            )  # fmt: skip
            sums.copy_(summed.t())
        return total

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Save the two arguments, not their products."""
        weights, levels, ctx.edges, ctx.backwards = inputs
        ctx.save_for_backward(weights, levels)
        ctx.save_for_forward(weights, levels)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        """Return the gradients: the sum along reversed edges, and the product over each edge."""
        weights, levels = ctx.saved_tensors
        to_weights = to_levels = None
        if ctx.needs_input_grad[0]:
            ends = (levels, grad) if ctx.backwards else (grad, levels)
            to_weights = EdgeProduct.apply(*ends, ctx.edges)
        if ctx.needs_input_grad[1]:
            to_levels = WeightedSum.apply(weights, grad, ctx.edges, not ctx.backwards)
        return to_weights, to_levels, None, None

    @staticmethod
    def jvp(ctx: Any, d_weights: Tensor | None, d_levels: Tensor | None, *_: None) -> Tensor:
        """Apply the product rule, for forward-mode derivatives."""
        weights, levels = ctx.saved_tensors
        change = torch.zeros_like(levels)
        if d_weights is not None:
            change = change + WeightedSum.apply(d_weights, levels, ctx.edges, ctx.backwards)
        if d_levels is not None:
            change = change + WeightedSum.apply(weights, d_levels, ctx.edges, ctx.backwards)
        return change

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], weights: Tensor, levels: Tensor,
        edges: CandidateEdges, backwards: bool,
    ) -> tuple[Tensor, int]:  # fmt: skip
        """Treat a batch of levels as a leading axis; a batch of weights is summed edge by edge."""
        if in_dims[1] is not None:
            levels = levels.movedim(in_dims[1], 0)
        if in_dims[0] is None:
            return WeightedSum.apply(weights, levels, edges, backwards), 0
        weights = weights.movedim(in_dims[0], 0)
        if in_dims[1] is None:
            levels = levels.expand(weights.shape[0], *levels.shape)
        weights = weights.view(-1, *(1,) * (levels.ndim - 2), len(edges))
        start, end = (edges.target, edges.source) if backwards else (edges.source, edges.target)
        terms = weights * levels.index_select(-1, start)
        return torch.zeros_like(levels).index_add(-1, end, terms), 0


class EdgeProduct(torch.autograd.Function):
    """Values at targets and sources, [..., G] → Σ of their products over leading axes, [E]."""

    @staticmethod
    def forward(at_target: Tensor, at_source: Tensor, edges: CandidateEdges) -> Tensor:
        """Compute the products in blocks of edges, so that [cells, edges] is never stored."""
        left, right = (a.reshape(-1, edges.genes).t().contiguous() for a in (at_target, at_source))
        block = max(1, _BLOCK // max(1, left.shape[1]))
        pairs = zip(edges.target.split(block), edges.source.split(block), strict=True)
        products = (left.index_select(0, i).mul_(right.index_select(0, j)) for i, j in pairs)
        return torch.cat([product.sum(-1) for product in products])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Save the two arguments."""
        at_target, at_source, ctx.edges = inputs
        ctx.save_for_backward(at_target, at_source)
        ctx.save_for_forward(at_target, at_source)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return the gradients: weighted sums with the incoming gradient as weights."""
        at_target, at_source = ctx.saved_tensors
        to_target = WeightedSum.apply(grad, at_source, ctx.edges, False)
        return to_target, WeightedSum.apply(grad, at_target, ctx.edges, True), None

    @staticmethod
    def jvp(ctx: Any, d_target: Tensor | None, d_source: Tensor | None, _: None) -> Tensor:
        """Apply the product rule, for forward-mode derivatives."""
        at_target, at_source = ctx.saved_tensors
        change = at_target.new_zeros(len(ctx.edges))
        if d_target is not None:
            change = change + EdgeProduct.apply(d_target, at_source, ctx.edges)
        if d_source is not None:
            change = change + EdgeProduct.apply(at_target, d_source, ctx.edges)
        return change

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], at_target: Tensor, at_source: Tensor,
        edges: CandidateEdges,
    ) -> tuple[Tensor, int]:  # fmt: skip
        """Compute one row of products for each member of the batch."""
        left, right = (
            a.movedim(d, 0) if d is not None else a.expand(info.batch_size, *a.shape)
            for a, d in zip((at_target, at_source), in_dims[:2], strict=True)
        )
        terms = left.index_select(-1, edges.target) * right.index_select(-1, edges.source)
        return terms.flatten(1, -2).sum(1) if terms.ndim > 2 else terms, 0
