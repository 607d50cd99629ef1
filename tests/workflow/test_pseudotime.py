"""One snapshot of cells at unknown ages, ordered by a pseudotime.

The truth is a system of six genes; the pseudotime is a curved, increasing function of age.
"""

from __future__ import annotations

import json

import anndata
import numpy as np
import pandas as pd
import pytest

import hillflow as hf
from hillflow.baselines import NETWORK_BASELINES
from hillflow.cli import main
from hillflow.errors import InputError
from hillflow.evaluate import Universe, network_scores

from .conftest import quiet

GENES = tuple("ABCDEF")
TRUTH = pd.DataFrame(
    [("A", "B", 1), ("E", "B", -1), ("B", "C", 1), ("C", "D", -1), ("C", "E", 1), ("B", "F", 1),
     ("D", "F", -1)],
    columns=["source", "target", "weight"],
)  # fmt: skip
LONGEST, STEPS = 8.0, 400


def hill(x: np.ndarray, half: float = 0.5) -> np.ndarray:
    return x**3 / (half**3 + x**3)


def rates(x: np.ndarray) -> np.ndarray:
    """dx/dt of cells, [cells, genes]."""
    a, b, c, d, e, f = x.T
    return np.stack([
        0.2 - 0.4 * a,
        1.2 * hill(a) * (1 - hill(e)) - 0.6 * b,
        hill(b) - 0.5 * c,
        1.1 * (1 - hill(c)) - 0.5 * d,
        1.2 * hill(c) - 0.4 * e,
        hill(b) * (1 - hill(d, 0.8)) - 0.5 * f,
    ], axis=1)  # fmt: skip


def snapshot(cells: int, seed: int) -> tuple[anndata.AnnData, np.ndarray]:
    """Cells of all ages, and their true velocities; by the midpoint rule."""
    random = np.random.default_rng(seed)
    age = random.uniform(0, LONGEST, cells)
    x = np.array([2.2, 0.1, 0.1, 2.0, 0.1, 0.1]) * np.exp(0.25 * random.normal(size=(cells, 6)))
    step = (age / STEPS)[:, None]
    for _ in range(STEPS):
        x = x + step * rates(x + step / 2 * rates(x))
    velocity = rates(x)
    seen = np.abs(x + 0.03 * random.normal(size=x.shape)).astype(np.float32)
    obs = pd.DataFrame({"dpt": (age / LONGEST) ** 0.7}, index=[f"c{k}" for k in range(cells)])
    return anndata.AnnData(seen, obs=obs, var=pd.DataFrame(index=list(GENES))), velocity


def precision(network) -> float:
    return network_scores(network, TRUTH, Universe.ordered_pairs(GENES)).ap


def direction(run: hf.Run, adata: anndata.AnnData, velocity: np.ndarray) -> float:
    """Mean cosine between the fitted and the true velocities."""
    fitted = run.fit.velocity(adata.X)
    lengths = np.linalg.norm(fitted, axis=1) * np.linalg.norm(velocity, axis=1)
    return float(((fitted * velocity).sum(axis=1) / lengths).mean())


@pytest.fixture(scope="module")
def cells() -> tuple[anndata.AnnData, np.ndarray]:
    return snapshot(800, 0)


@pytest.fixture(scope="module")
def run(cells) -> hf.Run:
    return quiet(hf.fit, cells[0], pseudotime="dpt", field="hill", method="default", effort=0.2)


def test_the_network_is_found_where_correlation_finds_none(cells, run) -> None:
    alone = precision(NETWORK_BASELINES["correlation"].network(run.data))
    base_rate = len(TRUTH) / 30
    assert alone < 1.5 * base_rate
    assert precision(quiet(hf.graph, run)) > 2.5 * base_rate
    assert precision(quiet(hf.graph, cells[0], pseudotime="dpt")) > 2.5 * base_rate
    pairs = {"field": "hill", "method": "endpoint", "effort": 0.3}  # as FLeCS: from cell to cell
    flecs = quiet(hf.fit, cells[0], pseudotime="dpt", **pairs)
    assert precision(quiet(hf.graph, flecs)) > 2 * alone
    assert direction(flecs, *cells) > 0.8


def test_cells_move_as_they_age_and_back_along_a_reversed_pseudotime(cells, run) -> None:
    adata, velocity = cells
    assert direction(run, adata, velocity) > 0.9
    back = adata.copy()
    back.obs["dpt"] = 1 - back.obs["dpt"]
    turned = quiet(hf.fit, back, pseudotime="dpt", field="linear", method="endpoint", effort=0.1)
    assert direction(turned, adata, velocity) < -0.5


def test_the_run_says_what_its_time_is(run, tmp_path) -> None:
    assert run.fit.time_unit == "pseudotime"
    assert any(one.code == "data.pseudotime" for one in run.findings)
    assert len(run.data.times) == 10


def test_the_command_takes_the_column_and_the_number_of_bins(cells, tmp_path, capsys) -> None:
    path, out = tmp_path / "cells.h5ad", tmp_path / "run"
    cells[0].write_h5ad(path)
    words = ["fit", path, "--out", out, "--pseudotime", "dpt", "--pseudotime-bins", "4"]
    words += ["--field", "linear", "--method", "endpoint", "--effort", "0.02"]
    assert main([str(word) for word in words]) == 0
    assert "rates are per unit of pseudotime" in " ".join(capsys.readouterr().err.split())
    options = json.loads((out / "manifest.json").read_text())["call"]["options"]
    assert options["pseudotime"] == "dpt"
    assert options["pseudotime_bins"] == 4
    assert "time" not in options
    assert len(hf.Run.open(out).data.times) == 4


@pytest.mark.parametrize("other", [{"time": "dpt"}, {"series": "dpt"}, {"time_unit": "h"}])
def test_a_time_beside_it_is_refused(cells, other) -> None:
    with pytest.raises(InputError, match=f"in place of a time, found {next(iter(other))}=…"):
        hf.fit(cells[0], pseudotime="dpt", **other)
