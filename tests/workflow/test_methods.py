"""`hillflow.methods`: the registries as tables."""

from __future__ import annotations

import pandas as pd
import pytest

import hillflow as hf
from hillflow import (
    activities,
    baselines,
    causal,
    fields,
    networks,
    objectives,
    solve,
    symbolic,
    systems,
)
from hillflow.errors import InputError
from hillflow.registry import Registry
from hillflow.transport import COUPLINGS, DIVERGENCES
from hillflow.workflow._methods import REGISTRIES


def test_every_registry_is_a_table_of_its_entries():
    expected = {
        "fields": fields.FIELDS, "methods": objectives.METHODS, "couplings": COUPLINGS,
        "divergences": DIVERGENCES, "lagrangians": objectives.LAGRANGIANS, "solvers": solve.SOLVERS,
        "readouts": causal.readouts.READOUTS, "baselines": baselines.NETWORK_BASELINES,
        "activities": activities.METHODS,
        "engines": symbolic.ENGINES, "systems": systems.SYSTEMS, "formats": networks.FORMATS,
        "law-formats": symbolic.LAW_FORMATS,
    }  # fmt: skip
    tables = hf.methods()
    assert list(tables) == list(expected)
    for name, registry in expected.items():
        assert isinstance(tables[name], pd.DataFrame)
        assert list(tables[name].index) == list(registry)
        assert len(tables[name].columns)


def test_no_registry_of_the_package_is_missing():
    registries = {
        id(value): value.table
        for module in (baselines, causal.readouts, fields, networks, objectives, solve, symbolic,
                       systems)
        for value in vars(module).values()
        if isinstance(value, Registry)
    }  # fmt: skip
    assert set(registries.values()) <= set(REGISTRIES)
    assert len(registries) >= 9


def test_what_takes_perturbed_cells_and_what_is_never_fitted():
    answers = hf.methods("methods")["methods"]["perturbations"]
    assert set(answers[answers == "no"].index) == {
        "cell-mnn", "action-matching", "wlf", "wlf-pot", "wlf-uot", "trajectorynet",
    }  # fmt: skip
    data = hf.methods("fields")["fields"]["data"]
    assert set(data[data.str.contains("not fitted")].index) == {"sparse-second-order"}


def test_formats_say_whether_they_are_read_and_written():
    formats = hf.methods("formats")["formats"]
    assert tuple(formats.loc["trrust", ["reads", "writes"]]) == ("yes", "no")
    assert tuple(formats.loc["cx2", ["reads", "writes"]]) == ("yes", "yes")


def test_a_notebook_shows_a_table_a_registry():
    shown = hf.methods()._repr_html_()
    assert shown.count("<table") == len(REGISTRIES)
    assert "File formats of laws" in shown


def test_an_unknown_table_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'fields'"):
        hf.methods("feilds")
