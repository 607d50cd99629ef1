"""`hf.fit(coupling=…)`: a coupling by its name, a plan from a file, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.data import Snapshots
from hillflow.errors import InputError, MissingFileError, UnsupportedError
from hillflow.objectives import METHODS
from hillflow.transport import Given, Schrodinger, Unbalanced, fit_plan, write_transport_maps
from hillflow.transport.sinkhorn import Sinkhorn

QUICK = {"field": "linear", "effort": 0.005}


@pytest.fixture(scope="module")
def adata():
    return hf.simulate("toggle", cells=30, times=[0, 1, 2])


@pytest.fixture(scope="module")
def maps(adata, tmp_path_factory):
    """The folder of a plan, one map per interval."""
    folder = tmp_path_factory.mktemp("maps")
    cells = Snapshots.from_anndata(adata).with_basis(2)
    write_transport_maps(fit_plan(cells), cells, folder)
    return folder


def _coupling(run) -> dict:
    return run.fit.provenance["method"]["coupling"]


def test_a_name_takes_the_place_of_the_methods_own(adata) -> None:
    assert _coupling(hf.fit(adata, **QUICK))["coupling"] == "exact"
    named = hf.fit(adata, coupling="sinkhorn", **QUICK)
    assert _coupling(named)["coupling"] == "sinkhorn"
    given = hf.fit(adata, coupling=Sinkhorn(), **QUICK)
    states = [run.fit.field.state_dict() for run in (named, given)]
    assert all(bool((value == states[1][key]).all()) for key, value in states[0].items())


@pytest.mark.parametrize("more", [{}, {"ensemble": 2}, {"method": "endpoint"}, {"field": "logic"}])
def test_a_plan_is_read_as_it_comes_at_the_defaults(adata, maps, more) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*(plan|pair).*")
        run = hf.fit(adata, coupling=maps, **{**QUICK, **more})
    assert _coupling(run)["coupling"] == "given"
    assert not [one.code for one in run.findings if one.code.startswith("plan.")]


def test_the_command_takes_files_and_says_what_they_lack(adata, maps, tmp_path, capsys) -> None:
    adata.write_h5ad(tmp_path / "cells.h5ad")
    command = ["fit", str(tmp_path / "cells.h5ad"), "--field", "linear", "--effort", "0.005"]
    table = Given.from_file(maps)
    pd.DataFrame({
        "source_cell": np.append(table.source, "elsewhere"),
        "target_cell": np.append(table.target, table.target[0]),
    }).to_csv(tmp_path / "pairs.csv", index=False)  # fmt: skip
    assert main([*command, "--coupling", str(tmp_path / "pairs.csv"), "--out",
                 str(tmp_path / "run")]) == 0  # fmt: skip
    assert "1, such as 'elsewhere'" in capsys.readouterr().err
    run = hf.Run.open(tmp_path / "run")
    assert [one.code for one in run.findings if "plan." in one.code] == ["plan.unknown-cells"]
    assert main([*command, "--coupling", "sinkhron", "--out", str(tmp_path / "no")]) == 2
    assert "did you mean 'sinkhorn'" in capsys.readouterr().err


def test_a_left_out_time_needs_a_plan_around_it(adata, maps, tmp_path) -> None:
    with pytest.raises(InputError, match=r"control 0 to 2.*that time's cells"):
        hf.fit(adata, coupling=maps, leave_out_time=1, **QUICK)
    cells = Snapshots.from_anndata(adata)
    around = cells.take(cells.rows(0).tolist() + cells.rows(2).tolist()).with_basis(2)
    write_transport_maps(fit_plan(around), around, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cells of time 1 are in no pair
        run = hf.fit(adata, coupling=tmp_path, leave_out_time=1, **QUICK)
    assert run.metrics["left_out"]


@pytest.mark.parametrize("name", [m.name for m in METHODS.values() if m.data != "trajectories"])
def test_methods_that_need_their_own_plan_say_why(name) -> None:
    method, other = METHODS[name], Unbalanced()
    refused = {
        "cfm": "independent", "sb-cfm": "Brownian bridges", "sf2m": "Brownian bridges",
        "wfr-fm": "WFR plan", "wlf-uot": "WFR plan", "mioflow": "populations",
        "tigon": "populations", "cell-mnn": "populations", "prescient": "populations",
        "nlsb": "populations", "trajectorynet": "populations", "deepruot": "populations",
        "equilibrium": "populations", "velocity": "populations",
    }  # fmt: skip
    if name in refused:
        with pytest.raises(UnsupportedError, match=refused[name]):
            method.with_coupling(other)
    else:
        assert method.with_coupling(other).coupling is other


def test_a_bridge_takes_the_plan_of_a_bridge() -> None:
    sharper = Schrodinger(sigma=0.1)
    assert METHODS["sf2m"].with_coupling(sharper).coupling is sharper


@pytest.mark.parametrize(
    ("coupling", "more", "error", "message"),
    [
        ("given", {}, InputError, "name the file itself"),
        (3, {}, InputError, "found int"),
        ("no/plan.h5ad", {}, MissingFileError, "nothing at"),
        ("exact", {"method": "tigon"}, UnsupportedError, "learns from coupled cells"),
    ],
)
def test_what_is_no_coupling_is_refused(adata, coupling, more, error, message) -> None:
    with pytest.raises(error, match=message):
        hf.fit(adata, coupling=coupling, **{**QUICK, **more})


def test_a_plan_is_refused_where_fields_are_compared_and_for_series(adata, maps) -> None:
    with pytest.raises(InputError, match="a field by its name beside a plan"):
        hf.fit(adata, coupling=maps, field="auto")
    series = adata.copy()
    series.obs["series"] = np.arange(series.n_obs) % 30
    with pytest.raises(UnsupportedError, match="snapshots, whose cells are coupled"):
        hf.fit(series, series="series", coupling="exact", **QUICK)


def test_batches_are_kept_apart_and_needed(adata, maps) -> None:
    with pytest.raises(InputError, match=r"a batch for each cell, for within_batches"):
        hf.fit(adata, within_batches=True, **QUICK)
    batched = adata.copy()
    batched.obs["batch"] = np.where(np.arange(adata.n_obs) % 2, "a", "b")
    run = hf.fit(batched, within_batches=True, ensemble=2, **QUICK)
    assert _coupling(run)["within_batches"]
    assert hf.fit(batched, within_batches=True, dry_run=True, **QUICK).seconds > 0
    with pytest.raises(UnsupportedError, match="says itself"):
        hf.fit(batched, within_batches=True, coupling=maps, **QUICK)
