"""One way in: names, families, paths, and a file that stands in for a download."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hillflow.errors import ChecksumError, FileFormatError, InputError, MissingFileError
from hillflow.networks import load_prior

TRRUST_LINE = "Gata1\tSpi1\tRepression\t1\n"


def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("source,target\nA,B\n")
    network = load_prior(path, "yeast")
    assert (len(network), network.name, network.organism) == (1, "mine", "yeast")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"mine\.csv.*check the name"):
        load_prior(tmp_path / "mine.csv")


def test_a_name_that_is_neither() -> None:
    with pytest.raises(InputError, match="hillflow priors list"):
        load_prior("nothing")


def test_a_file_stands_in_for_a_download(tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(TRRUST_LINE)
    network = load_prior("trrust", "mouse", prior_file=path)
    assert (network.name, network.organism, network.licence) == (
        "copy.txt, given as trrust-mouse", "mouse", "CC BY-SA 4.0"
    )  # fmt: skip
    assert network.sign.tolist() == [-1]


@pytest.mark.parametrize("named", [False, True])
def test_a_given_file_must_have_the_checksum_that_is_demanded(tmp_path: Path, named: bool) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(TRRUST_LINE)
    right = hashlib.sha256(TRRUST_LINE.encode()).hexdigest()
    name, file = ("trrust-mouse", path) if named else (path, None)
    assert len(load_prior(name, prior_file=file, sha256=right.upper())) == 1
    with pytest.raises(ChecksumError, match=right):
        load_prior(name, prior_file=file, sha256="0" * 64)


def test_rows_and_format_reach_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("level,source,target\na,A,B\nb,A,B\nb,A,C\n")
    assert len(load_prior(path, where={"level": "b"})) == 2
    with pytest.raises(FileFormatError, match="'tf'"):
        load_prior(path, format="dorothea")


def test_the_very_file_of_the_catalogue_keeps_its_name(benchmark_data: Path) -> None:
    path = benchmark_data / "trrust" / "trrust_rawdata.mouse.tsv"
    assert load_prior("trrust-mouse", prior_file=path).name == "trrust-mouse"


def test_from_the_data_folder(benchmark_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(benchmark_data))
    assert len(load_prior("trrust")) == 8427
    assert len(load_prior("trrust", "mouse")) == 6490
    copy = load_prior("collectri")
    assert (len(copy), copy.name) == (43178, "collectri.csv, given as collectri-human")
