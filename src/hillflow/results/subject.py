"""A run as the subject of a validation: its saved network, or the one its fit gives now."""

from __future__ import annotations

from hillflow.evaluate.inferred import InferredNetwork, inferred_from_fit
from hillflow.networks import Network
from hillflow.results.run import Run
from hillflow.run_files import EDGES


def subject_of_run(run: Run, prior: Network | None = None) -> InferredNetwork:
    """What is known of a run's network; `prior` where the fit does not carry its own."""
    where = f"{EDGES} of the run {run.name}" if run.path is not None else "the graph of the run"
    return inferred_from_fit(run.fit, run.data, prior, saved=run.graph, origin=where)
