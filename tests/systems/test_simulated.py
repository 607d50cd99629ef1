"""The AnnData that comes out, and what comes back from the file."""

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hillflow import keys
from hillflow.errors import InputError, MissingFileError
from hillflow.interventions import Intervention
from hillflow.systems import (
    SYSTEMS,
    Growth,
    Measurement,
    build_system,
    simulate,
    simulate_trajectories,
)  # fmt: skip


def equal(one: anndata.AnnData, other: anndata.AnnData) -> None:
    pd.testing.assert_frame_equal(one.obs, other.obs)
    pd.testing.assert_frame_equal(one.var, other.var)
    assert np.array_equal(one.X, other.X)
    assert set(one.layers) == set(other.layers)
    for name in one.layers:
        assert np.array_equal(one.layers[name], other.layers[name])
    ours, theirs = one.uns[keys.UNS], other.uns[keys.UNS]
    assert list(ours[keys.TRUTH].columns) == ["source", "target", "sign"]
    assert (ours[keys.TRUTH].to_numpy() == theirs[keys.TRUTH].to_numpy()).all()
    assert plain(ours[keys.SIMULATION]) == plain(theirs[keys.SIMULATION])
    assert (ours[keys.TIME_UNIT], ours[keys.SCALE]) == (theirs[keys.TIME_UNIT], theirs[keys.SCALE])


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return np.asarray(value).tolist()


def test_everything_stands_where_its_key_says():
    system = build_system("hematopoiesis")
    data = simulate(system, (0.0, 3.0), 7, ["GATA1"], seed=9)
    adata = data.to_anndata()
    assert adata.shape == (28, 11)
    assert list(adata.var_names) == list(system.genes)
    assert adata.obs_names.is_unique
    assert list(adata.obs[keys.PERTURBATION].cat.categories) == [keys.CONTROL, "GATA1=knockout"]
    assert adata.obs[keys.TIME].dtype == float
    assert set(adata.obs[keys.LABEL]) == {"progenitor"}
    assert keys.SERIES not in adata.obs
    assert set(adata.layers) - {None} == {keys.TRUE_VELOCITY, keys.TRUE_EXPRESSION, keys.PROTEIN}
    ours = adata.uns[keys.UNS]
    assert len(ours[keys.TRUTH]) == 30
    assert ours[keys.SIMULATION]["name"] == "hematopoiesis"
    assert ours[keys.SIMULATION]["seed"] == 9
    assert (ours[keys.TIME_UNIT], ours[keys.SCALE]) == ("h", "unknown")
    block = (adata.obs[keys.PERTURBATION] == "GATA1=knockout") & (adata.obs[keys.TIME] == 3.0)
    population = data.population("GATA1", 3.0)
    assert adata[block].layers[keys.TRUE_VELOCITY] == pytest.approx(population.velocity, rel=1e-6)
    assert adata[block].layers[keys.PROTEIN] == pytest.approx(population.state[:, 11:], rel=1e-6)
    assert (adata.layers[keys.TRUE_EXPRESSION] == adata.X).all()


def test_perturbation_names_parse_back():
    data = simulate(build_system("toggle"), (0.0,), 2, ["A=oe:2,B=cut"])
    names = data.to_anndata().obs[keys.PERTURBATION].cat.categories
    assert [Intervention.parse(name).name for name in names] == list(names)


def test_counts_growth_and_series_have_their_columns():
    counted = simulate(build_system("toggle"), (1.0,), 5, measurement=Measurement(counts=True))
    adata = counted.to_anndata()
    assert adata.uns[keys.UNS][keys.SCALE] == "counts"
    assert (np.round(adata.X) == adata.X).all()
    assert "true_depth" in adata.obs
    growth = Growth(birth=lambda state: state[:, 0])
    followed = simulate_trajectories(build_system("toggle"), (0.0, 1.0), 5, ["A"], growth=growth)
    obs = followed.to_anndata().obs
    assert "true_growth" in obs
    assert (obs[keys.SERIES].value_counts() == 2).all()
    assert obs[keys.SERIES].nunique() == 10


@given(
    name=st.sampled_from(list(SYSTEMS)),
    cells=st.integers(1, 4),
    seed=st.integers(0, 2**32),
    counts=st.booleans(),
    followed=st.booleans(),
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_file_reads_back_identical(tmp_path, name, cells, seed, counts, followed):
    options = {"genes": 5} if "genes" in SYSTEMS[name].options else {}
    system = build_system(name, **options)
    sample = simulate_trajectories if followed else simulate
    measurement = Measurement(counts=counts and system.nonnegative, noise=0.1)
    arguments = (system, (0.0, 0.2), cells, [system.genes[0]])
    data = sample(*arguments, seed=seed, measurement=measurement)
    first = anndata.read_h5ad(data.write_h5ad(tmp_path / "one.h5ad"))
    equal(first, data.to_anndata())
    again = sample(*arguments, seed=seed, measurement=measurement)
    equal(first, anndata.read_h5ad(again.write_h5ad(tmp_path / "two.h5ad")))


def test_writing_leaves_one_file_and_replaces_the_old_one(tmp_path):
    data = simulate(build_system("toggle"), (0.0, 1.0), 3)
    out = tmp_path / "toggle.h5ad"
    out.write_text("old")
    data.write_h5ad(out)
    assert [path.name for path in tmp_path.iterdir()] == ["toggle.h5ad"]
    assert anndata.read_h5ad(out).n_obs == 6


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, monkeypatch):
    data = simulate(build_system("toggle"), (0.0, 1.0), 3)
    out = tmp_path / "toggle.h5ad"
    out.write_text("old")

    def fail(self, path):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(anndata.AnnData, "write_h5ad", fail)
    with pytest.raises(OSError, match="disk full"):
        data.write_h5ad(out)
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["toggle.h5ad"]


def test_bad_outputs_are_refused(tmp_path):
    data = simulate(build_system("toggle"), (0.0, 1.0), 3)
    with pytest.raises(InputError, match=r"write data\.h5ad"):
        data.write_h5ad(tmp_path / "data.csv")
    with pytest.raises(MissingFileError, match="an existing output folder"):
        data.write_h5ad(tmp_path / "no" / "data.h5ad")
    (tmp_path / "folder.h5ad").mkdir()
    with pytest.raises(InputError, match="the name of a file"):
        data.write_h5ad(tmp_path / "folder.h5ad")
