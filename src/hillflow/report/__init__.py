"""Figures, all drawn in one style; each function returns what it drew."""

from __future__ import annotations

from hillflow.report.history import plot_history
from hillflow.report.populations import plot_labels, plot_populations
from hillflow.report.prediction import plot_prediction

__all__ = ["plot_history", "plot_labels", "plot_populations", "plot_prediction"]
