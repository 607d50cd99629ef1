"""What the causal layer takes: a model, an ensemble or a run, and cells to look at it with."""

from __future__ import annotations

import numpy as np

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, InputError
from hillflow.model import Ensemble, Model
from hillflow.model.fit import models_of as models_of
from hillflow.results import Run

Fitted = Model | Ensemble | Run
Cells = Snapshots | Trajectories


def cells_of(fitted: Fitted, data: Cells | None = None) -> Cells:
    """The cells to look at it with: those given, or those a run was fitted to."""
    if data is None:
        if isinstance(fitted, Run):
            return fitted.data
        raise InputError(
            "cells at which to look at the model",
            "none (only a Run keeps its own)",
            "pass data=… with the snapshots that were fitted",
        )
    if not isinstance(data, Snapshots | Trajectories):
        raise InputError(
            "Snapshots or Trajectories as the second argument", type(data).__name__,
            "pass the cells that were fitted, and the readout after them",
        )  # fmt: skip
    genes = models_of(fitted)[0].genes
    if data.genes != genes:
        raise GeneNameError(
            f"the model's {len(genes):,} genes, in its order",
            f"{len(data.genes):,} genes",
            "call snapshots.select_genes(model.genes)",
        )
    return data


def states_of(fitted: Fitted, data: Cells | None = None) -> np.ndarray:
    """Every measured state, [states, genes], as the (first) model saw it in training."""
    return models_of(fitted)[0].denoise(cells_of(fitted, data).x)
