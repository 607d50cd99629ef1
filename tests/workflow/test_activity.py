"""`hf.activity`: of whatever holds cells, without what is left out, with what must be said."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.activities import infer_activity, regulons
from hillflow.errors import GeneNameError, InputError

OPTIONS = {"prior": "hematopoiesis", "tmin": 3}


def test_it_is_that_of_the_parts(blood) -> None:
    found = hf.activity(blood, **OPTIONS)
    targets = regulons(hf.priors.load("hematopoiesis"), blood.var_names, tmin=3)
    expected = infer_activity(blood.X, targets, cells=blood.obs_names)
    pd.testing.assert_frame_equal(found.scores, expected.scores)
    assert "score_ulm" not in blood.obsm  # the given object stays as it is
    assert {"prior.licence", "activity.few-targets"} <= {one.code for one in found.findings}


def test_every_holder_of_cells_gives_the_same(blood, blood_run, tmp_path) -> None:
    blood.write_h5ad(tmp_path / "cells.h5ad")
    expected = hf.activity(blood, **OPTIONS).scores.to_numpy()
    snapshots = hf.Snapshots.from_anndata(blood)
    for given in (tmp_path / "cells.h5ad", snapshots, blood_run, blood_run.path):
        found = hf.activity(given, **OPTIONS)
        np.testing.assert_allclose(np.sort(found.scores, axis=0), np.sort(expected, axis=0), 1e-5)


def test_a_file_keeps_what_it_held(blood, tmp_path) -> None:
    blood.write_h5ad(tmp_path / "cells.h5ad")
    found = hf.activity(tmp_path / "cells.h5ad", tmp_path / "out.h5ad", method="mlm", **OPTIONS)
    written = anndata.read_h5ad(tmp_path / "out.h5ad")
    np.testing.assert_allclose(written.obsm["score_mlm"], found.scores)
    assert list(written.obs) == list(blood.obs)


def test_genes_are_left_out_with_their_neighbours(blood) -> None:
    genes = list(blood.var_names)
    place = genes.index("KLF1")
    found = hf.activity(blood, leave_out=["KLF1"], neighbours=1, **OPTIONS)
    beside = [genes[k] for k in (place - 1, place, place + 1) if 0 <= k < len(genes)]
    rest = blood[:, [gene for gene in genes if gene not in beside]]
    expected = hf.activity(rest.copy(), **OPTIONS)
    pd.testing.assert_frame_equal(found.scores, expected.scores)
    assert set(found.regulons.genes) == set(genes) - set(beside)


def test_genes_without_any_value_are_taken_out_as_decoupler_does(blood) -> None:
    padded = blood.copy()
    place = list(blood.var_names).index("KLF1")
    padded.X[:, place] = 0
    found = hf.activity(padded, **OPTIONS)
    assert "KLF1" not in found.regulons.genes
    assert "activity.empty-genes" in {one.code for one in found.findings}
    expected = hf.activity(blood, leave_out=["KLF1"], **OPTIONS)
    pd.testing.assert_frame_equal(found.scores, expected.scores)


def test_the_order_of_neighbours_can_be_named(blood) -> None:
    by_name = sorted(blood.var_names)
    place = by_name.index("KLF1")
    placed = blood.copy()
    placed.var["position"] = [by_name.index(gene) for gene in placed.var_names]
    options = {"leave_out": ["KLF1"], "neighbours": 1, **OPTIONS}
    for order in ("name", "position"):
        found = hf.activity(placed, order=order, **options)
        assert set(placed.var_names) - set(found.regulons.genes) == set(
            by_name[max(place - 1, 0) : place + 2]
        )
    with pytest.raises(InputError, match="'position'"):
        hf.activity(placed, order="positon", **options)


def test_mistakes_are_said(blood) -> None:
    with pytest.raises(InputError, match=r"a network of known targets, prior=… \(--prior\)"):
        hf.activity(blood)
    with pytest.raises(GeneNameError, match="'KLF1'"):
        hf.activity(blood, leave_out=["KLF2"], **OPTIONS)
    with pytest.raises(InputError, match="neighbours"):
        hf.activity(blood, neighbours=3, **OPTIONS)
    with pytest.raises(InputError, match="at most"):
        hf.activity(blood, leave_out=list(blood.var_names)[:9], **OPTIONS)
    with pytest.raises(InputError, match="did you mean 'ulm'"):
        hf.activity(blood, method="umlm", **OPTIONS)
    with pytest.raises(InputError, match="the name of a layer"):
        hf.activity(blood, layer="none", **OPTIONS)
