"""Coordinates in AnnData, and predicted cells with genes again."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow import latent
from hillflow.errors import HillflowError, InputError

from .test_autoencoder import GENES, roll

pytestmark = pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")


@pytest.fixture
def cells() -> anndata.AnnData:
    var = pd.DataFrame(index=list(GENES))
    return anndata.AnnData(roll(80)[0].astype(np.float32), var=var)


def test_coordinates_of_other_cells_are_those_of_a_fitted_autoencoder(cells) -> None:
    model = latent.GeodesicAutoencoder.fit(cells.X[:50], GENES, 2, steps=20)
    assert latent.encode(cells, key="X_room", model=model) is model
    np.testing.assert_array_equal(cells.obsm["X_room"], model.encode(cells.X))
    turned = cells[:, ["C", "A", "B"]].copy()  # genes are found by their names
    latent.encode(turned, model=model)
    np.testing.assert_array_equal(turned.obsm["X_geodesic"], cells.obsm["X_room"])
    with pytest.raises(HillflowError, match="'C'"):
        latent.encode(cells[:, ["A", "B"]].copy(), model=model)


def test_decoded_cells_have_the_genes_and_keep_what_is_known_of_them(cells) -> None:
    model = latent.encode(cells, latent=2)
    obs = pd.DataFrame({"time": np.arange(80.0)}, index=cells.obs_names)
    decoded = latent.decode(anndata.AnnData(cells.obsm["X_geodesic"], obs=obs), model)
    assert decoded.var_names.tolist() == list(GENES)
    np.testing.assert_array_equal(decoded.X, model.decode(cells.obsm["X_geodesic"]))
    np.testing.assert_array_equal(decoded.obs["time"], np.arange(80.0))
    with pytest.raises(InputError, match="2 latent coordinates, found 3 columns"):
        latent.decode(cells, model)
