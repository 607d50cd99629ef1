"""The graph of nearest cells is scanpy's, without its compilation."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

from hillflow.model.neighbors import add_neighbors, fuzzy_weights


@pytest.fixture(scope="module")
def adata() -> anndata.AnnData:
    points = np.random.default_rng(0).gamma(1.0, size=(60, 4)).astype(np.float32)
    points[5] = points[4]  # two cells in one place
    return anndata.AnnData(np.zeros((60, 1), np.float32), obsm={"X_here": points})


def test_the_graph_is_that_of_scanpy(adata):
    import scanpy as sc

    theirs = adata.copy()
    sc.pp.neighbors(theirs, n_neighbors=7, use_rep="X_here", transformer="sklearn", random_state=0)
    keys = add_neighbors(adata, "X_here", 7)
    assert keys == ["obsp['connectivities']", "obsp['distances']", "uns['neighbors']"]
    for key in ("connectivities", "distances"):
        mine = adata.obsp[key]
        np.testing.assert_allclose(mine.toarray(), theirs.obsp[key].toarray(), atol=2e-4)
        assert mine.has_canonical_format or key == "distances"
    assert adata.uns["neighbors"] == theirs.uns["neighbors"]


def test_weights_sum_to_the_logarithm_of_their_number():
    distance = np.sort(np.random.default_rng(1).gamma(2.0, size=(40, 9)), axis=1)
    weight = fuzzy_weights(distance)
    np.testing.assert_allclose(weight.sum(1), np.log2(10), atol=1e-4)
    np.testing.assert_allclose(weight[:, 0], 1.0)
    np.testing.assert_allclose(fuzzy_weights(3 * distance), weight, atol=1e-4)
    np.testing.assert_array_equal(fuzzy_weights(np.zeros((2, 3))), 1.0)  # all in one place
