"""CellOracle's two forms of a base network, and what is refused as one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hillflow.errors import FileFormatError
from hillflow.networks import from_base_grn, from_tfdict, read_prior


def test_tfdict_is_keyed_by_target() -> None:
    network = from_tfdict({"MYC": ["SPI1", "JUN"], "JUN": ["JUN"]}, organism="human")
    assert network.source.tolist() == ["SPI1", "JUN", "JUN"]
    assert network.target.tolist() == ["MYC", "MYC", "JUN"]
    assert network.sign.tolist() == [0, 0, 0]
    assert network.organism == "human"


def test_peaks_of_one_gene_are_united() -> None:
    frame = pd.DataFrame(
        {"peak_id": ["p", "q"], "gene_short_name": ["MYC", "MYC"], "A": [1, 1], "B": [0, 1]}
    )
    network = from_base_grn(frame)
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
        from_base_grn(pd.DataFrame(columns))


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "base.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(FileFormatError, match="copy or download it again"):
        read_prior(path)
