"""Edge masks: the right pairs, in order, and the same in every matrix form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import AlignedPrior, EdgeMask, Network

GENES = ("A", "B", "C", "D")


@pytest.fixture
def aligned() -> AlignedPrior:
    prior = Network.from_columns(
        ["B", "A", "A", "C", "D"], ["A", "A", "B", "B", "elsewhere"],
        sign=[1, -1, "both", 0, 1], weight=[2, 1, 1, 3, 1],
    )  # fmt: skip
    return prior.align(GENES)


def pairs(mask: EdgeMask) -> list[tuple[str, str]]:
    return [
        (mask.genes[s], mask.genes[t])
        for s, t in zip(mask.source_index, mask.target_index, strict=True)
    ]


def test_prior_edges_alone(aligned: AlignedPrior) -> None:
    mask = aligned.mask()
    assert pairs(mask) == [("A", "A"), ("B", "A"), ("A", "B"), ("C", "B")]
    assert mask.sign.tolist() == [-1, 1, 0, 0]
    assert mask.both.tolist() == [False, False, True, False]
    assert mask.weight.tolist() == [1, 2, 1, 3]
    assert not mask.free.any()


def test_free_edges_from_regulators(aligned: AlignedPrior) -> None:
    mask = aligned.mask(free="regulators")
    assert aligned.regulators == ("A", "B", "C", "D")  # D's only target is not measured
    assert len(mask) == 4 * 3 + 1  # every pair but the self-pairs, and the prior's A → A
    assert mask.free.sum() == 9
    assert (mask.sign[mask.free] == 0).all()
    assert (mask.weight[mask.free] == 0).all()


def test_all_pairs(aligned: AlignedPrior) -> None:
    assert len(aligned.mask(free="all", self_edges="all")) == 16
    assert len(aligned.mask(free="all", self_edges="none")) == 12
    assert len(aligned.mask(self_edges="all")) == 4 + 3


def test_a_list_of_free_edges(aligned: AlignedPrior) -> None:
    mask = aligned.mask(free=[("D", "C"), ("B", "A"), ("D", "C"), ("D", "D")])
    assert [pair for pair, free in zip(pairs(mask), mask.free, strict=True) if free] == [
        ("D", "C"),
        ("D", "D"),
    ]
    with pytest.raises(GeneNameError, match="'Z'"):
        aligned.mask(free=[("Z", "A")])


@pytest.mark.parametrize("options", [{"free": "some"}, {"self_edges": "yes"}])
def test_unknown_choices(aligned: AlignedPrior, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="choose one of these"):
        aligned.mask(**options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="signed_weight"):
        aligned.mask().to_sparse("other")  # type: ignore[arg-type]


index = st.integers(0, 3)


@given(
    st.lists(st.tuples(index, index, st.sampled_from([1, -1, 0])), min_size=1),
    st.lists(st.tuples(index, index)),
    st.sampled_from(["prior", "all", "none"]),
)
def test_against_dense_matrices(
    rows: list[tuple[int, int, int]], free: list[tuple[int, int]], self_edges: str
) -> None:
    """The sparse forms equal matrices filled entry by entry, [target, source]."""
    rows = list({(s, t): (s, t, sign) for s, t, sign in rows}.values())
    prior = Network.from_columns(
        [GENES[r[0]] for r in rows], [GENES[r[1]] for r in rows], sign=[r[2] for r in rows]
    )
    mask = prior.align(GENES).mask(
        free=[(GENES[s], GENES[t]) for s, t in free],
        self_edges=self_edges,  # type: ignore[arg-type]
    )
    there, sign, weight = (np.zeros((4, 4)) for _ in range(3))
    for s, t in free:
        there[t, s] = 1
    for s, t, value in rows:
        there[t, s], sign[t, s], weight[t, s] = 1, value, 1
    for i in range(4):
        if self_edges == "all":
            there[i, i] = 1
        elif self_edges == "none":
            there[i, i] = sign[i, i] = weight[i, i] = 0
    for values, dense in (("mask", there), ("sign", sign), ("weight", weight)):
        np.testing.assert_array_equal(mask.to_sparse(values).toarray(), dense)  # type: ignore[arg-type]
    np.testing.assert_array_equal(mask.to_sparse("signed_weight").toarray(), sign * weight)
    assert mask.to_sparse("sign").nnz == len(mask)
