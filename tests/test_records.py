from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from hillflow.errors import FileFormatError, InputError, MissingFileError
from hillflow.records import (
    check_file,
    damaged,
    difference,
    parse,
    read_record,
    reading,
    sha256_of,
    special,
    write_record,
)


class Numbers(Struct, forbid_unknown_fields=True):
    a: list[float | str | None]
    format: str = ""
    sha256: str | None = None


def test_a_record_reads_back(tmp_path):
    path = tmp_path / "x.json"
    write_record(path, {"a": [1, 0.1, None, "ü"]}, Numbers)
    assert read_record(path, Numbers) == {"a": [1, 0.1, None, "ü"]}
    assert len(json.loads(path.read_text())["sha256"]) == 64
    with pytest.raises(ValueError, match="JSON compliant"):
        write_record(path, {"a": [math.nan]}, Numbers)
    assert read_record(path, Numbers) == {"a": [1, 0.1, None, "ü"]}
    path.write_text(json.dumps(dict(reversed(json.loads(path.read_text()).items())), indent=9))
    assert read_record(path, Numbers) == {"a": [1, 0.1, None, "ü"]}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_any_number_and_text_keeps_its_digest(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("r") / "x.json"
    write_record(path, {"a": values}, Numbers)
    assert read_record(path, Numbers) == {"a": values}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b'{"a": ', "not JSON"),
        (b"\xff", "not text in UTF-8"),
        (b"[1]", "a list instead of a JSON object"),
        (b'{"a": [NaN]}', "the number NaN"),
        (b'{"a": [-Infinity]}', "the number -Infinity"),
        (b'{"a": [1e999]}', "the number 1e999"),
        (b'{"a": [' + b"9" * 5000 + b"]}", "too large"),
        (b'{"a": ' + b"[" * 100_000, "more than 32 levels deep"),
        (b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}", "more than 32 levels deep"),
        (b'{"a": [], "a": []}', "the name 'a' twice"),
        (b'{"a": {}}', "a: Expected array, got object"),
        (b'{"a": [1, {}]}', r"a\[1\\?\]: Expected"),
        (b"{}", "missing required field a"),
        (b'{"a": [], "b": 1}', "unknown field b"),
        (b'{"a": [], "sha256": "0"}', "changed since it was written"),
    ],
)
def test_damage_is_named(content, words, tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=rf"found damaged file: x\.json: .*{words}"):
        read_record(path, Numbers)


def test_a_record_of_another_kind_is_told(tmp_path):
    class Others(Numbers):
        pass

    write_record(tmp_path / "x.json", {"a": [1]}, Others)
    with pytest.raises(FileFormatError, match="changed since it was written"):
        read_record(tmp_path / "x.json", Numbers)


def test_brackets_in_text_are_no_levels():
    value = {"a": "[" * 100 + '"' + "{" * 100}
    assert parse(json.dumps(value)) == value
    with pytest.raises(ValueError, match="not JSON"):
        parse('{"a": "' + r"\"" * 100_000)  # no end of the text, in linear time


def test_missing_files_and_other_formats_are_told(tmp_path):
    with pytest.raises(MissingFileError, match=r"x\.json: missing"):
        read_record(tmp_path / "x.json", Numbers)
    path = tmp_path / "x.json"
    path.write_text('{"format": "numbers-9", "versions": {"hillflow": "7.1"}}')
    with pytest.raises(FileFormatError, match=r"numbers-9.*wrote it \(7\.1\)"):
        read_record(path, Numbers, format="numbers-1")
    path.write_text('{"format": ["numbers-9"], "versions": 3}')
    with pytest.raises(FileFormatError, match=r"damaged file.*not 'numbers-1'"):
        read_record(path, Numbers, format="numbers-1")


def test_a_file_of_a_run_is_named_from_its_folder(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    error = damaged(tmp_path / "model" / "member-0" / "model.json", "a reason.\n")
    assert error.found == "damaged run: model/member-0/model.json: a reason"
    path = tmp_path / "a.csv"
    with pytest.raises(FileFormatError, match=r"damaged run: a\.csv: 'b'"), reading(path):
        {}["b"]
    with pytest.raises(FileFormatError, match=r"damaged run: a\.csv: two, not one"), reading(path):
        raise InputError("one", "two", "three")


def test_digests_of_files(tmp_path):
    (tmp_path / "a").write_text("1")
    digests = {"a": sha256_of(tmp_path / "a")}
    assert check_file(tmp_path, "a", digests) == tmp_path / "a"
    with pytest.raises(FileFormatError, match="not among the files"):
        check_file(tmp_path, "a", {})
    (tmp_path / "a").write_text("2")
    with pytest.raises(FileFormatError, match="changed since it was written"):
        check_file(tmp_path, "a", digests)
    with pytest.raises(MissingFileError, match="missing"):
        check_file(tmp_path, "b", digests)


def test_the_first_difference_of_genes_is_named():
    assert difference("ABC", "ABC") == ""
    assert difference("ABC", "ACB") == "genes in another order, first 'C' in place of 'B'"
    assert difference("ABC", "ABD") == "without the gene 'C'"
    assert difference("AB", "ABC") == "3 genes, not 2"


def test_floats_that_json_does_not_have():
    assert [special(value) for value in (1.5, None, math.inf, -math.inf, math.nan)] == [
        1.5, None, "inf", "-inf", "nan",
    ]  # fmt: skip
