"""Velocities in an AnnData object, in the layout that scVelo and CellRank read.

Both need neighbours, and as layers the velocity and the states at which it was evaluated. scVelo
reads the states from ``layers["Ms"]`` (with ``xkey="X"`` it requires a layer ``spliced``), and
skips genes whose velocity is NaN: here, genes that are not in the fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.data.anndata_io import conditions_of, time_of
from hillflow.data.anndata_uns import add_entries
from hillflow.data.basis import LinearBasis
from hillflow.data.checks import check_not_negative, check_unspliced, detect_scale
from hillflow.data.h5ad import read_table
from hillflow.data.times import parse_times
from hillflow.errors import InputError, NumericalError, listing
from hillflow.interventions import Intervention
from hillflow.model.at_rest import check_moving
from hillflow.model.neighbors import add_neighbors
from hillflow.model.provenance import fit_params

if TYPE_CHECKING:
    import anndata

    from hillflow.model.member import Member

COMPONENTS = 30  # principal components of the states, for neighbours and figures


def add_velocity(
    adata: anndata.AnnData,
    *members: Member,
    time: str = keys.TIME,
    perturbation: str = keys.PERTURBATION,
    control: str = keys.CONTROL,
    layer: str | None = None,
    unspliced: str = keys.UNSPLICED,
    neighbors: int = 15,
) -> tuple[str, ...]:
    """Write the fitted dx/dt of every cell into an AnnData object.

    Each cell's velocity is that of its condition: in knockout cells, the field has no production
    of the removed gene.

    Parameters
    ----------
    adata
        Cells in the scale of expression of the fit. Genes that are not in the fit get NaN.
    members
        The members of a fit, ``*fit``. Their mean velocity is written, at the states that the
        first member projects the cells on (`Member.denoise`).
    time, perturbation, control
        Columns of `obs`, and the label of control cells. The time is read only if the field
        depends on it, the perturbation only if the column exists.
    layer
        The matrix to evaluate at; None: X.
    unspliced
        Layer with the unspliced mRNA u of these cells, for a fit to spliced and unspliced mRNA:
        velocities are then β u − γ s, and those of u, ``velocity_u`` at ``Mu``, are written too.
        Without the layer, u is taken to follow transcription.
    neighbors
        Number of neighbours of each cell, found if `adata` has none. Cost: O(cells²), about
        6 CPU seconds for 50,000 cells.

    Returns
    -------
    tuple of str
        The keys that were written.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting, train
    >>> adata = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> cells = hf.Snapshots.from_anndata(adata)
    >>> fit = train("linear", cells, "ot-cfm", setting=Setting(effort=0.01))
    >>> add_velocity(adata, *fit)[:2]
    ("layers['velocity']", "layers['Ms']")
    >>> adata.layers["velocity"].shape
    (60, 2)
    """
    if not members:
        raise InputError("a member of a fit", "none", "pass the members after the cells: *fit")
    first = members[0]
    check_moving(first, "velocities")
    table = read_table(adata, layer, first.genes)
    _check_scale(table.x, first)
    states, genes = first.denoise(table.x), len(first.genes)
    if first.heads.splicing is not None and unspliced in adata.layers:
        nascent = read_table(adata, unspliced, first.genes).x
        check_unspliced(nascent, table.x, first.genes)
        states = np.concatenate([states, nascent], axis=1)
    times = None
    if not first.field.autonomous:
        times = parse_times(time_of(adata.obs, time), first.time_unit or None).values
    conditions = [Intervention.control()] * adata.n_obs
    if perturbation in adata.obs:
        conditions = conditions_of(adata.obs[perturbation], first.genes, control, "knockout")
    velocity = np.empty_like(states)
    for condition in dict.fromkeys(conditions):
        rows = np.flatnonzero([other == condition for other in conditions])
        at = None if times is None else times[rows]
        velocities = [m.state_velocity(states[rows], at, intervention=condition) for m in members]
        velocity[rows] = np.mean(velocities, axis=0)[:, : states.shape[1]]
    states, unspliced_states = np.split(states, [genes], axis=1)
    velocity, unspliced_velocity = np.split(velocity, [genes], axis=1)
    _check_finite(velocity, first.genes)

    adata.layers[keys.STATES] = _layer(states, adata, first.genes)
    adata.layers[keys.VELOCITY] = _layer(velocity, adata, first.genes)
    further = {}
    if unspliced_states.size:
        further = {
            keys.UNSPLICED_VELOCITY: unspliced_velocity, keys.UNSPLICED_STATES: unspliced_states,
        }  # fmt: skip
    for key, values in further.items():
        adata.layers[key] = _layer(values, adata, first.genes)
    moving = np.isfinite(velocity).all(axis=0) & (velocity != 0).any(axis=0)
    adata.var[keys.VELOCITY_GENES] = adata.var_names.isin(np.array(first.genes)[moving])
    size = min(COMPONENTS, *states.shape)
    adata.obsm[keys.EMBEDDING] = LinearBasis.fit(states, size).project(states)
    about = {keys.PARAMS: fit_params(*members), keys.ORIENTATION: keys.SOURCE_BY_TARGET}
    written = [
        f"layers[{keys.VELOCITY!r}]", f"layers[{keys.STATES!r}]",
        *(f"layers[{key!r}]" for key in further), f"var[{keys.VELOCITY_GENES!r}]",
        f"obsm[{keys.EMBEDDING!r}]", *add_entries(adata, about),
    ]  # fmt: skip
    if keys.NEIGHBORS not in adata.uns or keys.CONNECTIVITIES not in adata.obsp:
        written += add_neighbors(adata, keys.EMBEDDING, min(neighbors, adata.n_obs - 1))
    return tuple(written)


def _check_finite(velocity: np.ndarray, genes: tuple[str, ...]) -> None:
    wrong = ~np.isfinite(velocity)
    if wrong.any():
        raise NumericalError(
            "finite velocities",
            f"NaN or infinity for {listing(np.array(genes)[wrong.any(axis=0)])} in "
            f"{int(wrong.any(axis=1).sum()):,} of {len(velocity):,} cells",
            "check that the cells are in the scale of the fit, or fit again with a lower rate",
        )


def _check_scale(x: np.ndarray, member: Member) -> None:
    if member.scale != "counts" and detect_scale(x) == "counts":
        raise InputError(
            f"cells in the scale of the fit ({member.scale})",
            "whole numbers, which look like counts",
            "normalize them as the fitted cells, or name the layer that is in this scale",
        )
    if member.field.keeps_orthant:
        check_not_negative(x, member.genes, f"the {member.field.name!r} field")


def _layer(values: np.ndarray, adata: anndata.AnnData, genes: tuple[str, ...]) -> np.ndarray:
    """Return a layer with the columns of `adata`; NaN for genes that are not in the fit."""
    layer = np.full(adata.shape, np.nan, dtype=np.float32)
    layer[:, adata.var_names.get_indexer(list(genes))] = values
    return layer
