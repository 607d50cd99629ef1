"""Bent coordinates of cells, in which straight lines follow the data, and the way back to genes."""

from __future__ import annotations

from hillflow.latent.autoencoder import GeodesicAutoencoder
from hillflow.latent.embedding import decode, encode
from hillflow.latent.geodesics import geodesic_distances

__all__ = ["GeodesicAutoencoder", "decode", "encode", "geodesic_distances"]
