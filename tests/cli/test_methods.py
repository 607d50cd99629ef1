"""``hillflow methods``: what the registries hold, and nothing else."""

from __future__ import annotations

import json

import pytest
from hillflow.cli.methods import TABLES, method_tables

from hillflow.cli import main
from hillflow.fields import FIELDS
from hillflow.objectives.registry import METHODS
from hillflow.solve import SOLVERS
from hillflow.transport import COUPLINGS, DIVERGENCES


def test_json_holds_every_entry_of_every_registry(capsys):
    assert main(["methods", "--json"]) == 0
    tables = json.loads(capsys.readouterr().out)
    registries = (
        FIELDS.values(), METHODS.values(), COUPLINGS.values(), DIVERGENCES.values(),
        SOLVERS.values(),
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


def test_what_takes_perturbed_cells_and_what_is_never_fitted():
    tables = method_tables()
    told = {row["name"]: row["perturbations"] for row in tables["methods"]}
    assert {name for name, answer in told.items() if answer == "no"} == {
        "cell-mnn", "action-matching"
    }  # fmt: skip
    data = {row["name"]: row["data"] for row in tables["fields"]}
    assert {name for name, answer in data.items() if "not fitted" in answer} == {
        "sparse-second-order"
    }


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


@pytest.mark.parametrize(("name", "near"), [("feilds", "did you mean 'fields'?")])
def test_an_unknown_table_is_answered_with_the_nearest(capsys, name, near):
    assert main(["methods", name]) == 2
    assert near in capsys.readouterr().err
