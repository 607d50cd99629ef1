"""Downdated activities are those of the regressions done anew without each gene."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import left_out, mlm, regulons, ulm
from hillflow.errors import InputError
from hillflow.networks import Network

ORDER = np.random.default_rng(2).permutation(30)


def anew(x: np.ndarray, found, method: str, out: np.ndarray, statistic: str = "t") -> np.ndarray:
    """The activities of the data without some genes, [cells, regulators]."""
    rest = found.without(out)
    x = np.delete(x, out, axis=1)
    return ulm(x, rest.weight)[0] if method == "ulm" else mlm(x, rest, statistic)[0]


@pytest.mark.parametrize("neighbours", [0, 2])
@pytest.mark.parametrize(("method", "statistic"), [("ulm", "t"), ("mlm", "t"), ("mlm", "slope")])
def test_without_each_gene_and_its_neighbours(x, found, method, statistic, neighbours) -> None:
    without = left_out(x, found, method, neighbours=neighbours, order=ORDER, statistic=statistic)
    place = np.argsort(ORDER)
    for k, name in enumerate(found.regulators):
        activity = without.of(name)
        assert activity.shape == x.shape
        for gene in (int(ORDER[0]), 4, 17, int(ORDER[-1])):
            beside = np.abs(place - place[gene]) <= neighbours
            expected = anew(x, found, method, np.flatnonzero(beside), statistic)[:, k]
            np.testing.assert_allclose(activity[:, gene], expected, rtol=1e-8)


def test_a_gene_cannot_explain_itself(x, found) -> None:
    """Whatever is done to a gene, the activity without it stays."""
    before = {method: left_out(x, found, method).of("A")[:, 3] for method in ("ulm", "mlm")}
    x[:, 3] += 100 * np.arange(len(x))
    for method, expected in before.items():
        np.testing.assert_allclose(left_out(x, found, method).of("A")[:, 3], expected, rtol=1e-6)


@pytest.mark.parametrize("method", ["ulm", "mlm"])
def test_a_regulator_whose_targets_are_all_left_out_has_no_activity(x, method) -> None:
    genes = [f"g{k:02}" for k in range(30)]
    source = ["near"] * 3 + ["far"] * 5
    network = Network.from_columns(source, [*genes[10:13], *genes[0:30:6]], sign=[1] * 8)
    without = left_out(x, regulons(network, genes, tmin=3), method, neighbours=2)
    near, far = without.of("near"), without.of("far")
    assert np.isnan(near[:, 10:13]).all()
    assert np.isfinite(near[:, 20]).all()
    assert np.isfinite(far[:, 11]).all()  # in spite of what is not determined there
    rest = regulons(network, genes, tmin=3).without(np.arange(9, 14)).at_least(1)
    expected = ulm(np.delete(x, np.arange(9, 14), axis=1), rest.weight)[0]
    if method == "ulm":
        np.testing.assert_allclose(far[:, 11], expected[:, rest.index("far")])


def test_what_cannot_be_meant_is_refused(x, found) -> None:
    with pytest.raises(InputError, match="names each of 30 columns once"):
        left_out(x, found, order=[0, 0])
    with pytest.raises(InputError, match="neighbours of 0 or more"):
        left_out(x, found, neighbours=-1)
    with pytest.raises(InputError, match="'ulm'"):
        left_out(x, found, "ulmm")
    with pytest.raises(InputError, match="29 columns"):
        left_out(x[:, 1:], found)
