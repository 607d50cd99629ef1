"""Python and the command line: the same options, defaults, texts and bytes."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import typer

import hillflow as hf
from hillflow import workflow
from hillflow.cli import main
from hillflow.cli.commands import app
from hillflow.workflow import _priors

from .conftest import quiet

VERBS = {
    **{name: getattr(workflow, name) for name in hf.__all__ if name in workflow.__all__},
    "priors fetch": _priors.fetch, "priors align": _priors.align,
}  # fmt: skip
del VERBS["priors"]  # not a verb itself: it lists the catalogue, and holds two
PYTHON_ALONE, COMMAND_ALONE = {"progress"}, {"as_json", "help"}


def command_of(name: str):
    main(["--version"])  # registers every command
    command = typer.main.get_command(app)
    for word in name.split():
        command = command.commands[word]
    return command


def test_every_command_with_a_declaration_is_a_verb():
    main(["--version"])
    commands = set(typer.main.get_command(app).commands)
    assert commands - {"demo", "info", "priors"} == {name for name in VERBS if " " not in name}


@pytest.mark.parametrize("name", VERBS)
def test_both_have_the_same_options(name):
    python = set(inspect.signature(VERBS[name]).parameters) - PYTHON_ALONE
    assert python == {one.name for one in command_of(name).params} - COMMAND_ALONE


@pytest.mark.parametrize("name", VERBS)
def test_both_have_the_same_defaults(name):
    parameters = inspect.signature(VERBS[name]).parameters
    for one in command_of(name).params:
        if one.name in COMMAND_ALONE:
            continue
        python = parameters[one.name].default
        if one.required:
            assert python in (inspect.Parameter.empty, None), one.name
        elif python == ():
            assert not one.default, one.name
        else:
            assert (one.default, type(one.default)) == (python, type(python)), one.name


@pytest.mark.parametrize("name", VERBS)
def test_both_have_the_same_words(name):
    verb, command = VERBS[name], command_of(name)
    assert " ".join(verb.spec.summary.split()) in " ".join(command.help.split())
    shown = " ".join(verb.__doc__.split())
    for one in command.params:
        if one.name not in COMMAND_ALONE:
            assert one.help
            assert " ".join(one.help.split()) in shown


@pytest.mark.parametrize("name", VERBS)
def test_the_help_shows_its_example(name, capsys):
    assert main([*name.split(), "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert " ".join(f"Example: {VERBS[name].spec.example}".split()) in shown


# The same bytes --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(toggle, tmp_path_factory) -> tuple[Path, Path]:
    """The run folders of one request, made by Python and by the command line."""
    folder = tmp_path_factory.mktemp("both")
    toggle.write_h5ad(folder / "cells.h5ad")
    python, command = folder / "python", folder / "command"
    run = quiet(
        hf.fit, folder / "cells.h5ad", python, field="linear", effort=0.02, ensemble=2, seed=3,
        leave_out_time="2",
    )  # fmt: skip
    quiet(hf.graph, run)
    quiet(hf.knockout, run, all=True, cells=15, seed=1)
    quiet(hf.laws, run, parents=1, members=0)
    words = ["fit", folder / "cells.h5ad", "--out", command, "--field", "linear", "--effort",
             0.02, "--ensemble", 2, "--seed", 3, "--leave-out-time", 2]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    assert main(["graph", str(command)]) == 0
    assert main(["knockout", str(command), "--all", "--cells", "15", "--seed", "1"]) == 0
    assert main(["laws", str(command), "--parents", "1", "--members", "0"]) == 0
    return python, command


def test_both_leave_the_same_files(both):
    names = [{str(path.relative_to(one)) for path in one.rglob("*")} for one in both]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    "name",
    [
        "model/member-0/model.safetensors", "model/member-1/model.safetensors", "history.csv",
        "metrics.json", "edges.csv", "edges.about.json", "knockouts.csv", "ranking.csv",
        "ranking.about.json", "laws.json",
    ],
)  # fmt: skip
def test_both_leave_the_same_bytes(both, name):
    one, other = ((folder / name).read_bytes() for folder in both)
    assert one == other
