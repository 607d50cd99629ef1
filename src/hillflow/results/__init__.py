"""Runs: a fit with its cells and with the results computed from it, in memory or in a folder."""

from __future__ import annotations

from hillflow.results.fit_run import fit_run
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.run import Run

__all__ = ["KnockoutTables", "Run", "fit_run"]
