"""Where the numbers in an AnnData object come from: notes of ours in ``uns["hillflow"]``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow.data.anndata_uns import add_entries
from hillflow.errors import InputError, listing

if TYPE_CHECKING:
    import anndata

    from hillflow.data import Snapshots
    from hillflow.model.member import Member


def fit_params(*models: Member) -> dict[str, Any]:
    """What the models were fitted with; the seed is the one that the (first) fit was asked with."""
    first = models[0]
    methods = (str(one.provenance.get("method", {}).get("name", "")) for one in models)
    return {
        "field": ", ".join(dict.fromkeys(one.field.name for one in models)),
        "method": ", ".join(dict.fromkeys(methods)),
        "seed": first.provenance.get("ensemble", {}).get("seed", first.seed),
        "members": len(models),
        keys.TIME_UNIT: first.time_unit,
        keys.SCALE: first.scale,
    }


def note_prediction(
    adata: anndata.AnnData,
    snapshots: Snapshots,
    *models: Member,
    start: float | None = None,
    absolute: bool = False,
    cautious: bool = False,
    pooled: bool = False,
) -> tuple[str, ...]:
    """Note in predicted cells what they were predicted by and from; return the keys.

    ``uns["hillflow"]["prediction"]`` names the perturbation, the time and number of the control
    cells that were rolled out, the fingerprint of the data that they are from (of a run, the
    one in its ``manifest.json``), and the SHA-256 of each model as a file
    (``sha256sum RUN/model/model.safetensors``). ``params`` beside it has the field, the method
    and the seed of the fit; the prediction itself draws nothing.

    Parameters
    ----------
    adata
        One prediction: ``model.predict(snapshots, intervention).to_anndata()``.
    snapshots, start, absolute, cautious
        What was given to `predict`; with `pooled`, the cells before `pooled_control`.
    pooled
        Whether `predict` was given `pooled_control` of these cells.
    models
        One, or the members of an ensemble. Their fields must be registered, as for saving.
    """
    from hillflow.model.describe import fingerprint
    from hillflow.model.predict import control_cells

    if not models:
        raise InputError("a model", "none", "pass the model after the snapshots")
    done = list(adata.obs.get(keys.PERTURBATION, ()))
    if len(set(done)) != 1:
        raise InputError(
            f"predicted cells, of one perturbation in obs[{keys.PERTURBATION!r}]",
            listing(sorted(set(map(str, done)))) or "none",
            "note each prediction before you join them",
        )
    control = control_cells(models[0], snapshots)
    begin = float(control.times[0]) if start is None else control.nearest_time(start)
    source = {
        keys.PERTURBATION: str(done[0]),
        keys.START_TIME: begin,
        keys.START_CELLS: len(control.rows(begin)),
        keys.ABSOLUTE: absolute,
        keys.CAUTIOUS: cautious,
        keys.POOLED: pooled,
        keys.DATA: fingerprint(snapshots),
        keys.MODELS: np.array([_sha256(model) for model in models]),
    }
    return add_entries(adata, {keys.PREDICTION: source, keys.PARAMS: fit_params(*models)})


def _sha256(model: Member) -> str:
    """Of the tensors as `Member.save` writes them: the same bytes wherever the model lies."""
    from hillflow.model.storage import check_savable, tensor_bytes

    check_savable(model.field)
    return hashlib.sha256(tensor_bytes(model)).hexdigest()
