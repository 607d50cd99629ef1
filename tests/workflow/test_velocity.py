"""`hillflow.fit` with an RNA velocity: alone, and beside snapshots."""

from __future__ import annotations

import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field


@pytest.fixture(scope="module")
def adata():
    """Simulated cells; the velocity of one gene of six is not known."""
    data = hf.simulate("six-gene", cells=40, seed=1)
    data.layers["velocity"] = data.layers["true_velocity"].copy()
    data.layers["velocity"][:, 2] = np.nan
    return data


@pytest.fixture(scope="module")
def once(adata):
    """Those of one time, without a column of times."""
    data = adata[adata.obs["time"] == adata.obs["time"].unique()[1]].copy()
    del data.obs["time"]
    return data


def codes(run) -> set[str]:
    return {finding.code for finding in run.findings}


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_cells_of_one_time_are_fitted_to_their_velocities(once, tmp_path):
    run = hf.fit(once, tmp_path / "run", velocity_layer="velocity", effort=0.02)
    assert run.fit[0].field.name == "hill-dense"
    assert codes(run) >= {"fit.velocity-time", "fit.velocities-alone", "data.unknown-velocities"}
    assert "own time" in str(run)
    again = hf.Run.open(tmp_path / "run")
    np.testing.assert_array_equal(again.data.velocity, run.data.velocity)
    assert codes(again) >= {"fit.velocity-time", "data.unknown-velocities"}
    assert len(hf.graph(again).edges)
    with pytest.raises(UnsupportedError, match="several times"):
        hf.pl.trajectories(again)
    assert len(hf.pl.stream(again).collections) > 1
    assert run.fates is None  # cells of one time have no later one
    later = hf.predict(again, "G0=ko", times=[2.0], absolute=True)
    assert later.cells.x.shape[1] == 6


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_cells_of_several_times_learn_the_unit_of_the_velocities(adata):
    run = hf.fit(adata, velocity_layer="velocity", field="linear", effort=0.02)
    assert run.fit.metrics["velocity_scale"] > 0
    assert "RNA velocities  dx/dt = " in str(run)
    assert "fit.velocity-time" not in codes(run)
    weights = [stage["objective"]["weight"] for stage in run.fit[0].provenance["method"]["stages"]]
    assert weights == [1.0, 1.0]


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_a_weight_of_0_is_a_fit_without_velocities(adata):
    options = {"field": "linear", "effort": 0.02}
    without = hf.fit(adata, **options)
    run = hf.fit(adata, velocity_layer="velocity", velocity_weight=0.0, **options)
    x = run.data.x[:5]
    np.testing.assert_array_equal(run.fit.velocity(x), without.fit.velocity(x))
    assert "velocity_scale" not in run.fit.metrics


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_on_the_command_line(once, tmp_path):
    once.write_h5ad(tmp_path / "cells.h5ad")
    words = ["fit", tmp_path / "cells.h5ad", "--out", tmp_path / "run", "--effort", "0.01"]
    assert main([*map(str, words), "--velocity-layer", "velocity"]) == 0
    run = hf.Run.open(tmp_path / "run")
    assert run.fit[0].in_own_time
    assert run.manifest["call"]["options"]["velocity_layer"] == "velocity"
    assert "time" not in run.manifest["call"]["options"]  # there is no such column


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"velocity_layer": "velocty"}, "'velocity'"),
        ({"velocity_weight": 2.0}, "velocity_layer"),
        ({"velocity_layer": "velocity", "velocity_weight": -1.0}, "of 0 or more"),
        ({"velocity_layer": "velocity", "normalize": True}, "layer='Ms'"),
        ({"method": "velocity"}, "velocity_layer"),
    ],
)
def test_mistakes_are_refused_before_any_work(adata, options, said):
    with pytest.raises(InputError, match=said):
        hf.fit(adata, **options)


def test_velocities_of_cells_that_were_read_are_not_named_again(once):
    cells = hf.Snapshots.from_anndata(once, velocity="velocity")
    with pytest.raises(InputError, match="velocity_layer"):
        hf.fit(cells, velocity_layer="velocity")


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_the_levels_of_logarithms_are_remarked_on(once):
    data = once.copy()
    data.X = np.log1p(data.X)
    data.uns["hillflow"] = {"scale": "log1p"}
    field = make_field("linear", [str(gene) for gene in data.var_names])
    run = hf.fit(data, velocity_layer="velocity", field=field, effort=0.01)
    assert "data.velocity-of-logs" in codes(run)


@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
def test_the_page_of_cells_of_one_time(once, tmp_path):
    run = hf.fit(once, tmp_path / "run", velocity_layer="velocity", field="linear", effort=0.01)
    text = hf.report(run).read_text()
    assert "Movement of control cells" in text
    assert "Genes over time" not in text
