"""Figures, all drawn in one style; each function returns what it drew. And a page of them all."""

from __future__ import annotations

from hillflow.report.fates import plot_fates
from hillflow.report.gene_trajectories import plot_trajectories, plot_trajectory
from hillflow.report.history import plot_history
from hillflow.report.html import report
from hillflow.report.knockout_effects import plot_effects
from hillflow.report.knockout_ranking import plot_ranking
from hillflow.report.network_figure import plot_network
from hillflow.report.pareto import plot_front, plot_fronts
from hillflow.report.populations import plot_labels, plot_populations
from hillflow.report.precision_recall import plot_precision_recall
from hillflow.report.prediction import plot_prediction
from hillflow.report.regulators import plot_regulators
from hillflow.report.reliability import plot_reliability
from hillflow.report.scores_figure import plot_scores
from hillflow.report.signs_figure import plot_signs
from hillflow.report.stream import plot_stream
from hillflow.report.validation import plot_validation

__all__ = [
    "plot_effects",
    "plot_fates",
    "plot_front",
    "plot_fronts",
    "plot_history",
    "plot_labels",
    "plot_network",
    "plot_populations",
    "plot_precision_recall",
    "plot_prediction",
    "plot_ranking",
    "plot_regulators",
    "plot_reliability",
    "plot_scores",
    "plot_signs",
    "plot_stream",
    "plot_trajectories",
    "plot_trajectory",
    "plot_validation",
    "report",
]
