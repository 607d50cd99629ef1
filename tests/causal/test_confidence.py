import numpy as np
import pytest
from scipy.stats import binomtest

from hillflow.causal.confidence import COEFFICIENTS, confidences, reliability, stability
from hillflow.errors import InputError
from hillflow.networks.stability import FEATURES

LISTED = np.ones((4, 4), dtype=bool)


def members(count=6, seed=0, noise=0.3):
    """One edge in all members, one of either sign, one of a single member, and noise."""
    random = np.random.default_rng(seed)
    weights = noise * 0.1 * random.normal(size=(count, 4, 4))
    weights[:, 0, 1] = 2 + noise * random.normal(size=count)
    weights[:, 1, 2] = 0.1 + 2 * np.where(np.arange(count) % 2, 1, -1)
    weights[0, 2, 3] = 5
    return weights


def test_features_are_what_they_say():
    weights = members()
    found = stability(weights, LISTED)
    mean, sd = weights.mean(0), weights.std(0, ddof=1)
    off = ~np.eye(4, dtype=bool)
    floor = 0.05 * np.sqrt((weights[:, off] ** 2).mean())
    np.testing.assert_allclose(found.steadiness, np.log1p(np.abs(mean) / (sd + floor)))
    others = np.where(off, np.abs(mean), 0).sum(1)
    np.testing.assert_allclose(found.share[off], (np.abs(mean) / others[:, None])[off])
    assert found.agreement[1, 2] == 0.5
    assert found.agreement[0, 1] == found.selection[0, 1] == found.selection[1, 2] == 1
    order = [np.argsort(-np.abs(np.where(off, w, 0)).ravel())[:6] for w in weights]
    counted = np.bincount(np.concatenate(order), minlength=16).reshape(4, 4) / len(weights)
    np.testing.assert_allclose(found.selection[off], counted[off])


def test_a_steady_edge_is_surer_than_one_of_both_signs_or_of_one_member():
    confidence = confidences(stability(members(), LISTED))
    assert confidence[0, 1] > 0.5
    assert confidence[0, 1] > max(confidence[1, 2], confidence[2, 3])
    others = ~np.eye(4, dtype=bool)
    assert ((confidence[others] >= 0) & (confidence[others] <= 1)).all()
    assert np.isnan(confidence.diagonal()).all()  # decay and autoregulation trade places


def test_confidence_rises_with_every_feature():
    assert len(COEFFICIENTS) == len(FEATURES)
    assert all(value >= 0 for value in COEFFICIENTS)


def test_the_unit_of_the_weights_does_not_matter():
    one, other = stability(members(), LISTED), stability(1e-6 * members(), LISTED)
    np.testing.assert_allclose(confidences(one), confidences(other), rtol=1e-6)


def test_unlisted_pairs_count_for_nothing():
    listed = np.zeros((4, 4), dtype=bool)
    listed[0, 1] = listed[0, 0] = True
    found = stability(members(), listed)
    assert found.share[0, 1] == 1
    assert found.selection.sum() == found.selection[0, :2].sum()
    nothing = stability(np.zeros((3, 4, 4)), LISTED)
    assert np.nanmax(confidences(nothing)) < 0.1


def test_one_member_is_a_mistake():
    with pytest.raises(InputError, match="--ensemble 10"):
        stability(members(1), LISTED)


def test_reliability_of_calibrated_confidences_is_the_diagonal():
    random = np.random.default_rng(0)
    confidence = random.random(20_000)
    table = reliability(confidence, random.random(20_000) < confidence, 5)
    assert table["edges"].sum() == 20_000
    np.testing.assert_allclose(table["true"], table["confidence"], atol=0.02)
    np.testing.assert_allclose(table["low"], [0, 0.2, 0.4, 0.6, 0.8])


def test_reliability_counts_and_its_interval():
    confidence = np.array([0.05, 0.9, 0.95, 1.0, np.nan])
    table = reliability(confidence, [False, True, False, True, True], np.array([0, 0.5, 1.0]))
    assert list(table["edges"]) == [1, 3]
    assert table["true"].iloc[1] == pytest.approx(2 / 3)
    known = binomtest(2, 3).proportion_ci(0.95, method="wilson")
    assert table["true_low"].iloc[1] == pytest.approx(known.low, abs=1e-4)
    assert table["true_high"].iloc[1] == pytest.approx(known.high, abs=1e-4)


@pytest.mark.parametrize(
    ("confidence", "message"),
    [([0.5], "one truth for each"), ([1.5, 0.2], "between 0 and 1"), ([np.nan] * 2, "found none")],
)
def test_what_is_no_confidence_is_refused(confidence, message):
    with pytest.raises(InputError, match=message):
        reliability(np.array(confidence), np.array([True, False]))
