from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import InputError
from hillflow.fields.edges import CandidateEdges, candidate_edges


@st.composite
def networks(draw: st.DrawFn) -> CandidateEdges:
    genes = draw(st.integers(1, 9))
    pairs = draw(st.sets(st.tuples(st.integers(0, genes - 1), st.integers(0, genes - 1))))
    pairs = draw(st.permutations(sorted(pairs)))
    signs = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=len(pairs), max_size=len(pairs)))
    free = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    return CandidateEdges([p[0] for p in pairs], [p[1] for p in pairs], genes, signs, free)


def values_for(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@given(networks())
def test_state_round_trip(edges: CandidateEdges) -> None:
    again = CandidateEdges.from_state(
        {f"edges.{key}": value for key, value in edges.state_dict().items()}, edges.genes, "edges."
    )
    for key, value in edges.state_dict().items():
        assert torch.equal(value, again.state_dict()[key])
    assert set(edges.state_dict()) == {"source", "target", "sign", "free"}


@given(networks())
def test_edges_are_sorted_by_target_then_source(edges: CandidateEdges) -> None:
    pairs = list(zip(edges.target.tolist(), edges.source.tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_sign_and_free_stay_with_their_edge() -> None:
    edges = CandidateEdges([2, 0, 1], [1, 2, 0], 3, sign=[1, -1, 0], free=[True, False, False])
    rows = zip(*(c.tolist() for c in edges.state_dict().values()), strict=True)
    assert list(rows) == [(1, 0, 0, False), (2, 1, 1, True), (0, 2, -1, False)]


@given(networks(), st.integers(0, 3))
def test_sums_agree_with_a_dense_matrix(edges: CandidateEdges, cells: int) -> None:
    weights = values_for(len(edges))
    levels = values_for(2, cells, edges.genes, seed=1)
    matrix = np.zeros((edges.genes, edges.genes))
    for i, j, w in zip(edges.target, edges.source, weights, strict=True):
        matrix[i, j] = w
    np.testing.assert_array_equal(edges.dense(weights).numpy(), matrix)
    expected = levels.numpy() @ matrix.T
    by_edge = edges.sum_to_targets(weights * edges.gather(levels))
    np.testing.assert_allclose(by_edge.numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(edges.weighted_sum(weights, levels).numpy(), expected, atol=1e-12)


def test_dense_keeps_leading_axes(edges_of) -> None:
    edges = edges_of()
    values = values_for(2, 3, len(edges))
    assert torch.equal(edges.dense(values)[1, 2], edges.dense(values[1, 2]))


@pytest.mark.parametrize("self_edges", [True, False])
def test_all_pairs(self_edges: bool) -> None:
    edges = CandidateEdges.all_pairs(4, self_edges)
    assert len(edges) == (16 if self_edges else 12)
    assert edges.is_crowded
    off_diagonal = edges.dense(torch.ones(len(edges)))
    assert torch.equal(off_diagonal, torch.ones(4, 4) - (not self_edges) * torch.eye(4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], [1, 1], 2), "repeated"),
        (([0, 2], [1, 0], 2), "from 0 to 1"),
        (([0, -1], [1, 0], 2), "from 0 to 1"),
        (([0], [1, 0], 2), "as many sources as targets"),
        (([0], [1], 2, [1, 1]), "one sign per edge"),
        (([0], [1], 2, [2]), "one sign per edge"),
        (([0], [1], 2, None, [1, 0]), "one free per edge"),
    ],
)
def test_wrong_edges_are_refused(arguments, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CandidateEdges(*arguments)


def test_edges_among_other_genes_are_refused(edges_of) -> None:
    with pytest.raises(InputError, match="among 3 genes"):
        candidate_edges(("A", "B", "C"), edges_of())
    assert len(candidate_edges(("A", "B", "C"), None)) == 9


def test_moving_the_edges_moves_their_index(edges_of) -> None:
    edges = edges_of().to("meta")
    assert {buffer.device.type for buffer in edges.buffers()} == {"meta"}


def test_edges_are_told_unless_they_are_all_pairs_or_all_chosen() -> None:
    assert not CandidateEdges.all_pairs(3).told
    assert not CandidateEdges.all_pairs(3, self_edges=False).told
    assert not CandidateEdges([0, 1], [1, 2], 3, free=[True, True]).told
    assert CandidateEdges([0, 1], [1, 2], 3).told
    assert CandidateEdges([0, 1], [1, 2], 3, free=[True, False]).told
