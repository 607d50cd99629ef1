"""Cells, and fits of them that take a fraction of a second; no test may change them."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.errors import HillflowWarning

GENES = ("GATA1", "SPI1", "KLF1", "FLI1")


def quiet(function, *arguments, **options):
    """What the function returns; its warnings are for other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HillflowWarning)
        return function(*arguments, **options)


@pytest.fixture(scope="session")
def toggle() -> anndata.AnnData:
    """Two genes that repress each other: control cells, and cells without A."""
    return hf.simulate("toggle", cells=20, times=[0, 1, 2, 4], knockouts="A")


@pytest.fixture(scope="session")
def toggle_run(toggle: anndata.AnnData) -> hf.Run:
    """A sketch of a fit in memory."""
    return quiet(hf.fit, toggle, field="linear", effort=0.02)


@pytest.fixture
def run(toggle_run: hf.Run) -> hf.Run:
    """The same fit in a run of its own, in memory and without results."""
    manifest = toggle_run.manifest
    return hf.Run.of(toggle_run.fit, toggle_run.data, manifest["request"], manifest["asked"])


@pytest.fixture(scope="session")
def blood() -> anndata.AnnData:
    """Eleven genes at three times, of the control and without GATA1."""
    return hf.simulate("hematopoiesis", cells=20, times=[0, 8, 16], knockouts="GATA1")


@pytest.fixture(scope="session")
def blood_run(blood: anndata.AnnData, tmp_path_factory: pytest.TempPathFactory) -> hf.Run:
    """A sketch of a fit of two members, in a folder."""
    out = tmp_path_factory.mktemp("runs") / "run"
    return quiet(hf.fit, blood, out, field="linear", effort=0.05, ensemble=2)


@pytest.fixture
def own_blood_run(blood_run: hf.Run, tmp_path: Path) -> hf.Run:
    """A copy of `blood_run` that a test may write to."""
    return hf.Run.open(shutil.copytree(blood_run.path, tmp_path / "own" / "run"))


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """40 cells of counts at two times; `logged` is a layer of other numbers."""
    random = np.random.default_rng(0)
    obs = pd.DataFrame(
        {"day": np.repeat([0, 1], 20), "guide": np.tile(["ctrl", "SPI1"], 20),
         "unit": [f"u{k}" for k in range(20)] * 2},
        index=[f"c{k}" for k in range(40)],
    )  # fmt: skip
    x = random.poisson(3.0, (40, 4)).astype(np.float32) + 1
    adata = anndata.AnnData(
        x, obs=obs, var=pd.DataFrame(index=list(GENES)), layers={"logged": np.log1p(x / 3)}
    )
    adata.write_h5ad(tmp_path / "cells.h5ad")
    return tmp_path / "cells.h5ad"
