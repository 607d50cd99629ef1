"""`mlm` against least squares by hand, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from hillflow.activities import mlm, regulons
from hillflow.errors import InputError
from hillflow.networks import Network


def by_hand(y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and t-values of one cell, through a QR decomposition."""
    design = np.column_stack([np.ones(len(y)), weight])
    q, r = np.linalg.qr(design)
    beta = np.linalg.solve(r, q.T @ y)
    residual = y - design @ beta
    inverse = np.linalg.inv(r)
    spread = np.sqrt((inverse**2).sum(axis=1) * (residual @ residual) / (len(y) - len(beta)))
    return beta[1:], (beta / spread)[1:]


def test_slopes_and_t_values_are_those_of_least_squares(x, found) -> None:
    weight = found.weight.toarray()
    expected = [by_hand(y, weight) for y in x]
    slope, df = mlm(x, found, "slope")
    t, _ = mlm(x, found)
    assert df == x.shape[1] - len(found) - 1
    np.testing.assert_allclose(slope, [one for one, _ in expected], rtol=1e-9)
    np.testing.assert_allclose(t, [one for _, one in expected], rtol=1e-9)
    np.testing.assert_allclose(mlm(sparse.csr_matrix(x), found)[0], t, rtol=1e-9)


def test_regulators_that_no_target_tells_apart_are_named(x) -> None:
    genes = [f"g{k:02}" for k in range(x.shape[1])]
    same = Network.from_columns([*"AAAAABBBBBCCCCC"], [*genes[:5] * 2, *genes[5:10]], sign=[1] * 15)
    with pytest.warns(match="of 'A', 'B' are the same"):
        t, df = mlm(x, regulons(same, genes))
    np.testing.assert_allclose(t[:, 0], t[:, 1])
    once = regulons(Network.from_columns([*"AAAAACCCCC"], genes[:10], sign=[1] * 10), genes)
    expected, same_df = mlm(x, once)
    assert df == same_df
    np.testing.assert_allclose(t[:, [0, 2]], expected)


def test_more_regulators_than_genes_are_refused() -> None:
    genes = list("abc")
    network = Network.from_columns(["A", "B"], ["a", "b"], sign=[1, 1])
    with pytest.raises(InputError, match=r"more genes than the 2 regulators"):
        mlm(np.eye(3), regulons(network, genes, tmin=1))
