from __future__ import annotations

import torch
from torch.func import grad, hessian, jacfwd, jacrev, vmap

from hillflow.fields.edges import CandidateEdges


def plain(edges: CandidateEdges, weights: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    """The sum edge by edge, in operations that autodiff knows."""
    return edges.sum_to_targets(weights.unsqueeze(-2) * edges.gather(levels))


def sample(edges: CandidateEdges, *leading: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = (len(edges),), (*leading, edges.genes)
    weights, levels = (
        torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes
    )
    return weights.requires_grad_(), levels.requires_grad_()


def test_first_and_second_derivatives(edges_of) -> None:
    edges = edges_of()
    assert not edges.is_crowded
    arguments = sample(edges, 2, 3)
    assert torch.autograd.gradcheck(edges.weighted_sum, arguments)
    assert torch.autograd.gradgradcheck(edges.weighted_sum, arguments)


def test_many_blocks_of_edges_and_cells(edges_of, monkeypatch) -> None:
    from hillflow.fields import weighted_sum

    edges = edges_of()
    weights, levels = sample(edges, 3)
    whole = edges.weighted_sum(weights, levels)
    monkeypatch.setattr(weighted_sum, "_BLOCK", 9)  # three cells: three edges a block
    monkeypatch.setattr(weighted_sum, "_CELLS", 2)
    assert torch.equal(edges.weighted_sum(weights, levels), whole)
    ours = torch.autograd.grad(edges.weighted_sum(weights, levels).square().sum(), weights)
    direct = torch.autograd.grad(plain(edges, weights, levels).square().sum(), weights)
    torch.testing.assert_close(ours, direct, rtol=1e-12, atol=1e-12)


def test_functional_transforms(edges_of) -> None:
    edges = edges_of()
    weights, levels = (a.detach() for a in sample(edges, 4))
    matrix = edges.dense(weights)
    for transform in (jacrev, jacfwd):
        each = vmap(transform(lambda y: edges.weighted_sum(weights, y)))(levels)
        torch.testing.assert_close(each, matrix.expand(4, -1, -1), rtol=0, atol=1e-14)

    def loss(function, w, y):
        return function(w, y).square().sum()

    ours = vmap(grad(lambda w, y: loss(edges.weighted_sum, w, y)), (None, 0))(weights, levels)
    direct = vmap(grad(lambda w, y: loss(lambda a, b: plain(edges, a, b), w, y)), (None, 0))(
        weights, levels
    )
    torch.testing.assert_close(ours, direct, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        hessian(lambda w: loss(edges.weighted_sum, w, levels))(weights),
        jacrev(jacrev(lambda w: loss(edges.weighted_sum, w, levels)))(weights),
    )


def test_vmap_over_weights_is_one_network_a_member(edges_of) -> None:
    edges = edges_of()
    levels = sample(edges, 2, 3)[1].detach()
    members = torch.randn(5, len(edges), dtype=torch.float64)
    expected = torch.stack([edges.weighted_sum(w, levels) for w in members])
    shared = vmap(edges.weighted_sum, (0, None))(members, levels)
    torch.testing.assert_close(shared, expected, rtol=1e-12, atol=1e-12)
    own = vmap(edges.weighted_sum)(members, levels.expand(5, -1, -1, -1))
    torch.testing.assert_close(own, expected, rtol=1e-12, atol=1e-12)


def test_float32_and_no_edges_at_all() -> None:
    none = CandidateEdges([], [], 3)
    weights = torch.zeros(0, requires_grad=True)
    total = none.weighted_sum(weights, torch.ones(2, 3))
    assert total.dtype == torch.float32
    assert torch.equal(total, torch.zeros(2, 3))
    total.sum().backward()
    assert weights.grad is not None
