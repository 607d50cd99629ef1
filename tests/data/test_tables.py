from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import (
    FileFormatError,
    GeneNameError,
    HillflowWarning,
    InputError,
    InterventionError,
    MissingFileError,
    TimeError,
)
from hillflow.interventions import Intervention

GENES = ["GATA1", "SPI1", "a&b<c>", "7157"]


@pytest.fixture
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.random((40, 4)), columns=GENES, index=[f"c{k}" for k in range(40)])
    frame.insert(1, "time", ["day 1", "day 3"] * 20)
    return frame


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.tsv.gz", "t.txt"])
@pytest.mark.parametrize("index", [True, False])
def test_files_and_frames_agree(table, tmp_path, name, index):
    separator = "," if ".csv" in name else "\t"
    table.to_csv(tmp_path / name, sep=separator, index=index)
    data = Snapshots.from_frame(tmp_path / name)
    assert data.genes == tuple(GENES)
    np.testing.assert_array_equal(data.x, table[GENES].to_numpy())
    assert list(data.times) == [1, 3]
    assert data.time_unit == "d"
    assert list(data.cells) == (list(table.index) if index else [str(k) for k in range(40)])
    np.testing.assert_array_equal(Snapshots.from_frame(table).x, data.x)


@given(st.lists(st.text("Aa09 -._<&é'\"", min_size=1), min_size=1, max_size=4, unique=True))
def test_any_usable_gene_name_survives_a_file(tmp_path_factory, names):
    names = [f"g{name}g" for name in names]
    path = tmp_path_factory.mktemp("tables") / "t.tsv"
    frame = pd.DataFrame(np.random.default_rng(0).random((4, len(names))), columns=names)
    frame.assign(time=[0, 1, 0, 1]).to_csv(path, sep="\t", index=False)
    data = Snapshots.from_frame(path, min_cells=1)
    assert data.genes == tuple(names)
    np.testing.assert_array_equal(data.x, frame.to_numpy())


def test_a_nameless_first_column_is_no_gene(table, tmp_path):
    table.reset_index(drop=True).to_csv(tmp_path / "t.csv")  # pandas writes 0, 1, 2, …
    assert Snapshots.from_frame(tmp_path / "t.csv").genes == tuple(GENES)


def test_chosen_columns_and_perturbations(table):
    table["note"] = "text"
    table["guide"] = ["none", "none", "SPI1", "SPI1"] * 10
    data = Snapshots.from_frame(
        table, genes=["7157", "SPI1"], perturbation="guide", control="none", kind="cut", unit="h"
    )
    assert data.genes == ("7157", "SPI1")
    np.testing.assert_array_equal(data.x, table[["7157", "SPI1"]])
    assert data.conditions == (Intervention.control(), Intervention.cut_outgoing("SPI1"))
    assert (data.time_unit, list(data.times)) == ("h", [24, 72])


def test_a_column_named_perturbation_is_read(table):
    table["perturbation"] = ["control", "control", "SPI1", "SPI1"] * 10
    expected = (Intervention.control(), Intervention.knockout("SPI1"))
    data = Snapshots.from_frame(table)
    assert (data.conditions, data.genes) == (expected, tuple(GENES))
    assert Snapshots.from_frame(table, perturbation=None).conditions == expected[:1]
    table["series"] = np.repeat(np.arange(20), 2)
    courses = Trajectories.from_frame(table)
    assert courses.conditions == expected * 10
    assert courses.genes == tuple(GENES)


NOTES = [
    "batch", "donor", "n_counts", "nCount_RNA", "total_counts_mt", "pct_counts_mt", "leiden",
    "percent.mt", "doublet_score", "G2M_score", "n_genes_by_counts", "dpt_pseudotime",
]  # fmt: skip


@pytest.mark.parametrize("name", NOTES)
def test_numbers_that_are_notes_on_the_cells_are_named(table, name):
    table[name] = 1.0
    with pytest.warns(HillflowWarning, match=rf"annotations of cells: '{name}'. Pass genes=\[…\]"):
        assert name in Snapshots.from_frame(table).genes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Snapshots.from_frame(table, genes=GENES)


def test_genes_are_not_taken_for_notes(table):
    names = ["BATF", "CLUL1", "SERPINA1", "LABX", "NCOA1", "DPT", "AGER", "CELF1", "WT1", "PCTP"]
    for name in names:
        table[name] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Snapshots.from_frame(table).genes == (*GENES, *names)


@pytest.mark.parametrize(
    ("name", "separator", "plural"),
    [("t.csv", ";", "semicolons"), ("t.csv", "\t", "tabs"), ("t.tsv", ",", "commas"),
     ("t.txt", ";", "semicolons")],
)  # fmt: skip
@pytest.mark.parametrize("decimal", [".", ","])
def test_another_separator_is_named(table, tmp_path, refused, name, separator, plural, decimal):
    table.to_csv(tmp_path / name, sep=separator, decimal=decimal, index=False)
    with refused(FileFormatError, "by its ending", f"with {plural} in it", f"sep={separator!r}"):
        Snapshots.from_frame(tmp_path / name)
    if decimal != separator:
        read = pd.read_csv(tmp_path / name, sep=separator, decimal=decimal)
        assert Snapshots.from_frame(read).genes == tuple(GENES)


@pytest.mark.parametrize("first", ["gene", None])
def test_genes_in_rows_are_noticed(table, tmp_path, refused, first):
    turned = table[["GATA1", "SPI1"]].T.rename_axis(first)
    turned.to_csv(tmp_path / "t.csv")
    call = "table.set_index('gene').T" if first else "table.T"
    found = "rows with names like genes ('GATA1', 'SPI1')"
    with refused(TimeError, "a column 'time'", found, f"pass {call} with a column 'time'"):
        Snapshots.from_frame(tmp_path / "t.csv")


