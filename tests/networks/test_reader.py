"""Known networks in files: rows merged, nothing passed over without a word, the rest refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hillflow.errors import FileFormatError, GeneNameError, HillflowWarning, InputError
from hillflow.networks import read_network

from ..networks_to_write import signed_edges


@pytest.mark.parametrize("weight", ["high", "nan", "inf"])
def test_weights_must_be_finite_numbers(write, weight: str) -> None:
    with pytest.raises(FileFormatError, match="edge 1"):
        read_network(write(f"source,target,weight\nA,B,{weight}\n"))


def test_other_columns_are_not_dropped_without_a_word(write) -> None:
    path = write("noise,source,target,weight\n0.0,A,B,1\n0.1,A,C,-1\n")
    with pytest.warns(HillflowWarning, match="'noise'"):
        assert len(read_network(path)) == 2


def test_several_networks_in_one_file_need_a_choice(write) -> None:
    path = write("noise,source,target,weight\n0.0,A,B,1\n0.1,A,C,-1\n0.1,A,B,1\n")
    with pytest.raises(FileFormatError, match=r"another 'noise' \('0\.0', '0\.1'\)") as error:
        read_network(path)
    assert "--where noise=0.1" in error.value.fix
    assert signed_edges(path, where={"noise": 0}) == [("A", "B", 1)]
    with pytest.raises(FileFormatError, match=r"'0\.0', '0\.1'"):
        read_network(path, where={"noise": 7})
    with pytest.raises(FileFormatError, match="'missing'"):
        read_network(path, where={"missing": 7})


def test_rows_that_may_be_no_edges_need_a_choice(write) -> None:
    path = write("source,target,chip_bound\nA,B,1\nA,C,0\n")
    with pytest.raises(FileFormatError, match="perhaps not every row is an edge") as error:
        read_network(path)
    assert "--where chip_bound=1" in error.value.fix
    assert signed_edges(path, where={"chip_bound": 1}) == [("A", "B", 0)]
    path = write("source,target,chip_bound\nA,B,1\nA,C,1\n")
    with pytest.warns(HillflowWarning, match="not used"):
        assert len(read_network(path)) == 2


def test_a_written_index_is_no_column(write) -> None:
    assert signed_edges(write(",source,target\n0,A,B\n")) == [("A", "B", 0)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("regulator,gene\nA,B\n", "pyscenic"),
        ("A,B,1\n", "name the columns"),
        ("source,target,sign\n", "only a header"),
        ("", "empty"),
        ("\n\n", "empty"),
        ("source,target\nA,B\nA,B,C\n", "line 3"),
        ('source,target\n"A,B\n', "quotes"),
        ("source,target,source\nA,B,C\n", "more than once"),
    ],
)
def test_wrong_files_are_refused(write, text: str, word: str) -> None:
    with pytest.raises(FileFormatError, match=word):
        read_network(write(text))


def test_wrong_format_names(write) -> None:
    path = write("source,target\nA,B\n")
    with pytest.raises(InputError, match="'dorothea'"):
        read_network(path, "dorotea")
    with pytest.raises(FileFormatError, match="'mor' missing"):
        read_network(write("tf,target,confidence\nA,B,A\n"), "dorothea")


def test_spreadsheet_dates_are_refused(write) -> None:
    with pytest.raises(GeneNameError, match="SEPTIN7"):
        read_network(write("7-Sep\tBAX\tUnknown\t1\n", "t.tsv"))


@pytest.mark.parametrize("encode", [lambda b: b, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_line_ends_byte_order_marks_and_gzip(tmp_path: Path, mark, ends, encode) -> None:
    lines = [b"source;target;sign", b"A; B ;1", b"", b"B;A;-1", b""]
    path = tmp_path / "prior.csv.gz"
    path.write_bytes(encode(mark + ends.join(lines)))
    assert signed_edges(path) == [("A", "B", 1), ("B", "A", -1)]
    assert read_network(path).name == "prior"
