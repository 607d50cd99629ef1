"""The table of activities: chunks, adjusted p-values, keys, and how it shows itself."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from hillflow.activities import infer, infer_activity, ulm
from hillflow.errors import InputError
from hillflow.findings import collect_findings


@pytest.mark.parametrize("method", ["ulm", "mlm"])
def test_chunks_of_cells_change_nothing(x, found, method, monkeypatch) -> None:
    whole = infer_activity(x, found, method)
    monkeypatch.setattr(infer, "CELLS", 3)
    for given in (x, sparse.csr_matrix(x), sparse.csc_matrix(x)):
        parts = infer_activity(given, found, method)
        pd.testing.assert_frame_equal(parts.scores, whole.scores)
        pd.testing.assert_frame_equal(parts.padj, whole.padj)


def test_p_values_are_adjusted_over_the_regulators_of_a_cell(x, found) -> None:
    t, df = ulm(x, found.weight)
    p = np.sort(2 * stats.t.sf(np.abs(t[0]), df))
    steps = p * len(p) / np.arange(1, len(p) + 1)
    expected = np.minimum.accumulate(steps[::-1])[::-1]
    np.testing.assert_allclose(np.sort(infer_activity(x, found).padj.iloc[0]), expected)


def test_it_is_written_where_decoupler_writes(x, found, tmp_path) -> None:
    adata = anndata.AnnData(x, var=pd.DataFrame(index=list(found.genes)))
    result = infer_activity(x, found)
    keys = result.add_to(adata)
    assert keys[:2] == ("obsm['score_ulm']", "obsm['padj_ulm']")
    adata.write_h5ad(tmp_path / "cells.h5ad")
    read = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert list(read.obsm["score_ulm"]) == ["A", "B", "C", "g05"]
    np.testing.assert_allclose(read.obsm["padj_ulm"], result.padj)
    assert read.uns["hillflow"]["activity"] == {"method": "ulm", "network": "small"}


def test_it_shows_the_regulators_that_differ_most(x, found) -> None:
    text = str(infer_activity(x, found, "mlm"))
    assert "4 of small, by 32 edges onto 30 genes" in text
    assert "Most different between cells" in text
    assert infer_activity(x, found).to_json()["regulators"][0]["targets"] == 8


def test_cells_without_variation_are_told(x, found) -> None:
    x[1] = 0
    for method in ("ulm", "mlm"):
        with collect_findings() as said, pytest.warns(match="1 of 7 cells"):
            result = infer_activity(x, found, method)
        assert result.scores.iloc[1].isna().all()
        assert result.scores.iloc[0].notna().all()
        assert "activity.empty-cells" in {one.code for one in said}


def test_expression_that_does_not_fit_is_refused(x, found) -> None:
    with pytest.raises(InputError, match="expression of 30 genes"):
        infer_activity(x[:, 1:], found)
    with pytest.raises(InputError, match="found none"):
        infer_activity(x[:0], found)
    x[0, 0] = np.nan
    with pytest.raises(InputError, match="NaN or infinity"):
        infer_activity(x, found)
    with pytest.raises(InputError, match="did you mean 'ulm'"):
        infer_activity(x, found, "ulmm")
