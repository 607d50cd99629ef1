"""`ulm` against SciPy's regression of each cell on each regulator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats

from hillflow.activities import ulm


def test_t_values_are_those_of_a_regression(x, found) -> None:
    t, df = ulm(x, found.weight)
    assert df == x.shape[1] - 2
    for cell in range(len(x)):
        for k, column in enumerate(found.weight.toarray().T):
            fit = stats.linregress(column, x[cell])
            assert t[cell, k] == pytest.approx(fit.slope / fit.stderr, rel=1e-9)


def test_sparse_expression_gives_the_same(x, found) -> None:
    x = np.where(x > 2, x, 0)
    dense, _ = ulm(x, found.weight)
    for kind in (sparse.csr_matrix, sparse.csr_array):
        np.testing.assert_allclose(ulm(kind(x), found.weight)[0], dense, rtol=1e-10)
    np.testing.assert_allclose(ulm(x.astype(np.float32), found.weight)[0], dense, rtol=1e-5)


def test_a_cell_of_equal_values_has_no_activity(x, found) -> None:
    x[2] = 0.1
    t, _ = ulm(x, found.weight)
    assert np.isnan(t[2]).all()
    assert np.isfinite(np.delete(t, 2, axis=0)).all()
