"""Fitted fields: a fit has one member or more, with their genes and units. Nothing here trains."""

from __future__ import annotations

from hillflow.model.choice import Choice
from hillflow.model.fit import Fit
from hillflow.model.member import Member
from hillflow.model.velocity_layers import add_velocity

__all__ = ["Choice", "Fit", "Member", "add_velocity"]
