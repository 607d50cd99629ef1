"""Networks in AnnData: orientation, keys, and a file in between."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow._version import __version__
from hillflow.errors import GeneNameError, HillflowWarning
from hillflow.networks import add_network, add_regvelo_prior, regvelo_skeleton

ORDER = ["7157", "B", "other", "A", "NKX2-5", "a&b<c>", "lone gene"]


@pytest.fixture
def adata() -> anndata.AnnData:
    x = np.zeros((3, len(ORDER)), dtype=np.float32)
    return anndata.AnnData(x, var=pd.DataFrame(index=ORDER), uns={"hillflow": {"scale": "log1p"}})


def test_the_matrix_is_source_by_target_and_survives_a_file(adata, graph, tmp_path):
    keys = add_network(adata, graph)
    assert keys == (
        "varp['grn']", "uns['hillflow']['edges']", "uns['hillflow']['orientation']",
        "uns['hillflow']['version']",
    )  # fmt: skip
    adata.write_h5ad(tmp_path / "net.h5ad")
    again = anndata.read_h5ad(tmp_path / "net.h5ad")
    weights = again.varp["grn"]
    assert weights.format == "csr"
    assert weights.nnz == 4
    assert weights[ORDER.index("A"), ORDER.index("B")] == 2.0
    assert weights[ORDER.index("B"), ORDER.index("A")] == -1.0
    expected = graph.matrix().reindex(index=ORDER, columns=ORDER, fill_value=0.0)
    np.testing.assert_array_equal(weights.toarray(), expected.to_numpy())
    kept = again.uns["hillflow"]
    assert (kept["orientation"], kept["version"]) == ("source_by_target", __version__)
    assert kept["scale"] == "log1p"
    found = kept["edges"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, graph.edges, check_dtype=False)


def test_genes_that_are_not_there_are_told_or_refused(adata, graph):
    with pytest.warns(HillflowWarning, match="1 of the network's 6 genes are not in adata: 'A'"):
        add_network(adata[:, adata.var_names != "A"].copy(), graph)
    with pytest.raises(GeneNameError, match=r"'other'"):
        add_network(adata[:, ["other"]].copy(), graph)


def test_regvelo_finds_its_keys_in_the_order_of_the_genes(adata, graph):
    keys = add_regvelo_prior(adata, graph)
    assert keys == ("uns['skeleton']", "uns['regulators']", "uns['targets']", "uns['network']")
    skeleton = adata.uns["skeleton"]
    assert list(skeleton.index) == list(skeleton.columns) == ORDER
    assert skeleton.loc["A", "B"] == 1.0
    assert skeleton.to_numpy().sum() == 4
    assert adata.uns["network"].shape == (7, 7)
    assert list(adata.uns["regulators"]) == ORDER


def test_a_skeleton_follows_the_order_of_the_data(graph):
    skeleton = regvelo_skeleton(graph, ["B", "other", "A"])
    assert skeleton.loc["A", "B"] == skeleton.loc["B", "A"] == 1
    assert skeleton.to_numpy().sum() == 2
    assert list(skeleton.index) == list(skeleton.columns) == ["B", "other", "A"]
    whole = regvelo_skeleton(graph)
    assert whole.loc["A", "a&b<c>"] == 1  # regulators are rows
    assert whole.loc["a&b<c>", "A"] == 0
