"""Cells, whichever way they are given: what is read, what is reported, what is refused."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest

import hillflow as hf
from hillflow.data import Snapshots, Trajectories, without_batches
from hillflow.errors import HillflowError, HillflowWarning, InputError, MissingFileError
from hillflow.findings import collect_findings
from hillflow.systems import build_system, simulate_trajectories
from hillflow.workflow.cells import read_cells
from hillflow.workflow.options.data import DataOptions


def test_counts_stay_as_they_are_and_a_warning_says_so(counts):
    with collect_findings() as findings:
        cells = read_cells(counts, DataOptions("day", perturbation="guide", control="ctrl"))
    assert isinstance(cells, Snapshots)
    assert [c.name for c in cells.conditions] == ["control", "SPI1=knockout"]
    assert cells.scale == "counts"
    (note,) = findings
    assert (note.code, note.severity) == ("data.counts", "warning")
    assert "--normalize" in note.text
    with collect_findings() as findings:
        read_cells(counts, DataOptions("day", perturbation="guide", control="ctrl", layer="logged"))
    assert findings == []


def test_empty_cells_are_left_out_of_a_normalisation(counts):
    adata = anndata.read_h5ad(counts)
    adata.X[:3] = 0
    adata.write_h5ad(counts)
    with collect_findings() as findings:
        cells = read_cells(counts, DataOptions("day", normalize=True))
    assert len(cells) == 37
    assert "3 cells without any count are left out" in [one.text for one in findings]


def test_normalising_counts_all_genes_before_some_are_chosen(counts, tmp_path):
    (tmp_path / "genes.txt").write_text("# chosen\nSPI1\n\nGATA1\n")
    options = DataOptions("day", normalize=True, genes=tmp_path / "genes.txt")
    cells = read_cells(counts, options)
    raw = anndata.read_h5ad(counts).X
    expected = np.log1p(raw / raw.sum(axis=1, keepdims=True) * 1e4)
    assert cells.genes == ("SPI1", "GATA1")
    np.testing.assert_allclose(cells.x, expected[:, [1, 0]], rtol=1e-5)


def test_a_named_batch_is_taken_out_after_normalising_and_a_known_one_is_said(counts):
    adata = anndata.read_h5ad(counts)
    adata.obs["batch"] = np.tile(["a", "b"], 20)
    adata.write_h5ad(counts)
    with collect_findings() as findings:
        kept = read_cells(counts, DataOptions("day", normalize=True))
    assert "data.batches-kept" in [one.code for one in findings]
    mended = read_cells(counts, DataOptions("day", normalize=True, batch="batch"))
    np.testing.assert_array_equal(mended.x, without_batches(kept).x)
    assert not np.array_equal(mended.x, kept.x)


def test_a_series_makes_trajectories(counts):
    courses = read_cells(counts, DataOptions("day", series="unit", layer="logged"))
    assert isinstance(courses, Trajectories)
    assert len(courses) == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (DataOptions("dya"), "did you mean 'day'"),
        (DataOptions(), "'time'"),  # what is looked for unless named
        (DataOptions("day", perturbation="giude", control="ctrl"), "did you mean 'guide'"),
        (DataOptions("day", perturbation="guide"), "the control label 'control'"),
        (DataOptions("day", layer="loged"), "did you mean 'logged'"),
        (
            DataOptions("day", layer="logged", normalize=True),
            "leave normalize=True (--normalize) out",
        ),
        (DataOptions("day", batch="lane"), "'lane'"),
        (DataOptions("day", series="unit", batch="unit"), "for snapshots"),
        (DataOptions("day", series="unit", normalize=True), "bring the series to one scale"),
        (DataOptions("day", genes=Path("absent.txt")), "a list of genes at absent.txt"),
        (DataOptions("day", genes=["GATA1", "SPI2"]), "did you mean 'SPI1'"),
    ],
)
def test_mistakes_name_what_to_do(counts, options, message):
    with pytest.raises(HillflowError) as caught:
        read_cells(counts, options)
    assert message in str(caught.value)


# Every way to give cells -----------------------------------------------------------------


def same(one: Snapshots, other: Snapshots) -> bool:
    """The same cells, whatever their order."""
    tables = [np.column_stack([part.time, part.condition, part.x]) for part in (one, other)]
    return one.genes == other.genes and np.array_equal(
        *(table[np.lexsort(table.T[::-1])] for table in tables)
    )


@pytest.fixture
def expected(toggle) -> Snapshots:
    return Snapshots.from_anndata(toggle)


def test_an_anndata_object(toggle, expected):
    assert same(read_cells(toggle, DataOptions()), expected)


def test_the_path_of_a_file(toggle, expected, tmp_path):
    toggle.write_h5ad(tmp_path / "cells.h5ad")
    assert same(read_cells(str(tmp_path / "cells.h5ad"), DataOptions()), expected)


def test_a_zarr_store(toggle, expected, tmp_path):
    pytest.importorskip("zarr")
    toggle.write_zarr(tmp_path / "cells.zarr")
    assert same(read_cells(tmp_path / "cells.zarr", DataOptions()), expected)


def test_snapshots_as_they_are(expected):
    assert read_cells(expected, DataOptions()) is expected


def test_snapshots_of_chosen_genes(expected):
    assert read_cells(expected, DataOptions(genes=["B", "A"])).genes == ("B", "A")


def test_trajectories_as_they_are():
    simulated = simulate_trajectories(build_system("toggle"), [0.0, 1.0, 2.0], cells=3)
    courses = Trajectories.from_anndata(simulated.to_anndata(), series="series")
    assert read_cells(courses, DataOptions()) is courses


def test_simulated_data():
    simulated = simulate_trajectories(build_system("toggle"), [0.0, 1.0, 2.0], cells=3)
    courses = read_cells(simulated, DataOptions(series="series"))
    assert isinstance(courses, Trajectories)
    assert len(courses) == 3


def test_a_run_and_its_folder(blood_run):
    assert read_cells(blood_run, DataOptions()) is blood_run.data
    assert same(read_cells(blood_run.path, DataOptions()), blood_run.data)


# What is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, 3, [[1.0, 2.0]], {"x": 1}])
def test_what_holds_no_cells_is_refused(given):
    with pytest.raises(InputError, match=r"an AnnData object, a path.*Snapshots.from_arrays"):
        read_cells(given, DataOptions())


def test_an_address_is_refused():
    with pytest.raises(InputError, match="download it first"):
        read_cells("https://example.org/cells.h5ad", DataOptions())


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"which is neither.*name the file or the store"):
        read_cells(tmp_path, DataOptions())


def test_a_path_that_no_file_can_have_is_refused():
    with pytest.raises(MissingFileError, match="too long"):
        read_cells("x" * 5000, DataOptions())


def test_a_file_that_is_absent_names_its_neighbour(counts):
    with pytest.raises(MissingFileError, match=r"did you mean 'cells\.h5ad'"):
        read_cells(counts.with_name("cell.h5ad"), DataOptions())


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "cells.h5ad").write_text("gene,cell\n")
    with pytest.raises(InputError, match="not HDF5"):
        read_cells(tmp_path / "cells.h5ad", DataOptions())


def test_options_of_reading_mean_nothing_to_cells_that_are_read(expected):
    with pytest.raises(InputError) as caught:
        read_cells(expected, DataOptions("day", layer="logged", genes=["B"]))
    assert "'time', 'layer'" in str(caught.value)
    assert "genes" not in str(caught.value)


# Their values ----------------------------------------------------------------------------


def test_cells_that_are_all_alike_are_refused(toggle):
    alike = toggle.copy()
    alike.X[:] = 1.5
    with pytest.raises(InputError, match="cells that differ, found 160 alike"):
        read_cells(alike, DataOptions())


def test_genes_that_never_change_and_values_below_zero_are_warned_of(toggle):
    odd = toggle.copy()
    odd.X[:, 0], odd.X[3, 1] = 1.5, -2
    with collect_findings() as findings, pytest.warns(HillflowWarning) as caught:
        read_cells(odd, DataOptions())
    assert [one.code for one in findings] == ["data.constant-genes", "data.below-zero"]
    assert [str(one.message) for one in caught] == [one.text for one in findings]
    assert "'A'" in findings[0].text
    assert "values down to -2, in 'B'" in findings[1].text


def test_a_column_that_names_genes_and_is_not_used_is_warned_of():
    cells = hf.simulate("toggle", cells=20, times=[0, 1], knockouts="A")
    cells.obs = cells.obs.rename(columns={"perturbation": "gene_ko"})
    cells.obs["gene_ko"] = cells.obs["gene_ko"].astype(str).replace("A=knockout", "A")
    with pytest.warns(HillflowWarning, match="pass perturbation='gene_ko'"):
        data = read_cells(cells, DataOptions())
    assert len(data.conditions) == 1


def test_scaling_the_counts_of_a_small_panel_is_warned_of():
    cells = hf.simulate("toggle", cells=20, times=[0, 1])
    cells.X = (cells.X * 100 + 1).round()
    del cells.uns["hillflow"]
    with pytest.warns(HillflowWarning, match="over these 2 genes alone"):
        read_cells(cells, DataOptions(normalize=True))


def test_a_unit_of_time_that_is_not_known_is_said_once_and_not_of_the_run(counts):
    with collect_findings() as said:
        cells = read_cells(counts, DataOptions("day", time_unit="parsec", perturbation="guide",
                                               control="ctrl"))  # fmt: skip
    assert [one.code for one in said].count("data.unknown-unit") == 1
    with collect_findings() as said:  # as a run keeps them
        again = Snapshots.from_anndata(cells.to_anndata())
    assert again.time_unit == "parsec"
    assert "data.unknown-unit" not in [one.code for one in said]
