"""How good is it: scores against truth, beside what chance and simple baselines reach."""

from __future__ import annotations

from hillflow.evaluate.signs import SignScores, sign_scores

__all__ = ["SignScores", "sign_scores"]
