"""MIOFlow in its latent room: populations follow the curve on which cells lie."""

from __future__ import annotations

import anndata
import numpy as np
import ot
import pandas as pd
import pytest

import hillflow as hf
from hillflow import latent

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
STARTS = {0: 0.0, 1: 1.25, 2: 2.5}  # angles; cells of a time spread over 2 from there


def population(time: int, cells: int = 150) -> np.ndarray:
    """Cells on an arc of the unit circle, [cells, 3]."""
    random = np.random.default_rng(time)
    angle = STARTS[time] + 2 * random.random(cells)
    on_arc = np.stack([2 + np.cos(angle), 2 + np.sin(angle), np.full(cells, 2.0)], axis=1)
    return on_arc + 0.03 * random.normal(size=on_arc.shape)


def off_the_curve(x: np.ndarray) -> float:
    """Mean distance from the circle."""
    radius = np.hypot(x[:, 0] - 2, x[:, 1] - 2)
    return float(np.hypot(radius - 1, x[:, 2] - 2).mean())


def distance(x: np.ndarray, y: np.ndarray) -> float:
    """W1 of two populations."""
    return float(ot.emd2([], [], ot.dist(x, y, metric="euclidean")))


@pytest.fixture(scope="module")
def cells() -> anndata.AnnData:
    """The first and the last population alone."""
    x = np.concatenate([population(0), population(2)])
    obs = pd.DataFrame({"time": np.repeat([0, 2], 150)}, index=[f"c{k}" for k in range(300)])
    return anndata.AnnData(x.astype(np.float32), obs=obs, var=pd.DataFrame(index=list("ABC")))


def test_a_left_out_population_is_met_on_the_curve_that_a_straight_way_cuts(cells) -> None:
    model = latent.GeodesicAutoencoder.fit(cells.X, list("ABC"), latent=2, steps=600)
    latent.encode(cells, model=model)
    run = hf.fit(cells, obsm="X_geodesic", method="mioflow", effort=0.1)
    moved = hf.predict(run, "control", times=[1], absolute=True)
    predicted = latent.decode(moved.adata, model).X

    pairs = ot.emd([], [], ot.dist(population(0), population(2))).argmax(axis=1)
    straight = (population(0) + population(2)[pairs]) / 2
    assert off_the_curve(straight) > 0.3
    assert off_the_curve(predicted) < 0.3 * off_the_curve(straight)
    assert distance(predicted, population(1)) < 0.5 * distance(straight, population(1))
