"""Scores of networks, signs and velocities against references, with nulls and baselines."""

from __future__ import annotations

from hillflow.evaluate.network_scores import NetworkScores, network_scores
from hillflow.evaluate.network_signs import NetworkSigns, network_signs
from hillflow.evaluate.null_distribution import NullDistribution, null_distribution
from hillflow.evaluate.over_cells import OverCells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.sign_scores import SignScores, sign_scores
from hillflow.evaluate.universe import Universe
from hillflow.evaluate.validate import ValidationSetting, validate
from hillflow.evaluate.validation import Validation
from hillflow.evaluate.velocity import VelocityAgreement, velocity_cosine

__all__ = [
    "NetworkScores",
    "NetworkSigns",
    "NullDistribution",
    "OverCells",
    "PriorUse",
    "SignScores",
    "Universe",
    "Validation",
    "ValidationSetting",
    "VelocityAgreement",
    "network_scores",
    "network_signs",
    "null_distribution",
    "sign_scores",
    "validate",
    "velocity_cosine",
]
