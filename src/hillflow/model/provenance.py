"""Records in ``uns["hillflow"]`` of an AnnData object: which fit its numbers come from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data.anndata_uns import add_entries
from hillflow.errors import InputError, listing
from hillflow.model.describe import fingerprint
from hillflow.model.predict import control_cells
from hillflow.model.savable import check_savable
from hillflow.model.storage import tensor_bytes

if TYPE_CHECKING:
    import anndata

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model.member import Member


def fit_params(*members: Member) -> dict[str, Any]:
    """Return field, method, seed and units of a fit; the seed is that of the (first) fit."""
    first = members[0]
    methods = (str(member.provenance.get("method", {}).get("name", "")) for member in members)
    return {
        "field": ", ".join(dict.fromkeys(member.field.name for member in members)),
        "method": ", ".join(dict.fromkeys(methods)),
        "seed": first.provenance.get("ensemble", {}).get("seed", first.seed),
        "members": len(members),
        keys.TIME_UNIT: first.time_unit,
        keys.SCALE: first.scale,
    }


def record_prediction(
    adata: anndata.AnnData,
    snapshots: Snapshots,
    *members: Member,
    start: float | None = None,
    absolute: bool = False,
    cautious: bool = False,
    pooled: bool = False,
) -> tuple[str, ...]:
    """Record in predicted cells the fit and the cells that they come from; return the keys.

    ``uns["hillflow"]["prediction"]`` has the perturbation, the time and number of the control
    cells that were integrated, the fingerprint of their data (as in the ``manifest.json`` of a
    run), and the SHA-256 of each member's file
    (``sha256sum RUN/model/member-0/model.safetensors``). ``uns["hillflow"]["params"]`` has the
    field, the method and the seed of the fit; a prediction itself draws no random numbers.

    Parameters
    ----------
    adata
        One prediction: ``fit.predict(snapshots, intervention).to_anndata()``.
    snapshots, start, absolute, cautious
        The arguments of `predict`; with `pooled`, the cells before `pooled_control`.
    members
        The members of the fit. Their fields must be registered, as for saving.
    pooled
        Whether `predict` was given `pooled_control` of these cells.
    """
    if not members:
        raise InputError("a member of a fit", "none", "pass the members after the snapshots: *fit")
    perturbations = list(adata.obs.get(keys.PERTURBATION, ()))
    if len(set(perturbations)) != 1:
        raise InputError(
            f"predicted cells, of one perturbation in obs[{keys.PERTURBATION!r}]",
            listing(sorted(set(map(str, perturbations)))) or "none",
            "call record_prediction for each prediction before you join them",
        )
    control = control_cells(members[0], snapshots)
    begin = float(control.times[0]) if start is None else control.nearest_time(start)
    source = {
        keys.PERTURBATION: str(perturbations[0]),
        keys.START_TIME: begin,
        keys.START_CELLS: len(control.rows(begin)),
        keys.ABSOLUTE: absolute,
        keys.CAUTIOUS: cautious,
        keys.POOLED: pooled,
        keys.DATA: fingerprint(snapshots),
        keys.MODELS: np.array([_sha256(member) for member in members]),
    }
    return add_entries(adata, {keys.PREDICTION: source, keys.PARAMS: fit_params(*members)})


def record_doses(adata: anndata.AnnData, series: Trajectories, *members: Member) -> tuple[str, ...]:
    """Record in predicted units the fit, and the series that it was fitted to; return the keys."""
    source = {
        keys.DATA: fingerprint(series),
        keys.MODELS: np.array([_sha256(member) for member in members]),
    }
    return add_entries(adata, {keys.PREDICTION: source, keys.PARAMS: fit_params(*members)})


def _sha256(member: Member) -> str:
    """Return the SHA-256 of the tensor file that `Member.save` writes."""
    check_savable(member.field)
    return hashlib.sha256(tensor_bytes(member)).hexdigest()
