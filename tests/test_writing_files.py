from __future__ import annotations

from pathlib import Path

import pandas as pd
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


def test_a_link_is_written_through_to_its_target(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.csv", tmp_path / "a.csv"
    link.symlink_to(target)
    with replacing(link) as draft:
        draft.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_pandas_gets_a_path_that_it_does_not_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~").mkdir()
    with replacing(Path("~/a.csv")) as draft:
        pd.DataFrame({"a": [1]}).to_csv(draft)
    assert (tmp_path / "~" / "a.csv").is_file()
