"""Figures, all drawn in one style; each function returns what it drew."""

from __future__ import annotations

from hillflow.report.history import plot_history
from hillflow.report.populations import plot_labels, plot_populations
from hillflow.report.precision_recall import plot_precision_recall
from hillflow.report.prediction import plot_prediction
from hillflow.report.signs_figure import plot_signs
from hillflow.report.validation import plot_validation

__all__ = [
    "plot_history",
    "plot_labels",
    "plot_populations",
    "plot_precision_recall",
    "plot_prediction",
    "plot_signs",
    "plot_validation",
]
