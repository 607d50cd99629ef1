"""Figures, all drawn in one style; each function returns what it drew. And a page of them all."""

from __future__ import annotations

from hillflow.pl.fates import plot_fates
from hillflow.pl.gene_trajectories import plot_trajectories, plot_trajectory
from hillflow.pl.history import plot_history
from hillflow.pl.knockout_effects import plot_effects
from hillflow.pl.knockout_ranking import plot_ranking
from hillflow.pl.network_figure import plot_network
from hillflow.pl.pareto import plot_front, plot_fronts
from hillflow.pl.populations import plot_labels, plot_populations
from hillflow.pl.precision_recall import plot_precision_recall
from hillflow.pl.prediction import plot_prediction
from hillflow.pl.regulators import plot_regulators
from hillflow.pl.reliability import plot_reliability
from hillflow.pl.scores_figure import plot_scores
from hillflow.pl.signs_figure import plot_signs
from hillflow.pl.stream import plot_stream
from hillflow.pl.validation import plot_validation

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
]
