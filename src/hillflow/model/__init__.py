"""A fitted law: one member or more, their genes and units. Nothing here trains."""

from __future__ import annotations

from hillflow.model.choice import Choice
from hillflow.model.fit import Fit, Fitted, members_of
from hillflow.model.member import Member
from hillflow.model.provenance import note_prediction
from hillflow.model.velocity_layers import add_velocity

__all__ = ["Choice", "Fit", "Fitted", "Member", "add_velocity", "members_of", "note_prediction"]
