"""From options to data, edges and a field: what is read, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hillflow.cli.inputs import (
    DataChoice,
    PriorChoice,
    build_field,
    read_data,
    read_edges,
    read_gene_list,
    read_times,
    read_where,
)

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import (
    FileFormatError,
    HillflowError,
    InputError,
    MissingFileError,
    TimeError,
    UnsupportedError,
)
from hillflow.objectives import WithPrior, make_method

GENES = ("GATA1", "SPI1", "KLF1", "FLI1")


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """40 cells of counts at two times; `logged` is a layer of other numbers."""
    random = np.random.default_rng(0)
    obs = pd.DataFrame(
        {"day": np.repeat([0, 1], 20), "guide": np.tile(["ctrl", "SPI1"], 20),
         "unit": [f"u{k}" for k in range(20)] * 2},
        index=[f"c{k}" for k in range(40)],
    )  # fmt: skip
    x = random.poisson(3.0, (40, 4)).astype(np.float32) + 1
    adata = anndata.AnnData(
        x, obs=obs, var=pd.DataFrame(index=list(GENES)), layers={"logged": np.log1p(x / 3)}
    )
    adata.write_h5ad(tmp_path / "cells.h5ad")
    return tmp_path / "cells.h5ad"


def test_counts_stay_as_they_are_and_the_user_is_told(counts, capsys):
    cells = read_data(counts, DataChoice("day", "guide", "ctrl"))
    assert isinstance(cells, Snapshots)
    assert [c.name for c in cells.conditions] == ["control", "SPI1=knockout"]
    assert cells.scale == "counts"
    assert "--normalize" in capsys.readouterr().err
    read_data(counts, DataChoice("day", layer="logged"))
    assert capsys.readouterr().err == ""


def test_empty_cells_are_left_out_of_a_normalisation(counts, capsys):
    adata = anndata.read_h5ad(counts)
    adata.X[:3] = 0
    adata.write_h5ad(counts)
    cells = read_data(counts, DataChoice("day", normalize=True))
    assert len(cells) == 37
    assert "3 cells without any count are left out" in capsys.readouterr().err


def test_normalising_counts_all_genes_before_some_are_chosen(counts, tmp_path):
    (tmp_path / "genes.txt").write_text("# chosen\nSPI1\n\nGATA1\n")
    choice = DataChoice("day", normalize=True, genes=tmp_path / "genes.txt")
    cells = read_data(counts, choice)
    raw = anndata.read_h5ad(counts).X
    expected = np.log1p(raw / raw.sum(axis=1, keepdims=True) * 1e4)
    assert cells.genes == ("SPI1", "GATA1")
    np.testing.assert_allclose(cells.x, expected[:, [1, 0]], rtol=1e-5)


def test_a_series_makes_trajectories(counts):
    courses = read_data(counts, DataChoice("day", series="unit", layer="logged"))
    assert isinstance(courses, Trajectories)
    assert len(courses) == 20


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (DataChoice("dya"), "did you mean 'day'"),
        (DataChoice("day", "giude", "ctrl"), "did you mean 'guide'"),
        (DataChoice("day", "guide"), "the control label 'control'"),
        (DataChoice("day", layer="loged"), "did you mean 'logged'"),
        (DataChoice("day", layer="logged", normalize=True), "leave --normalize out"),
        (DataChoice("day", series="unit", normalize=True), "bring the series to one scale"),
        (DataChoice("day", genes=Path("absent.txt")), "a list of genes at absent.txt"),
    ],
)
def test_mistakes_name_what_to_do(counts, choice, message):
    with pytest.raises(HillflowError) as caught:
        read_data(counts, choice)
    assert message in str(caught.value)


def test_gene_lists(tmp_path):
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(InputError, match="one a line"):
        read_gene_list(tmp_path / "empty.txt")
    (tmp_path / "twice.txt").write_text("A\nB\nA\n")
    with pytest.raises(InputError, match="each gene once"):
        read_gene_list(tmp_path / "twice.txt")
    with pytest.raises(MissingFileError, match=r"did you mean 'twice\.txt'"):
        read_gene_list(tmp_path / "twcie.txt")


def test_edges_of_a_prior_with_and_without_free_ones(capsys):
    edges = read_edges(PriorChoice("hematopoiesis"), GENES)
    assert edges is not None
    assert not edges.free.any()
    said = capsys.readouterr().err
    assert "of 30 edges" in said
    assert "Krumsiek" in said
    every = read_edges(PriorChoice("hematopoiesis", free_edges="all"), GENES)
    assert every is not None
    assert len(every) >= 12
    assert int((~every.free).sum()) == len(edges)
    assert read_edges(PriorChoice(), GENES) is None


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (PriorChoice(free_edges="al"), "did you mean 'all'"),
        (PriorChoice(free_edges="all"), "no --prior"),
        (PriorChoice(organism="mouse", fold_case=True), "--organism and --fold-case"),
        (PriorChoice("hematopoesis"), "did you mean 'hematopoiesis'"),
    ],
)
def test_options_of_a_prior_that_do_not_fit(choice, message):
    with pytest.raises(HillflowError) as caught:
        read_edges(choice, GENES)
    assert message in str(caught.value)


def test_fields_take_the_edges_or_say_that_they_cannot():
    method = make_method("default")
    edges = read_edges(PriorChoice("hematopoiesis"), GENES)
    assert edges is not None
    masked, same = build_field("hill", method, GENES, edges, 0)
    assert int((masked.edge_weights() != 0).sum()) <= len(edges)
    assert same is method
    _, pulled = build_field("hill-dense", method, GENES, edges, 0)
    assert all(isinstance(stage.objective, WithPrior) for stage in pulled.stages)
    assert build_field("mlp", method, GENES, None, 0)[0].genes == GENES
    with pytest.raises(UnsupportedError, match="a field that can use a prior"):
        build_field("mlp", method, GENES, edges, 0)
    with pytest.raises(InputError, match="did you mean 'hill'"):
        build_field("hil", method, GENES, None, 0)


@pytest.mark.parametrize(
    ("text", "unit", "times"),
    [("12, 24", "h", [12.0, 24.0]), ("day 1,36h", "h", [24.0, 36.0]), ("2.5", "", [2.5])],
)
def test_times_are_numbers_or_labels(text, unit, times):
    assert read_times(text, unit) == times


@pytest.mark.parametrize("text", ["", "soon", "1 2"])
def test_times_that_cannot_be_read(text):
    with pytest.raises(TimeError):
        read_times(text, "h")


def test_rows_of_the_priors_file_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "several.csv"
    path.write_text("level,source,target\na,GATA1,SPI1\nb,GATA1,SPI1\nb,SPI1,GATA1\n")
    with pytest.raises(InputError, match="--where level=b"):
        read_edges(PriorChoice(str(path)), GENES)
    edges = read_edges(PriorChoice(str(path), where=("level=b",)), GENES)
    assert edges is not None
    assert len(edges) == 2
    with pytest.raises(InputError, match="'gene1'"):
        read_edges(PriorChoice(str(path), where=("level=b",), format="beeline"), GENES)
    with pytest.raises(InputError, match="write --where COLUMN=VALUE"):
        read_where(["level"])
    with pytest.raises(InputError, match="a prior network for --where"):
        read_edges(PriorChoice(where=("level=b",)), GENES)


def test_a_list_of_genes_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_bytes(b"GATA1\n\xff\xfe")
    with pytest.raises(FileFormatError, match="plain text"):
        read_gene_list(path)
