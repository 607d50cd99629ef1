"""Latent coordinates of an AnnData object, and predicted coordinates as cells with genes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow import keys
from hillflow.data.h5ad import read_table
from hillflow.errors import InputError
from hillflow.latent.autoencoder import GeodesicAutoencoder
from hillflow.progress import ProgressCallback

if TYPE_CHECKING:
    import anndata

KEY = "X_geodesic"


def encode(
    adata: anndata.AnnData,
    latent: int = 10,
    key: str = KEY,
    *,
    model: GeodesicAutoencoder | None = None,
    layer: str | None = None,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> GeodesicAutoencoder:
    """Write latent coordinates into ``obsm[key]``, which ``hillflow.fit(…, obsm=key)`` fits.

    Parameters
    ----------
    adata
        The cells.
    latent
        Number of coordinates.
    key
        Where they are written.
    model
        An autoencoder of other cells that is to be used; None: one is fitted to these. To leave
        cells out, fit it to the others first.
    layer
        Layer in place of X.
    seed, progress
        As in `GeodesicAutoencoder.fit`.

    Returns
    -------
    GeodesicAutoencoder
        With which `decode` brings predicted cells back to genes.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow import latent
    >>> cells = hf.simulate("hematopoiesis", cells=40, times=[0, 8, 16])
    >>> model = latent.encode(cells, latent=3)
    >>> cells.obsm["X_geodesic"].shape
    (120, 3)
    >>> run = hf.fit(cells, obsm="X_geodesic", effort=0.02)
    >>> moved = hf.predict(run, "control", times=[16], absolute=True)
    >>> latent.decode(moved.adata, model).shape
    (40, 11)
    """
    table = read_table(adata, layer, None if model is None else model.genes)
    if model is None:
        model = GeodesicAutoencoder.fit(table.x, table.genes, latent, seed=seed, progress=progress)
    adata.obsm[key] = model.encode(table.x)
    return model


def decode(cells: anndata.AnnData, model: GeodesicAutoencoder) -> anndata.AnnData:
    """Return cells of latent coordinates, such as ``hillflow.predict(…).adata``, with genes.

    Parameters
    ----------
    cells
        The cells, a column a coordinate.
    model
        The autoencoder of these coordinates.

    Returns
    -------
    AnnData
        Levels of the genes, which can be slightly below 0; the coordinates are in
        ``obsm["X_geodesic"]``.

    Examples
    --------
    >>> import anndata
    >>> import numpy as np
    >>> from hillflow import latent
    >>> x = np.random.default_rng(0).normal(size=(40, 3))
    >>> model = latent.GeodesicAutoencoder.fit(x, ["A", "B", "C"], latent=3, steps=100)
    >>> latent.decode(anndata.AnnData(model.encode(x)), model).var_names.tolist()
    ['A', 'B', 'C']
    """
    import anndata
    import pandas as pd

    z = read_table(cells).x
    if z.shape[1] != model.latent:
        raise InputError(
            f"cells of {model.latent:,} latent coordinates", f"{z.shape[1]:,} columns",
            "pass the cells that a fit in this latent room predicts (hillflow.predict(…).adata)",
        )  # fmt: skip
    decoded = anndata.AnnData(
        model.decode(z), obs=cells.obs.copy(), var=pd.DataFrame(index=list(model.genes)),
        obsm={KEY: z},
    )  # fmt: skip
    noted = dict(cells.uns.get(keys.UNS, {}))
    decoded.uns[keys.UNS] = noted | {keys.SCALE: "unknown"}
    return decoded
