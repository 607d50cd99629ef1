from __future__ import annotations

import errno
import io
import subprocess
import sys

import pytest

from hillflow import __version__
from hillflow.cli import main
from hillflow.cli.app import _Forgiving, program, run
from hillflow.cli.commands import app
from hillflow.errors import InputError
from hillflow.findings import warn


def _add_command(name, function):
    app.command(name, hidden=True)(function)
    program.cache_clear()


@pytest.fixture
def command():
    """Register a command for one test."""
    before = list(app.registered_commands)
    yield _add_command
    app.registered_commands[:] = before
    program.cache_clear()


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hillflow {__version__}\n"


def test_a_users_mistake_is_one_message_and_status_2(command, capsys):
    def fails() -> None:
        raise InputError("a [cat]", "a dog", "bring a cat")

    command("fails", fails)
    assert main(["fails"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip() == "Error: Expected a [cat], found a dog. Fix: bring a cat."


def test_a_defect_shows_its_traceback_and_status_1(command, capsys):
    def breaks() -> None:
        raise RuntimeError("inside")

    command("breaks", breaks)
    assert main(["breaks"]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "defect of hillflow" in err


def test_an_interruption_is_status_130(command, capsys):
    def stops() -> None:
        raise KeyboardInterrupt

    command("stops", stops)
    assert main(["stops"]) == 130
    err = capsys.readouterr().err
    assert "Interrupted." in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["demo", "--nonsense"], ["nonsense"], ["simulate"]])
def test_wrong_options_are_status_2_without_traceback(words, capsys):
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["demo", "--help"], ["priors", "--help"]])
def test_help(words, capsys):
    assert main(words) == 0
    assert "Usage" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from hillflow.cli import main; main(['--help']); "
        "print([m for m in ('torch', 'anndata', 'scanpy', 'matplotlib') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("seed", ["-3", "99999999999999999999"])
def test_demo_refuses_a_seed_before_anything(tmp_path, capsys, seed):
    assert main(["demo", "--seed", seed, "--out", str(tmp_path / "demo")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: Expected a whole number from 0")
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["demo", "--quick"],
        ["simulate", "toggle"],
        ["fit", "cells.h5ad", "--time", "time"],
        ["predict", "run"],
        ["velocity", "run"],
    ],
)
def test_an_output_that_cannot_be_written_is_the_first_thing_said(words, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert main([*words, "--out", str(tmp_path / "file" / "out.h5ad")]) == 2
    error = capsys.readouterr().err
    assert f"the file {tmp_path}" in error.replace("'", "")
    assert "Traceback" not in error


def test_a_write_that_the_system_refuses_is_no_defect(command, capsys):
    def fills() -> None:
        raise OSError(errno.ENOSPC, "", "cells.h5ad")

    command("fills", fills)
    assert main(["fills"]) == 2
    assert "No space left on device at cells.h5ad" in capsys.readouterr().err


def test_demo_refuses_a_file_as_its_folder(tmp_path, capsys):
    (tmp_path / "demo").write_text("mine")
    assert main(["demo", "--quick", "--out", str(tmp_path / "demo")]) == 2
    assert (tmp_path / "demo").read_text() == "mine"


def test_advice_about_an_argument_names_the_option_in_its_place(command, capsys):
    def mistaken(time: str = "", resume: bool = False) -> None:
        warn("scale=True is of Python alone, time='day' is not")
        raise InputError("a", "b", "name it with time=…, or go on with resume=True (--resume)")

    command("mistaken", mistaken)
    assert main(["mistaken"]) == 2
    note, said = capsys.readouterr().err.splitlines()
    assert note == "Warning: scale=True is of Python alone, --time 'day' is not"
    assert said.endswith("Fix: name it with --time, or go on with --resume.")


class _Full(io.StringIO):
    def write(self, text=""):
        raise OSError(errno.ENOSPC, "")

    flush = write


def test_a_stream_breaks_no_command(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "argv", ["hillflow", "--version", "Δ"])
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", _Full())
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 0
    assert out.errors == "replace"
    monkeypatch.setattr(sys, "argv", ["hillflow", "info", "nowhere"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2


def test_a_full_standard_error_is_silent():
    stream = _Forgiving(_Full())
    assert stream.write("a") == 1
    stream.flush()
    assert not stream.isatty()
