"""Activated genes: inputs for those that were not measured, mean levels for the others."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

from hillflow.data import Snapshots
from hillflow.data.activated import activated
from hillflow.errors import InterventionError, TimeError


@pytest.fixture
def adata() -> anndata.AnnData:
    labels = np.repeat(["ctrl", "KLF1", "HBG1", "HBG1+KLF1"], 12)
    x = np.random.default_rng(0).gamma(2.0, size=(48, 2)).astype(np.float32)
    adata = anndata.AnnData(x)
    adata.var_names, adata.obs["perturbation"] = ["HBG1", "HBG2"], labels
    return adata


def test_an_unmeasured_gene_is_an_input_and_a_measured_one_keeps_its_mean(adata) -> None:
    cells = Snapshots.from_anndata(adata, kind="activation", control="ctrl")
    assert cells.at_rest
    assert cells.genes == ("HBG1", "HBG2", "KLF1")
    assert cells.inputs == ("KLF1",)
    labels = adata.obs["perturbation"].to_numpy().astype(str)
    assert cells.x[:, 2].tolist() == ["KLF1" in label for label in labels]
    level = adata.X[["HBG1" in label for label in labels], 0].mean()
    levels = {a.gene: a.value for c in cells.conditions for a in c}
    assert levels["KLF1"] == 1
    assert levels["HBG1"] == pytest.approx(level, rel=5e-3)
    assert cells.conditions[0].is_control
    assert len(cells.conditions) == 4


def test_a_file_written_and_read_again_has_the_same_inputs(adata) -> None:
    cells = Snapshots.from_anndata(adata, kind="activation", control="ctrl")
    again = Snapshots.from_anndata(cells.to_anndata())
    assert again.inputs == cells.inputs
    assert again.conditions == cells.conditions


def test_the_text_of_an_intervention_is_taken_as_it_is() -> None:
    _, genes, done = activated(np.ones((2, 1)), ("A",), ["A=ko", "B"], "control")
    assert [one.name for one in done] == ["A=knockout", "B=clamp:1"]
    assert genes == ("A", "B")


def test_without_the_kind_an_unmeasured_gene_is_refused(adata) -> None:
    with pytest.raises(InterventionError, match="perturbation_kind='activation'"):
        Snapshots.from_anndata(adata, control="ctrl")


def test_a_column_that_may_hold_times_is_not_ignored(adata) -> None:
    adata.obs["day"] = np.arange(48) % 2
    with pytest.raises(TimeError, match="did you mean 'day'"):
        Snapshots.from_anndata(adata, kind="activation", control="ctrl")
    control = adata[adata.obs["perturbation"] == "ctrl"].copy()
    with pytest.raises(TimeError, match="the time of each cell"):
        Snapshots.from_anndata(control, control="ctrl")
