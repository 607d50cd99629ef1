"""A fitted law: 1 to n members, their genes and units. Nothing here trains."""

from __future__ import annotations

from hillflow.model.fit import Ensemble, models_of
from hillflow.model.model import Model
from hillflow.model.provenance import note_prediction
from hillflow.model.velocity_layers import add_velocity

__all__ = [
    "Ensemble",
    "Model",
    "add_velocity",
    "models_of",
    "note_prediction",
]
