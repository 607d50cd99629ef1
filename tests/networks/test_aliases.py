"""Alias tables: two columns, many to one but never one to many."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.errors import FileFormatError, GeneNameError, InputError
from hillflow.networks import read_aliases


def test_two_columns_with_a_header_that_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "orthologs.tsv"
    path.write_text("human\tmouse\nTP53\tTrp53\nRELA\tNfkb\nNFKB1\tNfkb\nTP53\tTrp53\n")
    aliases = read_aliases(path)
    assert aliases == {"human": "mouse", "TP53": "Trp53", "RELA": "Nfkb", "NFKB1": "Nfkb"}


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("A,B\nA,C\n", InputError, "several for 'A'"),
        ("A,B,C\n", FileFormatError, "2 fields"),
        ("A,7-Sep\n", GeneNameError, "SEPTIN7"),
    ],
)
def test_unusable_tables(tmp_path: Path, text: str, error: type, word: str) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text(text)
    with pytest.raises(error, match=word):
        read_aliases(path)
