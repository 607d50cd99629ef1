"""CellOracle's forms of a network, and what is refused as one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hillflow.errors import FileFormatError
from hillflow.networks import read_network

from ...networks_to_write import signed_edges


def test_tfdict_is_keyed_by_target() -> None:
    network = read_network({"MYC": ["SPI1", "JUN"], "JUN": ["JUN"]}, organism="human")
    assert network.source.tolist() == ["SPI1", "JUN", "JUN"]
    assert network.target.tolist() == ["MYC", "MYC", "JUN"]
    assert network.sign.tolist() == [0, 0, 0]
    assert network.organism == "human"


def test_peaks_of_one_gene_are_united() -> None:
    frame = pd.DataFrame(
        {"peak_id": ["p", "q"], "gene_short_name": ["MYC", "MYC"], "A": [1, 1], "B": [0, 1]}
    )
    network = read_network(frame)
    assert set(zip(network.source, network.target, strict=True)) == {("A", "MYC"), ("B", "MYC")}
    assert network.weight.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"gene_short_name": ["MYC"], "A": [1]}, "'peak_id' missing"),
        ({"peak_id": ["p"], "gene_short_name": ["MYC"]}, "0 other columns"),
        ({"peak_id": ["p"], "gene_short_name": ["MYC"], "A": [0.5]}, "not all of 0 and 1"),
        ({"peak_id": ["p"], "gene_short_name": ["MYC"], "A": ["x"]}, "not all of 0 and 1"),
    ],
)
def test_other_tables_are_refused(columns: dict[str, list], word: str) -> None:
    with pytest.raises(FileFormatError, match=word):
        read_network(pd.DataFrame(columns), "celloracle")


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "base.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(FileFormatError, match="copy or download it again"):
        read_network(path)


def test_rows_of_parquet_cannot_be_chosen(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pd.DataFrame({"peak_id": ["p"], "gene_short_name": ["A"], "B": [1.0]}).to_parquet(
        tmp_path / "base.parquet"
    )
    with pytest.raises(FileFormatError, match="text table"):
        read_network(tmp_path / "base.parquet", where={"B": 1})


def test_base_grn_as_parquet_and_as_text(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "peak_id": ["chr1_1_2", "chr1_5_6", "chr2_1_2"],
            "gene_short_name": ["MYC", "MYC", "TP53"],
            "SPI1": [1.0, 1.0, 0.0],
            "NKX2-5": [0.0, 0.0, 1.0],
        }
    )
    expected = [("SPI1", "MYC", 0), ("NKX2-5", "TP53", 0)]
    frame.to_parquet(tmp_path / "base.parquet")
    frame.to_csv(tmp_path / "base.csv")
    assert (
        signed_edges(tmp_path / "base.parquet") == signed_edges(tmp_path / "base.csv") == expected
    )
