"""What a run holds, and what must be said of it."""

from __future__ import annotations

from hillflow.results.artifacts import ARTIFACTS, Artifact
from hillflow.results.fit_run import fit_run
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.run import Run

__all__ = ["ARTIFACTS", "Artifact", "KnockoutTables", "Run", "fit_run"]
