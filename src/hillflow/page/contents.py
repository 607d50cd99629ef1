"""What a run holds by now: the results that its page is made of, each read once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from hillflow.findings import Finding, each_once
from hillflow.networks.about_file import CHANGED
from hillflow.networks.network import Network
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.run import Run
from hillflow.symbolic import Laws


@dataclass(frozen=True, eq=False)
class Contents:
    """A run and what the other commands added to it; None where they have not been run.

    Attributes
    ----------
    run
        The fit itself.
    graph, laws, knockouts, validation
        Its results.
    outdated
        Whether there is a validation of a network that was overwritten since, and so left out.
    """

    run: Run
    graph: Network | None = field(repr=False)
    laws: Laws | None = field(repr=False)
    knockouts: KnockoutTables | None = field(repr=False)
    validation: dict[str, Any] | None = field(repr=False)
    outdated: bool = False

    @classmethod
    def read(cls, run: Run) -> Contents:
        """Read every result that is there, or say which of them is damaged."""
        graph, scored = run.graph, run.validation
        outdated = graph is not None and scored is not None and _of_another(scored, graph)
        return cls(run, graph, run.laws, run.knockouts, None if outdated else scored, outdated)

    @property
    def ranking(self) -> pd.DataFrame | None:
        """One row a predicted perturbation."""
        return None if self.knockouts is None else self.knockouts.ranking

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of the fit and of every result."""
        results = (self.run, self.graph, self.laws, self.knockouts)
        return each_once(
            finding for result in results if result is not None for finding in result.findings
        )

    @property
    def sure(self) -> bool:
        """Whether edges carry a confidence."""
        return self.graph is not None and bool(self.graph.edges["confidence"].notna().any())

    @property
    def graph_about(self) -> dict[str, Any]:
        """How the network was made, where that was noted."""
        return {} if self.graph is None else self.graph.about

    @property
    def origin(self) -> str:
        """How the network was made, in a sentence."""
        about = self.graph_about
        if about.get(CHANGED):
            return " The table was changed since it was written."
        if "readout" not in about:
            return ""
        runs = about.get("runs")
        together = f" of the runs {' and '.join(runs)} together" if runs else ""
        sure = f" Confidence: {about['confidence']}." if self.sure and runs else ""
        return f" The edges were read from the fit by “{about['readout']}”{together}.{sure}"


def _of_another(validation: dict[str, Any], graph: Network) -> bool:
    """Whether the edges that were scored weigh otherwise in the network that is there now."""
    known = set(graph.genes)
    pairs = zip(graph.edges["source"], graph.edges["target"], strict=True)
    weights = dict(zip(pairs, graph.edges["weight"], strict=True))
    return any(
        not math.isclose(
            edge["weight"] or 0.0, weights.get((edge["source"], edge["target"]), 0.0), rel_tol=1e-6
        )
        for edge in validation["edges"]
        if edge["source"] in known and edge["target"] in known
    )
