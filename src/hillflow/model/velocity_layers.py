"""Velocities in an AnnData object, as scVelo and CellRank look for them.

Both want the velocity and the state it was evaluated at as layers, and neighbours. scVelo
takes ``layers["Ms"]`` for that state (with ``xkey="X"`` it asks for a layer ``spliced``), and
leaves out genes whose velocity is not a number: those that the model does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.data.anndata_io import conditions_of, time_of
from hillflow.data.anndata_uns import add_entries
from hillflow.data.basis import LinearBasis
from hillflow.data.checks import check_not_negative, detect_scale
from hillflow.data.h5ad import read_table
from hillflow.data.times import parse_times
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.model.provenance import fit_params

if TYPE_CHECKING:
    import anndata

    from hillflow.model.member import Member

COMPONENTS = 30  # of the states, for neighbours and pictures


def add_velocity(
    adata: anndata.AnnData,
    *models: Member,
    time: str = keys.TIME,
    perturbation: str = keys.PERTURBATION,
    control: str = keys.CONTROL,
    layer: str | None = None,
    neighbors: int = 15,
) -> tuple[str, ...]:
    """Write the fitted dx/dt of every cell into `adata`, and return the keys that were written.

    Each cell moves under what was done to it: the velocity of a knockout's cells is that of
    the field without this gene's production.

    Parameters
    ----------
    adata
        Cells in the scale that the model was fitted in; of its genes, those of the model get a
        velocity.
    models
        One, or the members of an ensemble: their mean velocity is written, at the states as
        the first of them sees them.
    time, perturbation, control
        Columns of `obs`, and the label of untouched cells. The time is looked at only where
        the field depends on it, the perturbation only where the column is there.
    layer
        The matrix to evaluate at; None: X.
    neighbors
        How many to find for each cell, where `adata` has none: O(cells²), about 6 CPU seconds
        for 50,000 cells.
    """
    if not models:
        raise InputError("a model", "none", "pass the model after the AnnData object")
    model = models[0]
    table = read_table(adata, layer, model.genes)
    _check_scale(table.x, model)
    states = model.denoise(table.x)
    times = None
    if not model.field.autonomous:
        times = parse_times(time_of(adata.obs, time), model.time_unit or None).values
    done = [Intervention.control()] * adata.n_obs
    if perturbation in adata.obs:
        done = conditions_of(adata.obs[perturbation], model.genes, control, "knockout")
    velocity = np.empty_like(states)
    for condition in dict.fromkeys(done):
        rows = np.flatnonzero([one == condition for one in done])
        at = None if times is None else times[rows]
        each = [one.velocity(states[rows], at, intervention=condition) for one in models]
        velocity[rows] = np.mean(each, axis=0)

    adata.layers[keys.STATES] = _spread(states, adata, model.genes)
    adata.layers[keys.VELOCITY] = _spread(velocity, adata, model.genes)
    moving = np.isfinite(velocity).all(axis=0) & (velocity != 0).any(axis=0)
    adata.var[keys.VELOCITY_GENES] = adata.var_names.isin(np.array(model.genes)[moving])
    size = min(COMPONENTS, *states.shape)
    adata.obsm[keys.EMBEDDING] = LinearBasis.fit(states, size).project(states)
    about = {keys.PARAMS: fit_params(*models), keys.ORIENTATION: keys.SOURCE_BY_TARGET}
    written = [
        f"layers[{keys.VELOCITY!r}]", f"layers[{keys.STATES!r}]",
        f"var[{keys.VELOCITY_GENES!r}]", f"obsm[{keys.EMBEDDING!r}]", *add_entries(adata, about),
    ]  # fmt: skip
    if keys.NEIGHBORS not in adata.uns or keys.CONNECTIVITIES not in adata.obsp:
        written += _find_neighbors(adata, neighbors)
    return tuple(written)


def _check_scale(x: np.ndarray, model: Member) -> None:
    if model.scale != "counts" and detect_scale(x) == "counts":
        raise InputError(
            f"cells in the scale of the fit ({model.scale})",
            "whole numbers, which look like counts",
            "bring them to that scale, or name the layer that has it",
        )
    if model.field.keeps_orthant:
        check_not_negative(x, model.genes, f"the {model.field.name!r} field")


def _spread(values: np.ndarray, adata: anndata.AnnData, genes: tuple[str, ...]) -> np.ndarray:
    """Columns in the order of `adata`; NaN for genes that the model does not know."""
    layer = np.full(adata.shape, np.nan, dtype=np.float32)
    layer[:, adata.var_names.get_indexer(list(genes))] = values
    return layer


def _find_neighbors(adata: anndata.AnnData, size: int) -> list[str]:
    """Exact neighbours in the components of the states, under scanpy's names."""
    import scanpy as sc

    sc.pp.neighbors(
        adata, n_neighbors=min(size, adata.n_obs - 1), use_rep=keys.EMBEDDING,
        # scanpy's approximate search, from 8,192 cells on, fails beside a current SciPy
        transformer="sklearn", random_state=0,
    )  # fmt: skip
    return [
        f"obsp[{keys.CONNECTIVITIES!r}]", f"obsp[{keys.DISTANCES!r}]", f"uns[{keys.NEIGHBORS!r}]"
    ]  # fmt: skip
