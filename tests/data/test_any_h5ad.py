"""An .h5ad file of any layout, number type and index is read as its AnnData is, or refused."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hillflow.data import Snapshots
from hillflow.errors import HillflowError

LAYOUTS = {
    "C": np.ascontiguousarray, "F": np.asfortranarray, "csr": scipy.sparse.csr_matrix,
    "csc": scipy.sparse.csc_matrix, "csr array": scipy.sparse.csr_array,
}  # fmt: skip
NUMBERS = ("float16", "float32", "float64", "int8", "int32", "int64", "uint16", "bool")
INDEXES = {
    "text": lambda n: [f"c{k}" for k in range(n)],
    "numbers as text": lambda n: [str(k) for k in range(n)],
    "categories": lambda n: pd.CategoricalIndex([f"c{k}" for k in range(n)]),
    "twice the same": lambda n: ["c"] * n,
}  # fmt: skip
TIMES = {
    "int": [0, 2], "float": [0.0, 2.5], "label": ["day 0", "day 2"], "short": ["0h", "48h"],
    "missing": [0.0, np.nan], "words": ["early", "late"], "bool": [False, True],
    "far": [0.0, 1e30], "delta": pd.to_timedelta([0, 2], unit="D"),
    "date": pd.to_datetime(["2024-01-01", "2024-01-03"]),
}  # fmt: skip
COLUMNS = ("category", "object", "string")


def outcome(source: Any, **options: Any) -> Snapshots | str:
    """What is read, or the kind of error and what it found."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Snapshots.from_anndata(source, **options)
    except HillflowError as error:
        return f"{type(error).__name__}: {error.expected and error.fix}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    layout=st.sampled_from(sorted(LAYOUTS)), kind=st.sampled_from(NUMBERS),
    index=st.sampled_from(sorted(INDEXES)), times=st.sampled_from(sorted(TIMES)),
    column=st.sampled_from(COLUMNS), where=st.sampled_from(["X", "layer"]),
    bad=st.sampled_from(["", "", "", "nan", "inf", "large", "negative"]),
    compression=st.sampled_from([None, "gzip"]), genes=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_the_file_reads_as_its_object(
    folder, layout, kind, index, times, column, where, bad, compression, genes, seed
):
    x = np.random.default_rng(seed).poisson(2.0, (24, 3)).astype(kind)
    if bad and x.dtype.kind == "f":
        x[0, 0] = {"nan": np.nan, "inf": np.inf, "large": 6e4, "negative": -1.0}[bad]
    guide = pd.Series(["control", "B"] * 12).astype(column)
    obs = pd.DataFrame({"t": np.repeat(TIMES[times], 12), "guide": guide.to_numpy()})
    obs["guide"] = guide.to_numpy() if column != "category" else guide.array
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = LAYOUTS[layout](x)
        except ValueError:
            assume(False)  # SciPy has no sparse matrix of these numbers
        adata = anndata.AnnData(
            made if where == "X" else None, obs.set_index(pd.Index(INDEXES[index](24))),
            pd.DataFrame(index=["A", "B", "C"]), layers={"it": made} if where == "layer" else None,
        )  # fmt: skip
        path = folder / "any.h5ad"
        try:
            adata.write_h5ad(path, compression=compression)
        except Exception:  # of h5py's and anndata's own kinds
            assume(False)  # anndata does not write it
    options: dict[str, Any] = {"time": "t", "perturbation": "guide", "min_cells": 2}
    options |= {"genes": ["C", "B"]} if genes else {}
    options |= {"layer": "it"} if where == "layer" else {}
    stored, held = outcome(path, **options), outcome(adata, **options)
    if isinstance(held, str) or isinstance(stored, str):
        assert str(stored).partition(":")[0] == str(held).partition(":")[0]
        assert str(stored).partition(": ")[2]
        return
    np.testing.assert_array_equal(stored.x, held.x)
    np.testing.assert_array_equal(stored.time, held.time)
    assert stored.conditions == held.conditions
    assert stored.genes == held.genes
    assert stored.scale == held.scale
    assert np.isfinite(stored.x).all()
