"""`Run.fates`: computed once, and only where cells have fates."""

from __future__ import annotations

from dataclasses import replace

import hillflow as hf


def test_fates_are_simulated_once_where_there_are_any():
    options = {"field": "linear", "method": "ot-cfm", "effort": 0.01}
    blood = hf.fit(hf.simulate("hematopoiesis", cells=20, times=[0, 64]), **options)
    assert blood.fates is blood.fates
    assert list(blood.fates) == ["perturbation", "label", "measured", "simulated"]
    bare = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1]))
    unlabelled = hf.fit(replace(bare, labels=None), **options)
    assert unlabelled.fates is None
