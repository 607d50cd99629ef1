"""Outputs are refused before the work, and a missing input is answered with its neighbours."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hillflow.errors import InputError, MissingFileError
from hillflow.files import absent, check_file, check_output_file, check_output_folder, write_error


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> None:  # root may write anywhere
        raise PermissionError(errno.EACCES, "", str(dir))

    monkeypatch.setattr("hillflow.files.tempfile.TemporaryFile", refuse)


def test_good_outputs_pass_and_nothing_is_made(tmp_path: Path) -> None:
    assert check_output_file(str(tmp_path / "a.h5ad"), ".h5ad") == tmp_path / "a.h5ad"
    assert check_output_file(tmp_path / "any.name") == tmp_path / "any.name"
    assert check_output_folder(tmp_path / "new" / "run") == tmp_path / "new" / "run"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("check", [check_output_file, check_output_folder])
def test_a_read_only_folder_is_refused(tmp_path: Path, read_only: None, check) -> None:
    with pytest.raises(InputError, match="Permission denied") as error:
        check(tmp_path / "new.h5ad")
    assert str(tmp_path) in error.value.fix


def test_a_folder_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="the file"):
        check_output_folder(tmp_path / "file" / "run")
    with pytest.raises(MissingFileError, match="found the file"):
        check_output_file(tmp_path / "file" / "a.h5ad")
    with pytest.raises(MissingFileError, match="mkdir -p"):
        check_output_file(tmp_path / "new" / "a.h5ad")
    with pytest.raises(InputError, match=r"write a\.h5ad"):
        check_output_file(tmp_path / "a.csv", ".h5ad")


def test_a_relative_path_is_looked_up_from_here(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_output_folder("demo") == Path("demo")
    assert check_output_file("a.h5ad") == Path("a.h5ad")


def test_only_refused_writes_are_the_users_side() -> None:
    full = write_error(OSError(errno.ENOSPC, "", "a.h5ad"))
    assert full is not None
    assert "No space left on device at a.h5ad" in str(full)
    assert write_error(OSError(errno.EINVAL, "")) is None
    assert write_error(OSError("something else")) is None


def test_a_missing_file_is_answered_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "prior.csv").write_text("")
    near = absent(tmp_path / "priors.csv", "a table")
    assert near.fix == f"did you mean {str(tmp_path / 'prior.csv')!r}?"
    assert str(tmp_path / "no") in absent(tmp_path / "no" / "prior.csv", "a table").fix
    assert "found a folder at" in str(absent(tmp_path, "a table"))


@pytest.mark.parametrize(
    ("name", "ending", "words"),
    [
        ("cell.h5ad", ".h5ad", ("a file at", "nothing there", "did you mean 'cells.h5ad'?")),
        ("", ".nothing", ("a file at", "a folder", "there is no .nothing in")),
        ("none/x.h5ad", ".h5ad", ("a file at", "nothing there", "there is no folder")),
    ],
)
def test_an_absent_file_names_its_neighbour(tmp_path: Path, name, ending, words) -> None:
    (tmp_path / "cells.h5ad").touch()
    (tmp_path / "cell.txt").touch()
    with pytest.raises(MissingFileError) as error:
        check_file(tmp_path / name, "a file", (ending,))
    assert all(word in str(error.value) for word in words)
    check_file(tmp_path / "cells.h5ad", "a file", (".h5ad",))


@pytest.mark.parametrize("name", ["manifest.json", "data.h5ad", "history.csv", "model/a.json"])
def test_what_a_fit_wrote_is_no_output(tmp_path: Path, name: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "manifest.json").write_text("{}")
    for path in (tmp_path / name, tmp_path / "model" / ".." / name):
        with pytest.raises(InputError, match="not a file of a fit"):
            check_output_file(path)
    assert check_output_file(tmp_path / "others.csv").name == "others.csv"


def test_a_pipe_is_no_output(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.csv")
    with pytest.raises(InputError, match="a device or a pipe"):
        check_output_file(tmp_path / "p.csv")


@pytest.mark.parametrize("name", ["ranking.csv", "laws.json", "edges.about.json"])
def test_a_result_of_one_kind_never_replaces_anothers(tmp_path: Path, name: str) -> None:
    (tmp_path / "manifest.json").touch()
    with pytest.raises(InputError, match=f"not a file of a run, found {name}"):
        check_output_file(tmp_path / name, own="edges.csv")
    assert check_output_file(tmp_path / name, own=name) == tmp_path / name


def test_a_link_to_a_file_of_a_fit_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").touch()
    (tmp_path / "a.csv").symlink_to(tmp_path / "run" / "history.csv")
    with pytest.raises(InputError, match="not a file of a fit"):
        check_output_file(tmp_path / "a.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "b.csv")
    with pytest.raises(InputError, match="a link to itself"):
        check_output_file(tmp_path / "b.csv")


def test_a_link_to_nothing_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match="a link to nothing or to itself"):
        check_output_folder(tmp_path / "run")


@pytest.mark.parametrize("check", [check_output_file, check_output_folder])
@pytest.mark.parametrize("path", ["~", "~/x.csv", "~user/x"])
def test_a_tilde_is_not_guessed(check, path: str) -> None:
    with pytest.raises(InputError, match="without ~"):
        check(path)


def test_a_deleted_current_folder_is_named(tmp_path: Path, monkeypatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    error = write_error(FileNotFoundError(errno.ENOENT, ""))
    monkeypatch.chdir(tmp_path)
    assert error is not None
    assert "Expected a current folder, found one that was deleted" in str(error)


def test_a_full_disk_as_hdf5_reports_it() -> None:
    text = "Can't decrement id ref count (file write failed: time = Mon\n, errno = 28, error ="
    error = write_error(RuntimeError(text))
    assert error is not None
    assert "No space left on device" in str(error)
    assert write_error(RuntimeError("something else")) is None
