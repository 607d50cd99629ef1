from __future__ import annotations

import pytest

from hillflow.files import replacing


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
