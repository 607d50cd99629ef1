"""What networks are read from: files, frames, dictionaries, and never a pickle."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pandas as pd
import pytest

from hillflow.errors import FileFormatError, InputError, MissingFileError
from hillflow.networks import Network, read_network

EXPECTED = [("SPI1", "GATA1", -2.5), ("GATA1", "SPI1", 1.0), ("NA", "E2F1", 0.25)]


def rows(network: Network) -> list[tuple[str, str, float]]:
    assert list(network.edges) == ["source", "target", "weight", "sign", "confidence"]
    columns = network.edges[["source", "target", "weight"]]
    return list(columns.itertuples(index=False, name=None))


def test_celloracle_dictionaries(tmp_path: Path) -> None:
    regulators = {"SPI1": ["GATA1", "RUNX1", "GATA1"], "GATA1": ["SPI1"]}
    path = tmp_path / "tfs.json"
    path.write_text(json.dumps(regulators))
    expected = [("GATA1", "SPI1", 1.0), ("RUNX1", "SPI1", 1.0), ("SPI1", "GATA1", 1.0)]
    assert (
        rows(read_network(path, inferred=True))
        == rows(read_network(regulators, inferred=True))
        == expected
    )


def test_parquet_and_frames(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(EXPECTED, columns=["source", "target", "coef_mean"])
    frame.to_parquet(tmp_path / "links.parquet")
    assert (
        rows(read_network(tmp_path / "links.parquet", inferred=True))
        == rows(read_network(frame, inferred=True))
        == EXPECTED
    )


@pytest.mark.parametrize("name", ["dict.pkl", "dict.csv"])
def test_a_pickle_is_never_opened(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(pickle.dumps({"SPI1": ["GATA1"]}))
    with pytest.raises(FileFormatError, match="pickle"):
        read_network(tmp_path / name, inferred=True)


def test_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text(
        "source,target,weight\nGATA1,SPI1,1\nSPI1,GATA1,-2.5\nNA,E2F1,0.25\n"
    )
    with pytest.raises(MissingFileError, match="did you mean"):
        read_network(tmp_path / "edgs.csv", inferred=True)
    with pytest.raises(InputError, match="did you mean 'genie3'"):
        read_network(tmp_path / "edges.csv", "GENIE", inferred=True)
    with pytest.raises(InputError, match="a file, a DataFrame or a dictionary"):
        read_network(3, inferred=True)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a table to select rows of"):
        read_network({"A": ["B"]}, where={"x": 1}, inferred=True)
    assert rows(read_network(tmp_path / "edges.csv", "table", inferred=True)) == EXPECTED
    with pytest.raises(FileFormatError, match="a table of edges in the dictionary"):
        read_network({"A": ["B"]}, "table")


def test_a_known_network_is_read_from_the_same_sources(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"source": ["A", "A"], "target": ["B", "B"], "sign": ["+", "-"]})
    network = read_network(frame, name="mine")
    assert network.both.tolist() == [True]
    assert (network.name, read_network(frame).name) == ("mine", "the table")
    frame.to_parquet(tmp_path / "known.parquet")
    assert read_network(tmp_path / "known.parquet", name="mine") == network
    assert read_network({"B": ["A"]}).pairs() == [("A", "B")]
    (tmp_path / "known.pkl").write_bytes(pickle.dumps({"B": ["A"]}))
    with pytest.raises(FileFormatError, match="pickle"):
        read_network(tmp_path / "known.pkl")
