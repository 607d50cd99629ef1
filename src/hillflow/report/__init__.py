"""Figures, all drawn in one style; each function returns what it drew."""

from __future__ import annotations

from hillflow.report.populations import plot_labels, plot_populations

__all__ = ["plot_labels", "plot_populations"]
