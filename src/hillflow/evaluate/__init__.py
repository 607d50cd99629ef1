"""How good is it: scores against truth, beside what chance and simple baselines reach."""

from __future__ import annotations

from hillflow.evaluate.network import NetworkScores, network_scores
from hillflow.evaluate.network_signs import NetworkSigns, network_signs
from hillflow.evaluate.nulls import Null, null
from hillflow.evaluate.over_cells import OverCells, over_cells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.ranking import Ranking
from hillflow.evaluate.signs import SignScores, sign_scores
from hillflow.evaluate.universe import Universe
from hillflow.evaluate.validate import ValidationSetting, validate
from hillflow.evaluate.validation import Validation
from hillflow.evaluate.velocity import VelocityAgreement, velocity_cosine

__all__ = [
    "NetworkScores",
    "NetworkSigns",
    "Null",
    "OverCells",
    "PriorUse",
    "Ranking",
    "SignScores",
    "Universe",
    "Validation",
    "ValidationSetting",
    "VelocityAgreement",
    "network_scores",
    "network_signs",
    "null",
    "over_cells",
    "sign_scores",
    "validate",
    "velocity_cosine",
]
