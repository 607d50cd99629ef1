"""Screens at one time from the front door: fitted, predicted, scored, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from tests.screens_at_rest import rest, screen

import hillflow as hf
from hillflow.errors import InputError, UnsupportedError
from hillflow.model.at_rest import rest_states

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    adata = screen("A", "B", "C", "D", "E", "A+D", cells=60)
    folder = tmp_path_factory.mktemp("rest") / "run"
    return hf.fit(adata, folder, leave_out_perturbation="D+A", effort=0.15, ensemble=2)


def test_a_screen_is_recognised_and_said(run) -> None:
    assert run.fit.at_rest
    assert run.fit.field.name == "hill"
    assert run.fit.provenance["method"]["name"] == "equilibrium"
    codes = {finding.code: finding for finding in run.findings}
    assert "fit.screen" in codes
    assert "no rate" in codes["fit.at-rest"].text
    assert "fit.two-times" not in codes
    assert "Velocities" not in str(run)


def test_a_pair_that_was_left_out_is_scored(run) -> None:
    (row,) = run.metrics["left_out"]
    assert row["perturbation"] == "A=knockout,D=knockout"
    assert row["energy"] < 0.2 * min(row["no_change_energy"], row["others_energy"])


def test_knockouts_are_differences_of_rest_states_with_intervals(run) -> None:
    result = hf.knockout(run, "A,A+D")
    assert result.controls.times == (0.0,)
    table = result.effects.set_index(["perturbation", "gene"])
    start = run.data.x[run.data.rows(None, "control")].mean(axis=0, dtype=float)
    conditions = [hf.Intervention.parse(text) for text in ("control", "A=ko,D=ko")]
    shifts = [np.diff(rest_states(one, start, conditions), axis=0)[0] for one in run.fit]
    pair = table.loc["A=knockout,D=knockout"]
    assert np.allclose(result.shifts.mean[:, 1, 0], shifts, atol=1e-5)
    assert (pair["low"] <= pair["high"]).all()
    kept = ["B", "C", "E"]
    wanted = (rest("A", "D") - rest())[[1, 2, 4]]
    assert np.abs(pair.loc[kept, "delta"] - wanted).max() < 0.25
    cells = hf.predict(run, "A=ko,D=ko").adata.X.mean(axis=0)
    assert np.allclose(pair.loc[kept, "predicted_mean"], cells[[1, 2, 4]], atol=1e-3)


def test_the_same_run_is_opened_again_and_reported(run, tmp_path, unrendered) -> None:
    again = hf.Run.open(run.path)
    assert np.array_equal(again.fit.predict(again.data, "A=ko").x,
                          run.fit.predict(run.data, "A=ko").x)  # fmt: skip
    assert "Genes over time" not in hf.report(run, tmp_path / "page.html").read_text()


def test_what_needs_times_is_refused(run) -> None:
    with pytest.raises(UnsupportedError, match="several times, for velocities"):
        hf.velocity(run)
    with pytest.raises(UnsupportedError, match="a search for laws"):
        hf.laws(run)
    with pytest.raises(UnsupportedError, match="several times"):
        hf.pl.stream(run)
    with pytest.raises(InputError, match="at least two times"):
        hf.graph(run.data)
    with pytest.raises(UnsupportedError, match="use 'equilibrium'"):
        hf.fit(run.data, method="default", field="linear")


def test_activated_genes_outside_the_panel_are_inputs_of_a_linear_field() -> None:
    adata = screen("A", "D", "A+D", cells=60)[:, ["B", "C", "E"]].copy()
    run = hf.fit(adata, perturbation_kind="activation", leave_out_perturbation="A+D", effort=0.15)
    assert run.data.inputs == ("A", "D")
    assert run.fit.field.name == "linear"
    assert run.metrics["left_out"][0]["perturbation"] == "A=clamp:1,D=clamp:1"
    graph = hf.graph(run)
    assert set(graph.edges["source"]) == {"A", "D"}
    assert set(graph.edges["target"]) <= {"B", "C", "E"}
    together = hf.predict(run, "A=clamp:1,D=clamp:1").adata.X.mean(axis=0)
    alone = [hf.predict(run, f"{gene}=clamp:1").adata.X.mean(axis=0) for gene in "AD"]
    control = run.data.x[run.data.rows(None, "control")].mean(axis=0)
    assert np.allclose(together[:3], (sum(alone) - control)[:3], atol=0.02)


def test_kinds_and_options_that_do_not_go_together_are_refused() -> None:
    adata = screen("A", cells=20)
    with pytest.raises(InputError, match="perturbation_kind"):
        hf.fit(adata, perturbation_kind="knockdown")
    with pytest.raises(InputError, match="normalised"):
        hf.fit(adata, perturbation_kind="activation", normalize=True)