def test_whole_numbers_are_counts(table):
    table[GENES] = np.arange(160).reshape(40, 4)
    assert Snapshots.from_frame(table).scale == "counts"
    table[GENES[:2]] = table[GENES[:2]].astype("Int64")
    assert Snapshots.from_frame(table).x.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "options", "kind", "expected", "found", "fix"),
    [
        (lambda t: t.rename(columns={"time": "Time "}), {}, TimeError, "a column 'time'", "none",
         "did you mean 'Time '?"),
        (lambda t: t.assign(time="soon"), {}, TimeError, "in column 'time'", "'soon'", "write"),
        (lambda t: t.assign(note="x"), {}, InputError, "numbers in every gene column",
         "text in 'note'", "pass genes=[…]"),
        (lambda t: t, {"genes": ["SPI"]}, GeneNameError, "genes of the data", "'SPI'",
         "did you mean 'SPI1'?"),
        (lambda t: t, {"perturbation": "guide"}, InputError, "a column 'guide' with",
         "none", "choose one of 5"),
        (lambda t: t.assign(perturbation="SPI1"), {}, InputError, "control label 'control'",
         "'SPI1'", "control=None"),
        (lambda t: t.assign(perturbation="SPI1"), {"genes": ["GATA1"], "control": None},
         InputError, "every perturbed gene", "'SPI1' left out", "add SPI1, or drop"),
        (lambda t: t.assign(guide="SPI"), {"perturbation": "guide", "control": None},
         InterventionError, "perturbed genes among", "'SPI", "did you mean 'SPI1'?"),
        (lambda t: t.assign(SPI1=np.nan), {}, InputError, "finite", "'SPI1'", "impute"),
        (lambda t: t.rename(columns={"GATA1": "SPI1"}), {}, GeneNameError, "each gene once",
         "'SPI1'", "duplicated"),
        (lambda t: t.rename(columns={"GATA1": "SPI1"}), {"genes": ["SPI1"]}, GeneNameError,
         "each gene once", "'SPI1'", "duplicated"),
        (lambda t: t.rename(columns={"GATA1": "1-Dec"}), {}, GeneNameError, "gene symbols",
         "'1-Dec'", "before Excel"),
        (lambda t: t[["time"]], {}, InputError, "genes", "none left", "less strict"),
        (lambda t: t[:0], {}, InputError, "cells", "none left", "less strict"),
        (lambda t: t.set_axis(["c"] * 40), {}, InputError, "each cell name once", "'c'",
         ".reset_index(drop=True)"),
    ],
)  # fmt: skip
def test_mistakes_are_refused(table, refused, change, options, kind, expected, found, fix):
    with refused(kind, expected, found, fix):
        Snapshots.from_frame(change(table), **options)


def test_files_that_cannot_be_read(table, tmp_path, refused):
    table.to_csv(tmp_path / "cells.csv")
    with refused(MissingFileError, "a table at", "nothing there", "did you mean 'cells.csv'?"):
        Snapshots.from_frame(tmp_path / "cell.csv")
    (tmp_path / "ragged.csv").write_text("time,A\n0,1\n0,1,2,3\n")
    with refused(FileFormatError, "a comma-separated table", "fields", "DataFrame.to_csv"):
        Snapshots.from_frame(tmp_path / "ragged.csv")
    (tmp_path / "empty.tsv").write_text("")
    with refused(FileFormatError, "a tab-separated table", "No columns", "DataFrame.to_csv"):
        Snapshots.from_frame(tmp_path / "empty.tsv")
    (tmp_path / "binary.csv").write_bytes(b"time,\xff\xfe\n0,1\n")
    with refused(FileFormatError, "a comma-separated table", "decode", "DataFrame.to_csv"):
        Snapshots.from_frame(tmp_path / "binary.csv")
    (tmp_path / "twice.csv").write_text("time,A,A\n0,1,2\n1,1,2\n")
    with refused(GeneNameError, "each column once", "'A' several", "duplicated columns"):
        Snapshots.from_frame(tmp_path / "twice.csv")


@pytest.mark.parametrize("kept", [5, 200, 600])
def test_a_gzip_file_cut_short(table, tmp_path, refused, kept):
    table.to_csv(tmp_path / "t.csv.gz")
    whole = (tmp_path / "t.csv.gz").read_bytes()
    (tmp_path / "t.csv.gz").write_bytes(whole[:kept])
    with refused(FileFormatError, "a comma-separated table", "", "DataFrame.to_csv"):
        Snapshots.from_frame(tmp_path / "t.csv.gz")


def test_trajectories(table, tmp_path, refused):
    table["series"] = np.repeat(np.arange(20), 2)
    table.to_csv(tmp_path / "t.csv")
    data = Trajectories.from_frame(tmp_path / "t.csv")
    assert data.names == tuple(str(k) for k in range(20))
    np.testing.assert_array_equal(data.observations("3")[1], table[GENES].to_numpy()[6:8])
    one = Trajectories.from_frame(
        table[:2].drop(columns="series"), series=None, genes=["SPI1"], scale="log1p"
    )
    assert (one.names, one.genes, one.scale) == (("series",), ("SPI1",), "log1p")
    with refused(InputError, "a column 'donor'", "none", "choose one of 6"):
        Trajectories.from_frame(table, series="donor")
    with refused(TimeError, "a column 'day'", "none", "time=…"):
        Trajectories.from_frame(table, time="day")
    table.loc["c0", "series"] = np.nan
    with refused(InputError, "a series for every row in 'series'", "1 of 40 missing", "name the"):
        Trajectories.from_frame(table)
