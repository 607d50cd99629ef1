"""Knockouts left out: reproducible ones are scored by every method, others are labelled."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

import hillflow as hf
from benchmarks import real_knockouts

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")


@pytest.fixture
def table(tmp_path, monkeypatch):
    cells = hf.simulate("hematopoiesis", cells=30, times=[0, 16, 32], knockouts="GATA1,SPI1")
    silent = cells[(cells.obs["perturbation"] == "control").to_numpy()].copy()
    silent.obs["perturbation"] = "KLF1=knockout"  # control cells by another name
    silent.obs_names = [f"silent{k}" for k in range(silent.n_obs)]
    joined = anndata.concat([cells, silent])
    joined.write_h5ad(tmp_path / "expression.h5ad")
    monkeypatch.setattr(real_knockouts, "data_file", lambda name: tmp_path / "expression.h5ad")
    monkeypatch.setattr("benchmarks.table.part_file", lambda *about: None)
    return real_knockouts.run(quick=True, seed=0)


def test_reproducible_knockouts_are_scored_by_every_method(table) -> None:
    verdicts = {row["knockout"]: row["verdict"] for row in table.rows if "knockout" in row}
    assert verdicts["KLF1=knockout"] == "no reproducible effect"
    scored = [row for row in table.rows if "left_out" in row]
    assert {row["left_out"] for row in scored} == {
        name for name, verdict in verdicts.items() if verdict == "reproducible"
    }
    assert len(scored) == 8 * len({row["left_out"] for row in scored}) > 0
    assert len(table.claims) == 5 * len({row["left_out"] for row in scored}) + 1
    ceilings = {row["knockout"]: row["ceiling"] for row in table.rows if "knockout" in row}
    for row in scored:
        assert np.isclose(row["of_ceiling"] * ceilings[row["left_out"]], row["r"])
        assert (row["r"] == 0 and row["mae"] > 0) or row["method"] != "no effect"
