"""What people write for an option: lists of names, times, genes in a file, rows to keep."""

from __future__ import annotations

import pytest

from hillflow.errors import FileFormatError, GeneNameError, InputError, MissingFileError, TimeError
from hillflow.workflow.reading import gene_list, names, one_time, rows_to_keep, times


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, []), ("", []), ("A, B,,C ", ["A", "B", "C"]), (["A", "B"], ["A", "B"]),
        (("A+B",), ["A+B"]), ([1, 2], ["1", "2"]),
    ],
)  # fmt: skip
def test_names_are_a_list_or_text_with_commas(given, expected):
    assert names(given) == expected


@pytest.mark.parametrize(
    ("given", "unit", "expected"),
    [
        ("12, 24", "h", [12.0, 24.0]), ("day 1,36h", "h", [24.0, 36.0]), ("2.5", "", [2.5]),
        (None, "h", None), (3, "h", [3.0]), ([1, 2.5], "", [1.0, 2.5]),
        (["day 1", "36h"], "h", [24.0, 36.0]),
    ],
)  # fmt: skip
def test_times_are_numbers_or_labels(given, unit, expected):
    assert times(given, unit) == expected


@pytest.mark.parametrize("given", ["", "soon", "1 2", [], ["soon"]])
def test_times_that_cannot_be_read(given):
    with pytest.raises(TimeError):
        times(given, "h")


def test_one_time_is_the_first_or_none():
    assert one_time("day 1", "h") == 24.0
    assert one_time(None, "h") is None


def test_gene_lists(tmp_path):
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(InputError, match="one a line"):
        gene_list(tmp_path / "empty.txt")
    (tmp_path / "twice.txt").write_text("A\nB\nA\n")
    with pytest.raises(InputError, match="each gene once"):
        gene_list(tmp_path / "twice.txt")
    with pytest.raises(MissingFileError, match=r"did you mean 'twice\.txt'"):
        gene_list(tmp_path / "twcie.txt")


def test_genes_may_be_named_in_python():
    assert gene_list(["A", "B"]) == ("A", "B")
    assert gene_list(None) is None
    with pytest.raises(GeneNameError, match="'A'"):
        gene_list(["A", "A"])


def test_a_list_of_genes_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_bytes(b"GATA1\n\xff\xfe")
    with pytest.raises(FileFormatError, match="plain text"):
        gene_list(path)


def test_rows_to_keep_are_columns_with_their_values():
    assert rows_to_keep(["level=A", "kind = x", "level=B"]) == {"level": ["A", "B"], "kind": ["x"]}
    assert rows_to_keep({"level": "A"}) == {"level": "A"}
    assert rows_to_keep(None) == rows_to_keep(()) == {}
    with pytest.raises(InputError, match=r"write where=.*--where COLUMN=VALUE"):
        rows_to_keep(["level"])


def test_a_mapping_is_no_list_of_names():
    with pytest.raises(InputError, match="a list of names, found a dict"):
        names({"GATA1": 0.5})
