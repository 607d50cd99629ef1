"""`hf.fit(unspliced_layer=…)`: layers that are fitted, what is refused, what comes of a run."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

import hillflow as hf
from hillflow.cli import main
from hillflow.errors import InputError, UnsupportedError
from hillflow.findings import collect_findings

SKETCH = {"effort": 0.005}


@pytest.fixture(scope="module")
def adata():
    cells = hf.simulate("splicing", cells=20, knockouts="B")
    cells.layers["Ms"], cells.layers["Mu"] = cells.X + 1, cells.layers["unspliced"] + 1
    return cells


@pytest.fixture(scope="module")
def run(adata, tmp_path_factory):
    folder = tmp_path_factory.mktemp("splicing") / "run"
    return hf.fit(adata, folder, unspliced_layer="unspliced", **SKETCH)


@pytest.mark.parametrize(("unspliced", "spliced"), [("unspliced", "spliced"), ("Mu", "Ms")])
def test_each_layer_is_fitted_beside_its_partner(adata, unspliced, spliced):
    run = hf.fit(adata, unspliced_layer=unspliced, **SKETCH)
    np.testing.assert_array_equal(run.data.x, adata.layers[spliced])
    np.testing.assert_array_equal(run.data.unspliced, adata.layers[unspliced])
    assert run.fit.field.name == "softplus"
    assert run.fit.provenance["method"]["name"] == "splicing"
    named = hf.fit(adata, unspliced_layer=unspliced, layer="true_expression", **SKETCH)
    np.testing.assert_array_equal(named.data.x, adata.layers["true_expression"])


def test_the_law_is_fitted_to_both_layers_if_it_is_named(adata):
    run = hf.fit(adata, unspliced_layer="unspliced", field="logic", **SKETCH)
    assert run.fit.provenance["method"]["name"] == "law"
    assert set(run.fit[0].heads.names) == {"noise", "splicing"}


def test_a_run_is_opened_again_with_both_layers(run):
    opened = hf.Run.open(run.path)
    np.testing.assert_array_equal(opened.data.unspliced, run.data.unspliced)
    effects = [hf.knockout(each, "A").effects for each in (run, opened)]
    np.testing.assert_array_equal(*(one["delta"] for one in effects))


def test_the_network_is_of_genes_and_the_velocity_of_both_layers(run, adata):
    assert hf.graph(run).genes == tuple(adata.var_names)
    velocity = hf.velocity(run)
    beta = run.fit[0].heads.splicing().detach().numpy()
    gamma = run.fit[0].field.decay_rate().detach().numpy()
    control = (velocity.obs["perturbation"] == "control").to_numpy()
    s, u = velocity.layers["Ms"], velocity.layers["Mu"]
    expected = beta * u - gamma * s
    np.testing.assert_allclose(velocity.layers["velocity"], expected, atol=1e-4)
    made = velocity.layers["velocity_u"] + beta * u
    assert (made[control] > 0).all()
    np.testing.assert_allclose(made[~control][:, 1], 0, atol=1e-4)  # B, which was knocked out


def test_without_the_layer_velocities_are_of_splicing_in_balance(run, adata):
    from hillflow.model import add_velocity

    cells = anndata.AnnData(adata.X.copy(), adata.obs.copy(), adata.var.copy())
    assert "layers['velocity_u']" not in add_velocity(cells, *run.fit)
    expected = run.fit[0].field(None, run.fit[0]._tensor(cells.layers["Ms"])).detach().numpy()
    control = (cells.obs["perturbation"] == "control").to_numpy()
    np.testing.assert_allclose(cells.layers["velocity"][control], expected[control], atol=1e-5)


def test_cells_of_one_time_are_fitted_by_their_velocities(adata):
    once = adata[(adata.obs["time"] == 2) & (adata.obs["perturbation"] == "control")].copy()
    del once.obs["time"]
    with collect_findings() as said:
        run = hf.fit(once, unspliced_layer="unspliced", field="softplus", **SKETCH)
    assert {"data.steady-state-velocity", "fit.velocities-alone"} <= {one.code for one in said}
    assert run.fit[0].in_own_time
    assert run.fit[0].heads.splicing is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unspliced_layer": "nascent"}, "'nascent'"),
        ({"normalize": True}, "leave it out"),
        ({"batch": "batch"}, "leave it out"),
        ({"velocity_layer": "true_velocity"}, "found both"),
        ({"protein": True}, "no protein beside"),
        ({"components": 2}, "whose state is the genes"),
        ({"method": "tigon"}, "a method for spliced"),
    ],
)
def test_what_does_not_go_together_is_refused(adata, options, said):
    options = {"unspliced_layer": "unspliced"} | options
    with pytest.raises((InputError, UnsupportedError), match=said):
        hf.fit(adata, **options, **SKETCH)


def test_cells_that_were_read_take_no_layer(run):
    with pytest.raises(InputError, match="unspliced_layer"):
        hf.fit(run.data, unspliced_layer="unspliced", **SKETCH)


def test_the_command_line_says_the_rates(adata, tmp_path, capsys):
    adata.write_h5ad(tmp_path / "cells.h5ad")
    words = ["fit", tmp_path / "cells.h5ad", "--unspliced-layer", "unspliced",
             "--pseudotime", "time", "--pseudotime-bins", "3",
             "--out", tmp_path / "run", "--effort", "0.005"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    assert "rates β from" in capsys.readouterr().out
    assert len(hf.Run.open(tmp_path / "run").data.times) == 3
    words = ["velocity", tmp_path / "run", "--out", tmp_path / "v.h5ad"]
    assert main([str(word) for word in words]) == 0
    printed = capsys.readouterr()
    assert "velocity_u" in printed.out + printed.err
