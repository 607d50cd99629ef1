"""A run as the subject of a validation: its saved network, or one inferred from its fit."""

from __future__ import annotations

from hillflow.evaluate.subject import Subject, subject_of_fit
from hillflow.networks import Network
from hillflow.results.run import Run
from hillflow.run_files import EDGES


def subject_of_run(run: Run, prior: Network | None = None) -> Subject:
    """Return a run's network for validation; `prior`: the prior, if the fit has none recorded."""
    origin = f"{EDGES} of the run {run.name}" if run.path is not None else "the graph of the run"
    return subject_of_fit(run.fit, run.data, prior, saved=run.graph, origin=origin)
