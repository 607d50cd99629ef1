"""Associations are plain correlations with an activity done anew without the gene."""

from __future__ import annotations

import numpy as np

from hillflow.activities import activity_associations, mrna_associations, ulm


def test_they_are_correlations_with_activities_done_anew(x, found) -> None:
    production = np.random.default_rng(4).normal(size=x.shape)
    for responses in (None, production):
        r = activity_associations(x, found, responses)
        y = x if responses is None else responses
        for gene in (0, 5, 11):
            rest = found.without(np.array([gene]))
            t, _ = ulm(np.delete(x, gene, axis=1), rest.weight)
            expected = [np.corrcoef(t[:, k], y[:, gene])[0, 1] for k in range(len(found))]
            np.testing.assert_allclose(r[:, gene], expected)


def test_neighbours_are_left_out(x, found) -> None:
    r = activity_associations(x, found, neighbours=1, order=np.arange(30)[::-1])
    rest = found.without(np.array([6, 7, 8]))
    t, _ = ulm(np.delete(x, [6, 7, 8], axis=1), rest.weight)
    np.testing.assert_allclose(r[1, 7], np.corrcoef(t[:, 1], x[:, 7])[0, 1])


def test_mrna_is_that_of_the_columns(x) -> None:
    x[:, 9] = 1.0
    r = mrna_associations(x, [2, 5])
    np.testing.assert_allclose(r[0, 5], np.corrcoef(x[:, 2], x[:, 5])[0, 1])
    assert r[1, 9] == 0  # does not vary
