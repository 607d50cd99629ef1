"""How far estimates of a network agree, against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.networks.stability import FEATURES, STRONGEST, stability

GENES = 4
LISTED = np.ones((GENES, GENES), dtype=bool)
OTHERS = ~np.eye(GENES, dtype=bool)


def estimates(count: int = 6, seed: int = 0) -> np.ndarray:
    """Noise, a strong steady edge, one of either sign, and one of a single estimate."""
    random = np.random.default_rng(seed)
    weights = 0.05 * random.normal(size=(count, GENES, GENES))
    weights[:, 0, 1] = 2 + 0.2 * random.normal(size=count)
    weights[:, 1, 2] = 0.1 + 2 * np.where(np.arange(count) % 2, 1, -1)
    weights[0, 2, 3] = 5
    return weights


def test_steadiness_share_and_agreement_are_what_they_say() -> None:
    weights = estimates()
    found = stability(weights, LISTED, OTHERS)
    mean, sd = weights.mean(0), weights.std(0, ddof=1)
    floor = 0.05 * np.sqrt((weights[:, OTHERS] ** 2).mean())
    np.testing.assert_allclose(found.steadiness, np.log1p(np.abs(mean) / (sd + floor)))
    total = np.where(OTHERS, np.abs(mean), 0).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.share[OTHERS], (np.abs(mean) / total)[OTHERS])
    np.testing.assert_allclose(np.where(OTHERS, found.share, 0).sum(axis=1), 1)
    agree = [[(np.sign(weights[:, i, j]) == np.sign(mean[i, j])).mean() for j in range(GENES)]
             for i in range(GENES)]  # fmt: skip
    np.testing.assert_array_equal(found.agreement, agree)
    assert found.agreement[1, 2] == 0.5
    assert found.steadiness[0, 1] == found.steadiness.max()


def test_an_estimate_selects_two_edges_per_gene_but_at_most_half() -> None:
    random = np.random.default_rng(1)
    for genes, most in ((3, 3), (4, 6), (9, STRONGEST * 9)):
        listed = np.ones((genes, genes), dtype=bool)
        others = ~np.eye(genes, dtype=bool)
        weights = random.normal(size=(5, genes, genes))
        found = stability(weights, listed, others).selection
        assert found[others].sum() * 5 == pytest.approx(5 * most)
        ranked = [np.argsort(-np.abs(w[others]))[:most] for w in weights]
        counted = np.bincount(np.concatenate(ranked), minlength=others.sum()) / 5
        np.testing.assert_allclose(found[others], counted)


def test_self_edges_are_compared_and_do_not_enter_the_scales() -> None:
    weights = estimates()
    larger = weights.copy()
    larger[:, range(GENES), range(GENES)] = 100
    one, other = (stability(w, LISTED, OTHERS) for w in (weights, larger))
    for name in (*FEATURES, "agreement"):
        np.testing.assert_array_equal(getattr(one, name)[OTHERS], getattr(other, name)[OTHERS])
    assert (other.share.diagonal() == 1).all()
    assert (other.selection.diagonal() == 1).all()


def test_the_unit_of_the_weights_does_not_matter() -> None:
    one, other = (stability(unit * estimates(), LISTED, OTHERS) for unit in (1, 1e-9))
    np.testing.assert_allclose(one.features(LISTED), other.features(LISTED), rtol=1e-6)


def test_a_matrix_of_some_regulators_need_not_be_square() -> None:
    weights = estimates()
    some = [1, 3]
    listed = OTHERS[:, some]
    found = stability(weights[:, :, some], listed, listed)
    assert found.share.shape == found.selection.shape == (GENES, 2)
    assert found.selection[~listed].sum() == 0 == found.share[~listed].sum()
    np.testing.assert_allclose(found.share[0], np.abs(weights[:, 0, some].mean(0)) / np.abs(
        weights[:, 0, some].mean(0)).sum())  # fmt: skip
    assert found.selection[listed].sum() == pytest.approx(listed.sum() // 2)


def test_the_probability_is_the_logistic_map_of_the_features() -> None:
    found = stability(estimates(), LISTED, OTHERS)
    at = OTHERS.copy()
    at[0, 2] = False
    probability = found.probability(at, -1.5, (0.5, 2.0, 3.0))
    logit = -1.5 + 0.5 * found.steadiness + 2 * found.selection + 3 * found.share
    np.testing.assert_allclose(probability[at], 1 / (1 + np.exp(-logit[at])))
    assert np.isnan(probability[~at]).all()
    assert found.features(at).shape == (at.sum(), len(FEATURES))


def test_nothing_to_compare_is_no_error() -> None:
    nothing = np.zeros_like(LISTED)
    of_none = stability(estimates(), nothing, nothing)
    assert of_none.selection.sum() == 0 == of_none.share.sum()
    of_zeros = stability(np.zeros((3, GENES, GENES)), LISTED, OTHERS)
    for name in FEATURES:
        assert (getattr(of_zeros, name) == 0).all()
