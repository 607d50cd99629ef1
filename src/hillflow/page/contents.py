"""The results of a run that its page shows, each read once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from hillflow.causal import ScmResult
from hillflow.causal.hypotheses import MEASURED, hypotheses
from hillflow.data import Snapshots
from hillflow.evaluate.data_check import NO_EFFECT, check_data
from hillflow.findings import Finding, unique_findings
from hillflow.networks.about_file import CHANGED
from hillflow.networks.network import Network
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.run import Run
from hillflow.symbolic import Laws

CHECKED = 20_000_000  # values of which halves are compared: more take too long for a page


@dataclass(frozen=True, eq=False)
class Contents:
    """A run with its results; None for results that have not been computed.

    Attributes
    ----------
    run
        The run.
    graph, laws, knockouts, scm, validation
        Its results.
    outdated
        Whether a validation exists but is not shown, because the network was changed after it.
    """

    run: Run
    graph: Network | None = field(repr=False)
    laws: Laws | None = field(repr=False)
    knockouts: KnockoutTables | None = field(repr=False)
    scm: ScmResult | None = field(repr=False)
    validation: dict[str, Any] | None = field(repr=False)
    outdated: bool = False

    @classmethod
    def read(cls, run: Run) -> Contents:
        """Read all results of a run; an error names a damaged one."""
        graph, validation = run.graph, run.validation
        outdated = graph is not None and validation is not None and _differs(validation, graph)
        kept = None if outdated else validation
        return cls(run, graph, run.laws, run.knockouts, run.scm, kept, outdated)

    @property
    def ranking(self) -> pd.DataFrame | None:
        """One row per predicted perturbation."""
        return None if self.knockouts is None else self.knockouts.ranking

    @cached_property
    def hypotheses(self) -> pd.DataFrame:
        """The ranking with what each prediction is worth, and why, in that order.

        See `hillflow.causal.hypotheses`. Of a measured perturbation, the verdict says too if halves
        of its cells disagree.
        """
        if self.ranking is None:
            return pd.DataFrame()
        data = self.run.data
        measured = data.conditions if isinstance(data, Snapshots) else ()
        verdicts = hypotheses(self.ranking, self.graph, measured)
        table = verdicts[["perturbation", "verdict", "reason"]].merge(
            self.ranking, on="perturbation", validate="1:1"
        )
        known = table["verdict"] == MEASURED
        if known.any() and isinstance(data, Snapshots) and data.x.size <= CHECKED:
            checked = check_data(data).perturbations.set_index("perturbation")["verdict"]
            lost = known & (table["perturbation"].map(checked) == NO_EFFECT)
            table.loc[lost, "verdict"] = f"measured: {NO_EFFECT}"
        return table

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader of the fit and of its results must know."""
        results = (self.run, self.graph, self.laws, self.knockouts, self.scm)
        own = [finding for result in results if result is not None for finding in result.findings]
        # Notes on a validation stand beside its scores.
        kept = (Finding(**values) for values in (self.validation or {}).get("findings", ()))
        return unique_findings([*own, *(one for one in kept if one.severity == "warning")])

    @property
    def warnings(self) -> list[str]:
        """Sentences on what may mislead a reader: they stand at the top of the page."""
        return self._sentences("warning")

    @property
    def notes(self) -> list[str]:
        """Sentences on what is good to know of the fit and of its results."""
        return self._sentences("note")

    def _sentences(self, severity: str) -> list[str]:
        texts = (finding.text for finding in self.findings if finding.severity == severity)
        return [f"{text[0].upper()}{text[1:]}." for text in texts]

    @property
    def has_confidence(self) -> bool:
        """Whether edges have a confidence."""
        return self.graph is not None and bool(self.graph.edges["confidence"].notna().any())

    @property
    def graph_about(self) -> dict[str, Any]:
        """How the network was inferred, as plain JSON values; empty if not recorded."""
        return {} if self.graph is None else self.graph.about

    @property
    def origin(self) -> str:
        """How the network was inferred, in a sentence."""
        about = self.graph_about
        if about.get(CHANGED):
            return " The table was changed since it was written."
        if "readout" not in about:
            return ""
        runs = about.get("runs")
        joined = f" of the runs {' and '.join(runs)} together" if runs else ""
        text = f" The edges were inferred from the fit by the readout “{about['readout']}”{joined}."
        return text + (
            f" Confidence: {about['confidence']}." if self.has_confidence and runs else ""
        )


def _differs(validation: dict[str, Any], graph: Network) -> bool:
    """Whether the edges that were validated have other weights in the network now."""
    genes = set(graph.genes)
    pairs = zip(graph.edges["source"], graph.edges["target"], strict=True)
    weights = dict(zip(pairs, graph.edges["weight"], strict=True))
    return any(
        not math.isclose(
            edge["weight"] or 0.0, weights.get((edge["source"], edge["target"]), 0.0), rel_tol=1e-6
        )
        for edge in validation["edges"]
        if edge["source"] in genes and edge["target"] in genes
    )
