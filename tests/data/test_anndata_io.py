from __future__ import annotations

import dataclasses
import warnings

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from hillflow import keys
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, HillflowWarning, InputError, InterventionError, TimeError
from hillflow.interventions import Intervention

ODD = ["NKX2-5", "HLA-DRA", "7157", "a&b<c>", "two words", "S", "E2F1", "Δ9", "x/y", "nan"]


def assert_same(left: Snapshots, right: Snapshots) -> None:
    for name in ("genes", "conditions", "time_unit", "scale"):
        assert getattr(left, name) == getattr(right, name)
    for name in ("x", "time", "condition", "cells", "weights", "labels", "batch"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
        assert (
            getattr(left, name) is None
            or getattr(left, name).dtype.kind == getattr(right, name).dtype.kind
        )


def test_round_trip_in_memory_and_by_file(snapshots, tmp_path):
    data = snapshots.to_anndata()
    data.write_h5ad(tmp_path / "cells.h5ad")
    assert_same(Snapshots.from_anndata(data), snapshots)
    assert_same(Snapshots.from_anndata(tmp_path / "cells.h5ad"), snapshots)
    assert_same(Snapshots.from_anndata(str(tmp_path / "cells.h5ad")), snapshots)


@pytest.mark.parametrize(
    "kept", [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csc_matrix, scipy.sparse.csc_array]
)
def test_file_backed_and_memory_agree(adata, tmp_path, kept):
    adata.layers["counts"] = kept(adata.X)
    adata.X = kept(np.log1p(adata.X))
    adata.write_h5ad(tmp_path / "cells.h5ad")
    for options in ({}, {"layer": "counts"}, {"genes": ["TAL1", "GATA1"]}, {"dtype": "float64"}):
        memory = Snapshots.from_anndata(adata, **options)
        assert_same(Snapshots.from_anndata(tmp_path / "cells.h5ad", **options), memory)
        backed = anndata.read_h5ad(tmp_path / "cells.h5ad", backed="r")
        assert_same(Snapshots.from_anndata(backed, **options), memory)


@given(
    genes=st.lists(st.sampled_from(ODD), min_size=1, unique=True),
    perturbed=st.integers(0, 9),
    kind=st.sampled_from([np.float32, np.float64]),
    unit=st.sampled_from(["", "d", "days post Δ"]),
    scale=st.sampled_from(["log1p", "unknown"]),
    columns=st.booleans(),
    seed=st.integers(0, 99),
)
def test_snapshots_round_trip_with_any_names(genes, perturbed, kind, unit, scale, columns, seed):
    random = np.random.default_rng(seed)
    done = Intervention.clamp(genes[perturbed % len(genes)], random.random())
    data = Snapshots.from_arrays(
        random.random((12, len(genes))).astype(kind),
        random.permutation([0.1, 0.2, 1e4] * 4),
        genes,
        [done, Intervention.control()] * 6,
        unit=unit,
        scale=scale,
        min_cells=1,
        cells=[f"cell {name}" for name in random.permutation(12)],
        weights=random.random(12) if columns else None,
        labels=random.choice(ODD, 12) if columns else None,
        batch=random.choice(ODD, 12) if columns else None,
    )
    dtype = np.dtype(kind).name
    assert_same(Snapshots.from_anndata(data.to_anndata(), min_cells=1, dtype=dtype), data)


@given(
    genes=st.lists(st.sampled_from(ODD), min_size=1, unique=True),
    names=st.lists(st.sampled_from(ODD), min_size=1, unique=True),
    unit=st.sampled_from(["", "h"]),
    seed=st.integers(0, 99),
)
def test_trajectories_round_trip(genes, names, unit, seed):
    random = np.random.default_rng(seed)
    series = np.repeat(np.array(names, dtype=object), 3)
    conditions = np.repeat(random.choice(["control", f"{genes[0]}=knockdown:0.3"], len(names)), 3)
    data = Trajectories.from_rows(
        random.random((len(series), len(genes))),
        random.random(len(series)),
        genes,
        series,
        list(conditions),
        unit=unit,
    )
    again = Trajectories.from_anndata(data.to_anndata(), dtype="float64")
    for name in ("genes", "names", "conditions", "time_unit", "scale"):
        assert getattr(again, name) == getattr(data, name)
    for name in ("x", "time", "series"):
        np.testing.assert_array_equal(getattr(again, name), getattr(data, name))


def test_trajectories_by_file_and_as_one_series(adata, tmp_path, refused):
    adata.obs["series"] = [f"donor {k}" for k in range(40) for _ in range(3)]
    adata.write_h5ad(tmp_path / "rows.h5ad")
    data = Trajectories.from_anndata(tmp_path / "rows.h5ad")
    assert len(data) == 40
    assert data.scale == "counts"
    np.testing.assert_array_equal(data.observations("donor 7")[1], adata.X[21:24])
    assert data.conditions[39] == Intervention.knockout("GATA1")

    adata.obs["pseudotime"] = np.linspace(0, 1, 120)
    whole = Trajectories.from_anndata(adata, time="pseudotime", series=None, perturbation=None)
    np.testing.assert_array_equal(whole.x, adata.X)

    with refused(
        InputError, "one perturbation per series", "in the one series of all rows", "split"
    ):
        Trajectories.from_anndata(adata, time="pseudotime", series=None)
    with refused(InputError, "a column 'donor' with the series of each row", "none", "series=None"):
        Trajectories.from_anndata(adata, series="donor")
    adata.obs.iloc[0, adata.obs.columns.get_loc("series")] = None
    with refused(InputError, "a series for every row in 'series'", "1 of 120", "leave them out"):
        Trajectories.from_anndata(adata)


def test_the_basis_is_written(snapshots):
    data = snapshots.with_basis(3).to_anndata()
    x, mean = data.X, data.varm[keys.BASIS_MEAN][:, 0]
    np.testing.assert_allclose(data.obsm[keys.BASIS], (x - mean) @ data.varm[keys.BASIS], atol=1e-5)


def test_what_is_written_is_a_copy(snapshots):
    before = snapshots.x.copy()
    snapshots.to_anndata().X[:] = 0
    np.testing.assert_array_equal(snapshots.x, before)


def test_what_is_read_is_a_copy(adata):
    adata.X = adata.X.astype(np.float64)
    data = Snapshots.from_anndata(adata, dtype="float64")
    adata.X[:] = 0
    adata.obs["time"] = 7.0
    assert data.x.any()
    assert list(data.times) == [0, 1, 2]


@pytest.mark.parametrize(
    ("column", "unit", "times"),
    [
        (pd.Categorical(["day 0", "day 2", "day 10"] * 40), "d", [0, 2, 10]),
        (pd.Series(["0h", "24h", "48h"] * 40, dtype="string").array, "h", [0, 24, 48]),
        (pd.Categorical([3, 1, 2] * 40), "", [1, 2, 3]),
        (pd.to_timedelta(["0h", "12h", "1d"] * 40), "h", [0, 12, 24]),
        (["E8.5", "E8.25", "E9.5"] * 40, "embryonic day", [8.25, 8.5, 9.5]),
    ],
)
def test_the_columns_people_have(adata, column, unit, times):
    adata.obs["day"] = column
    data = Snapshots.from_anndata(adata, time="day")
    assert list(data.times) == times
    assert data.time_unit == unit


def test_time_mistakes_name_the_column(adata, refused):
    adata.obs = adata.obs.rename(columns={"time": "Times"})
    with refused(
        TimeError, "a column 'time' with the time", "none", "time=…; did you mean 'Times'?"
    ):
        Snapshots.from_anndata(adata)
    adata.obs["stage"] = ["early", "late", "day 2"] * 40
    with refused(TimeError, "in column 'stage'", "'early', 'late'", "'day 2', '48h'"):
        Snapshots.from_anndata(adata, time="stage")
    adata.obs["stage"] = [1.0, np.nan, 2.0] * 40
    with refused(TimeError, "in column 'stage'", "40 of 120 missing", "without a time"):
        Snapshots.from_anndata(adata, time="stage")
    adata.obs["stage"] = 1
    with refused(TimeError, "two time points", "one (1 d)", "several times"):
        Snapshots.from_anndata(adata, time="stage", unit="d", perturbation=None)
    assert Snapshots.from_anndata(adata, time="stage", unit="d").at_rest


def test_a_small_population_is_named(adata, refused):
    with refused(TimeError, "at least 10 cells", "2 at 0 d (control)", "lower min_cells"):
        Snapshots.from_anndata(adata[~np.isin(np.arange(120), range(0, 54, 3))].copy(), unit="d")


def test_an_object_filtered_to_nothing(adata, refused):
    with refused(InputError, "cells", "none left", "less strict filter"):
        Snapshots.from_anndata(adata[[]])
    with refused(InputError, "genes", "none left", "less strict filter"):
        Snapshots.from_anndata(adata[:, []], perturbation=None)


def test_perturbation_labels_as_people_write_them(adata):
    adata.obs["guide"] = ["NT"] * 60 + ["GATA1_KO"] * 30 + ["SPI1+NT"] * 30
    data = Snapshots.from_anndata(adata, perturbation="guide", control="NT")
    assert data.conditions == (
        Intervention.control(), Intervention.knockout("GATA1"), Intervention.knockout("SPI1"),
    )  # fmt: skip
    only = Snapshots.from_anndata(
        adata[60:90].copy(), perturbation="guide", control=None, kind="cut_outgoing"
    )
    assert only.conditions == (Intervention.knockout("GATA1"),)
    assert Snapshots.from_anndata(adata, perturbation=None).conditions == (Intervention.control(),)


def test_without_a_control_canonical_text_needs_none(snapshots, adata):
    only = snapshots.take(snapshots.condition == 1)
    assert_same(Snapshots.from_anndata(only.to_anndata()), only)
    assert Snapshots.from_anndata(adata[60:].copy()).conditions == only.conditions


def test_perturbation_mistakes(adata, refused):
    adata.obs["guide"] = ["ctrl"] * 60 + ["Gata1"] * 60
    with refused(
        InputError, "control label 'control' in 'guide'", "'ctrl', 'Gata1'", "pass control='ctrl'"
    ):
        Snapshots.from_anndata(adata, perturbation="guide")
    with refused(InterventionError, "perturbed genes among", "'Gata1'", "did you mean 'GATA1'?"):
        Snapshots.from_anndata(adata, perturbation="guide", control="ctrl")
    with refused(InputError, "a column 'guides'", "none", "did you mean 'guide'?"):
        Snapshots.from_anndata(adata, perturbation="guides")
    adata.obs["guide"] = ["ctrl", None] * 60
    with refused(InputError, "for every cell in 'guide'", "60 of 120 missing", "'ctrl' for"):
        Snapshots.from_anndata(adata, perturbation="guide", control="ctrl")


def test_a_column_that_is_not_there_is_named_with_its_purpose(adata, refused):
    for option, purpose in (
        ("label", "the type"),
        ("batch", "the batch"),
        ("weight", "the weight"),
    ):
        with refused(
            InputError, f"a column 'x' with {purpose} of each cell", "none", "choose one of"
        ):
            Snapshots.from_anndata(adata, **{option: "x"})


@pytest.mark.parametrize("stored", ["memory", "file"])
def test_a_perturbed_gene_that_is_left_out(adata, tmp_path, refused, stored):
    adata.write_h5ad(tmp_path / "cells.h5ad")
    source = adata if stored == "memory" else tmp_path / "cells.h5ad"
    with refused(InputError, "genes=[…]", "'GATA1' left out", "add GATA1, or drop those cells"):
        Snapshots.from_anndata(source, genes=["SPI1", "TAL1"])
    assert len(Snapshots.from_anndata(source, genes=["SPI1", "GATA1"]).conditions) == 2


@pytest.mark.parametrize("scale", ["counts", "log1p"])
def test_a_noted_scale_that_cannot_be_is_unknown(snapshots, scale):
    data = dataclasses.replace(snapshots, x=snapshots.x - 0.5, scale=scale).to_anndata()
    with pytest.warns(HillflowWarning, match=f"recorded as {scale}, but have values down to"):
        assert Snapshots.from_anndata(data).scale == "unknown"


def test_names_that_are_not_unique(adata, refused):
    adata.obs_names = ["a", "a", *adata.obs_names[2:]]
    with refused(InputError, "each cell name once", "'a' several", "obs_names_make_unique()"):
        Snapshots.from_anndata(adata)
    adata.obs_names_make_unique()
    adata.var_names = ["GATA1", "A", "A", "B", "C", "D"]
    with refused(GeneNameError, "each gene once", "'A'", "var_names_make_unique()"):
        Snapshots.from_anndata(adata)
    adata.var_names = ["GATA1", "A", "7-Sep", "B", "C", "D"]
    with refused(GeneNameError, "gene symbols", "'7-Sep'", "7-Sep was SEPTIN7"):
        Snapshots.from_anndata(adata)


def test_values_that_are_not_finite(adata, refused):
    adata.X[3, 1], adata.X[9, 4] = np.nan, np.inf
    with refused(InputError, "finite", "2 NaN or infinite ones, in genes 'SPI1', 'TAL1'", "impute"):
        Snapshots.from_anndata(adata)


def test_bad_weights(adata, refused):
    adata.obs["weight"] = -1.0
    with refused(InputError, "at least 0", "120 negative", "in the weight column, write 1"):
        Snapshots.from_anndata(adata)
    assert Snapshots.from_anndata(adata, weight=None).weights is None


def test_columns_by_other_names(adata):
    adata.obs = adata.obs.rename(columns={"label": "cell_type", "batch": "donor", "weight": "mass"})
    data = Snapshots.from_anndata(adata, label="cell_type", batch="donor", weight="mass")
    assert set(data.labels) == {"stem", "erythroid"}
    assert set(data.batch) == set("abc")
    np.testing.assert_array_equal(data.weights, adata.obs["mass"])
    bare = Snapshots.from_anndata(adata)
    assert bare.labels is bare.batch is bare.weights is None


def test_raw_counts_in_a_layer_beside_a_log(adata):
    adata.layers["counts"] = adata.X.copy()
    adata.X = np.log1p(adata.X)
    adata.uns["log1p"] = {"base": None}  # as scanpy notes it
    with warnings.catch_warnings():
        warnings.simplefilter("error", HillflowWarning)
        assert Snapshots.from_anndata(adata).scale == "log1p"
        assert Snapshots.from_anndata(adata, layer="counts").scale == "counts"


def test_a_note_of_a_log_does_not_make_counts_a_log(adata):
    adata.uns["log1p"] = {"base": None}
    assert Snapshots.from_anndata(adata).scale == "counts"
    with pytest.warns(HillflowWarning, match="these look like counts"):
        assert Snapshots.from_anndata(adata, scale="log1p").scale == "log1p"


def test_cells_without_names_get_some(snapshots):
    bare = Snapshots.from_arrays(snapshots.x, snapshots.time, snapshots.genes)
    assert list(bare.to_anndata().obs_names[:2]) == ["cell0", "cell1"]


def test_benchmark_file(benchmark_data):
    data = Snapshots.from_anndata(benchmark_data / "boolode_hsc" / "expression.h5ad")
    assert data.x.shape == (9000, 11)
    assert len(data.conditions) == 9
    assert len(data.times) == 5
