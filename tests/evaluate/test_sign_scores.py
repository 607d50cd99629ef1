"""Sign scores against scikit-learn, and the two baselines they must get right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from hillflow.errors import InputError
from hillflow.evaluate import sign_scores

signs = st.lists(st.tuples(st.sampled_from([1, -1]), st.sampled_from([1, -1])), min_size=1)


@given(signs)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_equal_to_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = np.array(pairs).T
    found = sign_scores(true, predicted)
    confusion = metrics.confusion_matrix(true, predicted, labels=[1, -1])
    np.testing.assert_array_equal(found.confusion, confusion)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))
    assert found.balanced_accuracy == pytest.approx(
        metrics.recall_score(true, predicted, labels=np.unique(true), average="macro")
    )
    assert found.mcc == pytest.approx(metrics.matthews_corrcoef(true, predicted))
    for label, score in ((1, found.f1_activation), (-1, found.f1_repression)):
        expected = metrics.f1_score(true, predicted, pos_label=label, zero_division=0)
        assert score == pytest.approx(expected)
    assert found.edges == len(pairs)


def test_a_perfect_classifier_scores_one() -> None:
    true = [1, -1, -1, 1, 1]
    found = sign_scores(true, true)
    scores = (
        found.accuracy, found.balanced_accuracy, found.mcc, found.f1_activation,
        found.f1_repression,
    )  # fmt: skip
    assert scores == pytest.approx((1,) * 5)
    wrong = sign_scores(true, [-s for s in true])
    assert (wrong.accuracy, wrong.mcc) == pytest.approx((0, -1))


def test_always_activation_scores_its_base_rate() -> None:
    true = np.array([1] * 7 + [-1] * 3)
    found = sign_scores(true, np.ones(10))
    assert found.accuracy == found.always_activation == 0.7
    assert found.balanced_accuracy == 0.5
    assert found.mcc == 0
    assert found.f1_repression == 0
    np.testing.assert_array_equal(found.confusion, [[7, 0], [3, 0]])


def test_a_truth_of_one_kind() -> None:
    found = sign_scores([-1, -1], [-1, -1])
    assert (found.accuracy, found.always_activation, found.balanced_accuracy) == (1, 0, 1)
    assert (found.mcc, found.f1_activation, found.f1_repression) == (0, 0, 1)


@pytest.mark.parametrize(
    ("true", "predicted", "words"),
    [
        ([], [], "at least one edge"),
        ([1, 0], [1, 1], "only"),
        ([1, -1], [1, 0.3], "predicted_sign"),
        ([1, -1], [1, np.nan], "only"),
        ([1, -1], [1], "1 predicted and 2 true"),
        (["up"], [1], "numbers in true_sign"),
    ],
)
def test_mistakes_are_named(true: list[object], predicted: list[object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        sign_scores(true, predicted)  # type: ignore[arg-type]
