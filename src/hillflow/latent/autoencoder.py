"""The geodesic autoencoder: latent coordinates in which distances are those along the data.

With an encoder E and a decoder D, over pairs of cells i, j with geodesic distances d_ij,

    loss = E (‖E(x_i) − E(x_j)‖ − d_ij)² / E d_ij² + E ‖x_i − D(E(x_i))‖² / E ‖x_i − mean x‖².

Source: Huguet et al. 2022 (MIOFlow). There d_ij is a sum over scales of distances between rows of
powers of a random walk, which saturates where cells are far apart. Here it is the shortest path on
the graph of nearest cells (`geodesics`), which grows with the length of the way. Both terms are
relative, so that neither units nor the number of genes weigh them; the latent coordinates have the
units of x. Cells are first projected on principal components.
Cost: the distances of at most `LANDMARKS` cells, O(n³), then 2 × `STEPS` evaluations of small
networks. When not: edges between genes are wanted,
which need genes as the state; populations with gaps as wide as their distances, between which
nothing says how the data bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from hillflow.data import LinearBasis
from hillflow.data.checks import as_matrix, check_finite
from hillflow.errors import InputError
from hillflow.fields.networks import Networks
from hillflow.findings import warn
from hillflow.genes import check_gene_names
from hillflow.latent.geodesics import geodesic_distances, scaled_coordinates
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.seeds import check_seed
from hillflow.threads import one_blas_thread

LANDMARKS = 2000  # cells between which distances are computed
STEPS, BATCH, RATE = 1500, 128, 5e-3
HIDDEN = (64, 64)
SHAKEN = 0.05  # of a unit: the decoder is also trained beside the encoded cells
LEAST_CORRELATION = 0.8  # of distances, below which the latent room does not show the data


class GeodesicAutoencoder(nn.Module):
    """A pair of networks between states of genes and latent coordinates; `fit` makes one.

    Attributes
    ----------
    genes
        Names of the genes.
    basis
        Principal components on which states are projected first.
    unit
        Standard deviation of the training cells in all components together: networks see states
        and coordinates in this unit.
    latent
        Number of coordinates.
    metrics
        ``distance_correlation``, of latent with geodesic distances of the training cells;
        ``reconstruction_error``, the share of their variance that is lost.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.latent import GeodesicAutoencoder
    >>> angle = np.linspace(0, 4, 200)
    >>> arc = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> model = GeodesicAutoencoder.fit(arc, ["A", "B"], latent=1, steps=300)
    >>> z = model.encode(arc)
    >>> z.shape, bool(abs(np.ptp(z) - 4) < 0.4)
    ((200, 1), True)
    >>> bool(np.abs(model.decode(z) - arc).mean() < 0.1)
    True
    """

    def __init__(
        self, genes: Sequence[str], basis: LinearBasis, latent: int, *, unit: float = 1.0,
        seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.genes, self.basis, self.latent = tuple(genes), basis, latent
        self.unit, self.seed = unit, seed
        self.metrics: dict[str, float] = {}
        self.encoder = Networks(
            basis.size, latent, HIDDEN, per_target=False, activation="silu", seed=seed
        )
        self.decoder = Networks(
            latent, basis.size, HIDDEN, per_target=False, activation="silu", seed=seed + 1
        )

    @classmethod
    def fit(
        cls,
        x: np.ndarray,
        genes: Sequence[str],
        latent: int = 10,
        *,
        components: int = 50,
        neighbors: int = 10,
        steps: int = STEPS,
        seed: int = 0,
        progress: ProgressCallback | None = None,
    ) -> GeodesicAutoencoder:
        """Fit both networks to cells.

        Parameters
        ----------
        x
            Expression, [cells, genes].
        genes
            One name per column.
        latent
            Number of coordinates; those of the data, not of the genes: branches and loops need
            two or more.
        components
            Principal components on which cells are projected first, at most the number of genes.
        neighbors
            As in `geodesic_distances`.
        steps
            Training steps.
        seed
            Of the landmarks, the initial weights and the batches; the same seed gives the same
            coordinates.
        progress
            A function (task, steps done, total steps).
        """
        names = check_gene_names(genes)
        x = as_matrix(np.asarray(x), names, "cells")
        check_finite(x, names)
        if latent < 1 or latent != int(latent):
            raise InputError("one latent coordinate or more", f"latent={latent}", "write latent=10")
        random = np.random.default_rng(check_seed(seed))
        with one_blas_thread():
            basis = LinearBasis.fit(x, min(components, *x.shape))
            marks = np.sort(random.permutation(len(x))[:LANDMARKS])
            states = basis.project(x[marks])
            unit = float(np.sqrt(states.var(axis=0).sum()))
            distances = geodesic_distances(states, neighbors) / unit
            start = scaled_coordinates(distances, int(latent))
        model = cls(names, basis, int(latent), unit=unit, seed=seed)
        scaled = torch.as_tensor(states / unit, dtype=torch.float32)
        apart = torch.as_tensor(distances, dtype=torch.float32)
        begin = torch.as_tensor(start, dtype=torch.float32)
        _train(model, scaled, apart, begin, steps, progress_callback(progress))
        model.metrics = _metrics(model, scaled, apart)
        if model.metrics["distance_correlation"] < LEAST_CORRELATION:
            warn(
                "latent distances correlate with those along the data by only "
                f"{model.metrics['distance_correlation']:.2f}: more latent coordinates "
                "(latent=…) or steps may help", "latent.distances",
            )  # fmt: skip
        return model

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Return the latent coordinates of states, [cells, genes] → [cells, latent]."""
        self._check(x, len(self.genes), "genes")
        states = self.basis.project(np.asarray(x)) / self.unit
        return self._through(self.encoder, states) * np.float32(self.unit)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Return the states of latent coordinates, [cells, latent] → [cells, genes]."""
        self._check(z, self.latent, "coordinates")
        states = self._through(self.decoder, np.asarray(z) / self.unit)
        return self.basis.lift(states * np.float32(self.unit))

    def save(self, folder: str | Path) -> Path:
        """Write ``latent.safetensors`` and ``latent.json`` into a folder."""
        from hillflow.latent.storage import save

        return save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> GeodesicAutoencoder:
        """Read what `save` wrote."""
        from hillflow.latent.storage import load

        return load(Path(folder), cls)

    def _through(self, networks: Networks, states: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            moved = networks(torch.as_tensor(states, dtype=torch.float32))
        return np.asarray(moved.numpy())

    def _check(self, x: np.ndarray, columns: int, what: str) -> None:
        if np.ndim(x) != 2 or np.shape(x)[1] != columns:
            raise InputError(
                f"an array [cells, {columns:,} {what}]", f"the shape {np.shape(x)}",
                f"give the {what} of the autoencoder, in its order",
            )  # fmt: skip


def _train(
    model: GeodesicAutoencoder, x: Tensor, apart: Tensor, begin: Tensor, steps: int,
    report: ProgressCallback,
) -> None:  # fmt: skip
    """Minimise the loss over batches of cells by Adam, with a rate that falls to 0.

    The first third of the steps brings the encoder to `begin`, from which distances alone do not
    have to unfold the data.
    """
    generator = torch.Generator().manual_seed(model.seed)
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    usual = apart.square().mean()
    for step in range(steps):
        rows = torch.randperm(len(x), generator=generator)[:BATCH]
        z = model.encoder(x[rows])
        shaken = z + SHAKEN * torch.randn(z.shape, generator=generator)
        if step < steps // 3:
            stretch = (z - begin[rows]).square().sum(1).mean() / usual
        else:
            stretch = (_distances(z) - apart[rows][:, rows]).square().mean() / usual
        # The variance of x is 1, summed over its components.
        lost = (model.decoder(shaken) - x[rows]).square().sum(1).mean()
        optimizer.zero_grad()
        (stretch + lost).backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            report("fitting the geodesic autoencoder", step, steps)
    model.eval()


def _distances(z: Tensor) -> Tensor:
    """Euclidean distances, [cells, cells], whose gradient is finite at 0."""
    return ((z[:, None] - z).square().sum(-1) + 1e-12).sqrt()


@torch.no_grad()
def _metrics(model: GeodesicAutoencoder, x: Tensor, apart: Tensor) -> dict[str, float]:
    z = model.encoder(x)
    upper = torch.triu_indices(len(x), len(x), 1)
    pairs = torch.stack([torch.cdist(z, z)[upper[0], upper[1]], apart[upper[0], upper[1]]])
    lost = (model.decoder(z) - x).square().sum(1).mean()
    return {
        "distance_correlation": float(torch.corrcoef(pairs.double())[0, 1]),
        "reconstruction_error": float(lost),
    }
