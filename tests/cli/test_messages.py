"""Mistakes in the words of the command line: options for arguments, and one sentence for typer."""

from __future__ import annotations

import json

import pytest
import typer

from hillflow.cli import main
from hillflow.cli.commands import app
from hillflow.cli.messages import in_options, option_names

OPTIONS = frozenset({"also", "control", "fold_case", "genes", "overwrite", "parents", "top"})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("write parents=4 and let known ones in with also=….",
         "write --parents 4 and let known ones in with --also."),
        ("replace it with overwrite=True (--overwrite)", "replace it with --overwrite"),
        ("a table as genes=… (--genes FILE), or none", "a table as --genes FILE, or none"),
        ("among genes=[…], found", "among --genes, found"),
        ("pass control='no guide', if", "pass --control 'no guide', if"),
        ("pass fold_case=True", "pass --fold-case"),
        ("found parents=-1. Fix", "found --parents -1. Fix"),
        ("found parents=0.5. Fix", "found --parents 0.5. Fix"),
        ("GATA1=ko, control=None, states=500", "GATA1=ko, control=None, states=500"),
        ("write also=[0, 1] (--also 0,1), say", "write --also 0,1, say"),
        ("call simulate(x0, top=10)", "call simulate(x0, --top 10)"),
    ],
)  # fmt: skip
def test_arguments_become_options(message, said):
    assert in_options(message, OPTIONS) == said


def test_only_options_of_the_command_at_hand_are_named():
    main(["--version"])  # registers every command
    command = typer.main.get_command(app)
    assert {"parents", "also", "genes"} <= option_names(command, ["laws", "run"])
    assert "parents" not in option_names(command, ["graph", "run"])
    assert "allow_unverified" in option_names(command, ["priors", "fetch", "trrust"])
    assert "version" in option_names(command, ["nonsense"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit", "cells.h5ad"], "Expected --out for `hillflow fit`, found none."),
        (["info"], "Expected RUN for `hillflow info`, found none."),
        (["dmo"], "Expected a command of `hillflow`, found 'dmo'. Fix: did you mean 'demo'?"),
        (["priors", "fech"], "Expected a command of `hillflow priors`, found 'fech'."),
        (["demo", "--see", "1"],
         "Expected an option of `hillflow demo`, found --see. Fix: did you mean '--seed'?"),
        (["demo", "--seed", "one"], "Expected a value that --seed can take, found 'one' ("),
        (["demo", "--seed=one"], "found 'one' ("),
        (["fit", "a", "--time", "t", "--out", "o", "--ensemble", "0"], "that --ensemble can take"),
        (["info", "one", "two"],
         "Expected no further argument for `hillflow info`, found 'two'. Fix: `hillflow info --h"),
        (["knockout", "run", "GATA1", "SPI1"],
         "Expected no further argument for `hillflow knockout`, found 'GATA1 SPI1'. "
         "Fix: name genes with --genes GATA1,SPI1."),
        (["knockout", "run", "GATA1", "--genes", "SPI1"],
         "found 'GATA1'. Fix: `hillflow knockout --help` shows what it takes"),
        (["fit", "cells.h5ad", "GATA1", "--out", "run"],
         "found 'GATA1'. Fix: `hillflow fit --help` shows what it takes"),
        (["fit", "cells.h5ad", "--plugin", "f.py", "--time", "time"],
         "Expected --plugin before the command, found it after `hillflow fit`. "
         "Fix: write hillflow --plugin f.py fit cells.h5ad --time time."),
        (["priors", "list", "--plugin=f.py"], "Fix: write hillflow --plugin=f.py priors list."),
        (["info", "run", "--version"], "Fix: write hillflow --version info run."),
        (["fit", "cells.h5ad", "--cells", "x"], "an option of `hillflow fit`, found --cells"),
        (["info", "--json=3"], "Expected a line that `hillflow"),
    ],
)  # fmt: skip
def test_mistakes_in_the_line_itself_have_the_same_form(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: Expected ")
    assert said in err
    assert err.count("Fix: ") == 1
    assert not list(tmp_path.iterdir())


def test_the_choices_are_options_and_no_argument(capsys):
    assert main(["info", "run", "--cells", "x"]) == 2
    said = capsys.readouterr().err
    assert "'--json'" in said
    assert "'run'" not in said


def test_a_group_alone_shows_its_commands(capsys):
    main(["priors"])
    shown = capsys.readouterr()
    assert "align" in shown.out + shown.err
    assert "Error" not in shown.err


def test_what_every_member_remarks_is_said_once(blood, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["--field", "linear", "--effort", "0.005", "--ensemble", "2"]
    assert main(["fit", str(blood), "--time", "time", "--out", str(run), *words]) == 0
    capsys.readouterr()
    words = ["--genes", "GATA1", "--mode", "overexpress=2", "--json"]
    assert main(["knockout", str(run), *words]) == 0
    shown = capsys.readouterr()
    assert " ".join(shown.err.split()).count("may be negative") == 1
    assert json.loads(shown.out)["members"] == 2
