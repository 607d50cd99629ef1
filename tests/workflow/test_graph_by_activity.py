"""`hillflow.graph` with regulators by their activity, from Python and the command line."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow import activities
from hillflow.activities import activity_network, samples
from hillflow.cli import main
from hillflow.cost import Cost
from hillflow.data import Trajectories
from hillflow.errors import GeneNameError, InputError
from hillflow.networks import Network
from hillflow.workflow.options import state
from hillflow.workflow.options.state import KNOWN, STATES

from .conftest import quiet

GENES = [f"g{k:02}" for k in range(40)]


@pytest.fixture(scope="module")
def series() -> anndata.AnnData:
    """A protein without an mRNA moves the first eight genes, another the next eight."""
    random = np.random.default_rng(0)
    x = random.normal(size=(30, 40))
    x[:, :8] += 2 * random.normal(size=(30, 1))
    x[:, 8:16] += 2 * random.normal(size=(30, 1))
    rows = pd.DataFrame(
        {"time": np.tile(np.arange(10.0), 3), "series": np.repeat(["a", "b", "c"], 10)},
        index=[f"r{k}" for k in range(30)],
    )
    return anndata.AnnData(x, obs=rows, var=pd.DataFrame(index=GENES))


@pytest.fixture(scope="module")
def prior() -> Network:
    return Network.from_columns(["TF"] * 6 + ["Other"] * 6, [*GENES[:6], *GENES[8:14]], name="mine")


def test_the_choices_are_those_of_the_function() -> None:
    assert (STATES, KNOWN) == (activities.network.STATES, activities.network.KNOWN)
    assert state.StateOptions().tmin == activities.regulons.__kwdefaults__["tmin"]


@pytest.mark.parametrize("regulator_state", ["activity", "both"])
@pytest.mark.parametrize("known", KNOWN)
def test_it_is_that_of_the_function(series, prior, regulator_state, known) -> None:
    network = quiet(
        hf.graph, series, series="series", regulator_state=regulator_state, prior=prior,
        known=known, neighbours=1,
    )  # fmt: skip
    rows = samples(Trajectories.from_anndata(series, series="series"))
    expected = quiet(
        activity_network, rows.x, GENES, prior, regulator_state=regulator_state, known=known,
        neighbours=1,
    )  # fmt: skip
    assert network.edges.to_csv() == expected.edges.to_csv()
    assert network.about["rows"] == "30 rows of series"
    assert network.about["asked"]["regulator_state"] == regulator_state


def test_neighbours_by_name_are_those_of_columns_in_that_order(series, prior) -> None:
    options = {"series": "series", "regulator_state": "activity", "prior": prior, "neighbours": 2}
    shuffled = series[:, np.random.default_rng(1).permutation(40)].copy()
    one = quiet(hf.graph, series, **options).edges
    other = quiet(hf.graph, shuffled, order="name", **options).edges
    one, other = (edges.set_index(["source", "target"])["weight"] for edges in (one, other))
    np.testing.assert_allclose(other[one.index], one, rtol=1e-6)
    by_data = quiet(hf.graph, shuffled, **options).edges.set_index(["source", "target"])["weight"]
    assert np.abs(by_data[one.index] - one).max() > 1e-3


def test_targets_that_nobody_knew_are_found_and_worth_is_said(series, prior) -> None:
    network = quiet(hf.graph, series, series="series", regulator_state="activity", prior=prior)
    own = network.edges[network.edges["source"] == "TF"]
    assert set(own["target"].head(8)) == set(GENES[:8])
    said = {one.code: one.text for one in network.findings}
    assert "B. subtilis" in said["graph.activity-measured"]
    assert "at chance" in said["graph.activity-measured"]


def test_mrna_needs_no_prior_and_stays_what_it_was(toggle) -> None:
    assert hf.graph(toggle).edges.equals(hf.graph(toggle, regulator_state="mrna").edges)


def test_means_of_populations_where_there_are_many() -> None:
    knockouts = ["GATA1", "SPI1", "CEBPA"]
    cells = hf.simulate("hematopoiesis", cells=10, times=[0, 8, 16], knockouts=knockouts)
    network = quiet(hf.graph, cells, regulator_state="both", prior="hematopoiesis", tmin=3, top=5)
    assert network.about["rows"] == "means of 12 populations"
    assert len(network.edges) == 5
    assert "prior.licence" in {one.code for one in network.findings}


def test_only_some_regulators_act(series, prior) -> None:
    options = {"series": "series", "regulator_state": "activity", "prior": prior}
    some = quiet(hf.graph, series, regulators=["TF"], **options)
    assert set(some.edges["source"]) == {"TF"}
    with pytest.raises(GeneNameError, match=r"sources of the prior network.*found 'TG'"):
        hf.graph(series, regulators=["TG"], **options)
    every = quiet(hf.graph, series, regulators="prior", **options)
    assert set(every.edges["source"]) == {"TF", "Other"}


def test_a_dry_run_says_what_it_costs(series, prior, tmp_path) -> None:
    cost = hf.graph(
        series, tmp_path / "e.csv", series="series", regulator_state="both", prior=prior,
        dry_run=True,
    )  # fmt: skip
    assert isinstance(cost, Cost)
    assert not list(tmp_path.iterdir())


def test_python_and_the_command_line_write_the_same_bytes(series, prior, tmp_path) -> None:
    cells, targets = tmp_path / "cells.h5ad", tmp_path / "prior.csv"
    series.write_h5ad(cells)
    prior.edges[["source", "target"]].to_csv(targets, index=False)
    python, command = tmp_path / "python.csv", tmp_path / "command.csv"
    quiet(
        hf.graph, cells, python, series="series", regulator_state="activity", prior=targets,
        known="first",
    )  # fmt: skip
    words = ["graph", cells, "--out", command, "--series", "series", "--regulator-state",
             "activity", "--prior", targets, "--known", "first"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    assert python.read_bytes() == command.read_bytes()
    one, other = (path.with_suffix(".about.json").read_bytes() for path in (python, command))
    assert one == other


@pytest.mark.parametrize(
    ("options", "found", "fix"),
    [
        ({"regulator_state": "activity"}, "prior=… (--prior), to read", "hillflow priors list"),
        ({"regulator_state": "activty"}, "'activty'", "'activity'"),
        ({"regulator_state": "both", "known": "last"}, "'last'", "first"),
        ({"prior": "hematopoiesis"}, "for prior=… (--prior), found 'mrna'", "choose one"),
        ({"neighbours": 15}, "for neighbours=… (--neighbours)", "choose one"),
        ({"regulator_state": "both", "prior": "hematopoiesis", "bootstraps": 5},
         "for bootstraps=…", "has no confidences"),
        ({"regulator_state": "both", "prior": "hematopoiesis", "confidence": 0.5},
         "for confidence=…", "has no confidences"),
        ({"regulator_state": "both", "prior": "hematopoiesis", "tmin": 0}, "found 0", "use 5"),
        ({"regulator_state": "both", "prior": "hematopoiesis", "order": "gene"}, "'gene'", ""),
        ({"regulator_state": "both", "prior": "hematopoiesis", "tmin": 9},
         "9 measured targets or more", "lower tmin=… (--tmin)"),
    ],
)  # fmt: skip
def test_mistakes_say_what_to_do_and_write_nothing(blood, tmp_path, options, found, fix) -> None:
    with pytest.raises(InputError) as caught:
        hf.graph(blood, tmp_path / "edges.csv", **options)
    assert found in str(caught.value)
    assert fix in caught.value.fix
    assert not list(tmp_path.iterdir())


def test_a_run_has_no_other_state(blood_run) -> None:
    with pytest.raises(InputError, match="cells for 'regulator_state'"):
        hf.graph(blood_run, regulator_state="activity", prior="hematopoiesis")
