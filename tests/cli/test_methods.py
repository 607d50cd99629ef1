"""``hillflow methods``: what the registries hold, and nothing else."""

from __future__ import annotations

import json

import pytest

from hillflow.cli import main
from hillflow.fields import FIELDS
from hillflow.objectives.registry import METHODS
from hillflow.solve import SOLVERS
from hillflow.transport import COUPLINGS, DIVERGENCES
from hillflow.workflow._methods import REGISTRIES


def test_json_holds_every_entry_of_every_registry(capsys):
    assert main(["methods", "--json"]) == 0
    tables = json.loads(capsys.readouterr().out)
    assert list(tables) == list(REGISTRIES)
    for name, registry in REGISTRIES.items():
        assert [row["name"] for row in tables[name]] == list(registry)
    for registry in (FIELDS, METHODS, COUPLINGS, DIVERGENCES, SOLVERS):
        rows = tables[registry.table]
        assert [row["formula"] for row in rows] == [one.formula for one in registry.values()]
        assert all(row["source"] and row["cost"] for row in rows)
    assert tables["methods"][0]["coupling"] == "exact"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("solvers", "euler-maruyama"), ("readouts", "consistency"), ("baselines", "tree ensemble"),
        ("engines", "operon"), ("systems", "toggle"), ("formats", "read: yes · written: no"),
        ("law-formats", "sbml"),
    ],
)  # fmt: skip
def test_one_table_for_a_person(capsys, table, words):
    assert main(["methods", table]) == 0
    shown = capsys.readouterr().out
    assert words in shown
    assert "c-node" not in shown


def test_nothing_is_said_of_what_is_empty(capsys):
    assert main(["methods", "solvers"]) == 0
    said = capsys.readouterr().out
    assert "needs: linear decay" in said
    assert not [line for line in said.splitlines() if line.rstrip().endswith("needs:")]
    assert main(["methods"]) == 0
    assert ": ·" not in " ".join(capsys.readouterr().out.split())


def test_blocks_fit_80_columns(capsys):
    assert main(["methods"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 80


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["feilds"], "did you mean 'fields'?"),
        (["hill-dens"], "did you mean 'hill-dense'?"),
        (["zzzzz"], "choose a table: fields, methods, "),
        (["fields", "hill-dens"], "did you mean 'hill-dense'?"),
        (["hill", "fields"], "found 'hill'"),
    ],
)
def test_an_unknown_table_or_entry_is_answered_with_the_nearest(capsys, words, near):
    assert main(["methods", *words]) == 2
    assert near in capsys.readouterr().err


@pytest.mark.parametrize("words", [["fields", "hill-dense"], ["hill-dense"]])
def test_one_entry_is_shown(capsys, words):
    assert main(["methods", *words, "--json"]) == 0
    tables = json.loads(capsys.readouterr().out)
    assert {name: [row["name"] for row in rows] for name, rows in tables.items()} == {
        "fields": ["hill-dense"]
    }
    assert tables["fields"][0]["formula"] == FIELDS["hill-dense"].formula
    assert main(["methods", *words]) == 0
    assert "\nmlp\n" not in capsys.readouterr().out
