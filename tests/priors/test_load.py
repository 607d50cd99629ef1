"""One way in: names, families, paths, and a file that stands in for a download."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.errors import InputError, MissingFileError
from hillflow.priors import load_prior

TRRUST_LINE = "Gata1\tSpi1\tRepression\t1\n"


def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("source,target\nA,B\n")
    network = load_prior(path, "yeast")
    assert (len(network), network.name, network.organism) == (1, "mine", "yeast")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"mine\.csv"):
        load_prior(tmp_path / "mine.csv")


def test_a_name_that_is_neither() -> None:
    with pytest.raises(InputError, match="hillflow priors list"):
        load_prior("nothing")


def test_a_file_stands_in_for_a_download(tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(TRRUST_LINE)
    network = load_prior("trrust", "mouse", prior_file=path)
    assert (network.name, network.organism, network.licence) == (
        "trrust-mouse", "mouse", "CC BY-SA 4.0"
    )  # fmt: skip
    assert network.sign.tolist() == [-1]


def test_from_the_data_folder(benchmark_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILLFLOW_DATA", str(benchmark_data))
    assert len(load_prior("trrust")) == 8427
    assert len(load_prior("trrust", "mouse")) == 6490
    assert len(load_prior("collectri")) == 43178
