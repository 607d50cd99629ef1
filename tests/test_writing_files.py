from __future__ import annotations

import pytest

from hillflow.errors import FileFormatError, MissingFileError
from hillflow.files import read_json, replacing, write_json


def halfway(path, write):
    with replacing(path) as draft:
        write(draft)
        raise RuntimeError


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        halfway(path, lambda draft: draft.write_text("half"))
    assert path.read_text() == "old"
    with replacing(path) as draft:
        assert draft.suffix == ".txt"  # writers that look at the ending get the right one
        draft.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_takes_the_place_of_another(tmp_path):
    path = tmp_path / "model"
    for content in ("one", "two"):
        with replacing(path) as draft:
            draft.mkdir()
            (draft / content).write_text(content)
        assert [entry.name for entry in path.iterdir()] == [content]
    with pytest.raises(RuntimeError):
        halfway(path, lambda draft: draft.mkdir())
    assert [entry.name for entry in tmp_path.rglob("*")] == ["model", "two"]


def test_json_reads_back_and_damage_is_told(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, {"a": [1, 0.1, None, "ü"]})
    assert read_json(path, "numbers") == {"a": [1, 0.1, None, "ü"]}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert read_json(path, "numbers") == {"a": [1, 0.1, None, "ü"]}
    with pytest.raises(MissingFileError, match="numbers in"):
        read_json(tmp_path / "none.json", "numbers")
    path.write_text('{"a": ')
    with pytest.raises(FileFormatError, match="damaged"):
        read_json(path, "numbers")
    path.write_text("[1]")
    with pytest.raises(FileFormatError, match="found list"):
        read_json(path, "numbers")
