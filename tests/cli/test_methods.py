"""``hillflow methods``: what the registries hold, and nothing else."""

from __future__ import annotations

import json

import pytest

from hillflow.cli import main
from hillflow.cli.methods import TABLES
from hillflow.fields import field_entries
from hillflow.objectives.registry import method_entries
from hillflow.solve import solver_entries
from hillflow.transport import coupling_entries, divergence_entries


def test_json_holds_every_entry_of_every_registry(capsys):
    assert main(["methods", "--json"]) == 0
    tables = json.loads(capsys.readouterr().out)
    registries = (
        field_entries(), method_entries(), coupling_entries(), divergence_entries(),
        solver_entries(),
    )  # fmt: skip
    assert list(tables) == list(TABLES)
    for name, entries in zip(TABLES, registries, strict=True):
        assert [row["name"] for row in tables[name]] == [entry.name for entry in entries]
        assert [row["formula"] for row in tables[name]] == [entry.formula for entry in entries]
        assert all(row["source"] and row["cost"] for row in tables[name])
    assert tables["methods"][0]["coupling"] == "exact"


def test_one_table_for_a_person(capsys):
    assert main(["methods", "solvers"]) == 0
    shown = capsys.readouterr().out
    assert "euler-maruyama" in shown
    assert "c-node" not in shown


@pytest.mark.parametrize(("name", "near"), [("feilds", "did you mean 'fields'?")])
def test_an_unknown_table_is_answered_with_the_nearest(capsys, name, near):
    assert main(["methods", name]) == 2
    assert near in capsys.readouterr().err
