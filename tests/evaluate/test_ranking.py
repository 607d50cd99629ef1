"""Ranking metrics against scikit-learn, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from hillflow.evaluate.ranking import Ranking

# few different scores, so that ties are the rule
items = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({true for _, true in pairs}) == 2
)


@given(items)
def test_equal_to_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    scores, labels = (np.array(column) for column in zip(*pairs, strict=True))
    ranking, true = Ranking.of(scores), np.flatnonzero(labels)
    assert ranking.average_precision(true) == pytest.approx(
        metrics.average_precision_score(labels, scores)
    )
    assert ranking.auroc(true) == pytest.approx(metrics.roc_auc_score(labels, scores))
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    ours = ranking.curve(true)
    np.testing.assert_allclose(ours[0], recall[-2::-1])
    np.testing.assert_allclose(ours[1], precision[-2::-1])


@given(items, st.data())
def test_precision_at_k_is_the_mean_over_orders_of_ties(pairs, data) -> None:
    scores, labels = (np.array(column) for column in zip(*pairs, strict=True))
    k = data.draw(st.integers(1, len(pairs)))
    cut = np.sort(scores)[::-1][k - 1]
    above, tied = labels[scores > cut], labels[scores == cut]
    expected = (above.sum() + (k - len(above)) * tied.mean()) / k
    found = Ranking.of(scores).precision_at(np.flatnonzero(labels), k)
    assert found == pytest.approx(expected)


def test_without_false_items_there_is_no_roc_curve() -> None:
    assert np.isnan(Ranking.of([3, 2, 1]).auroc(np.arange(3)))
