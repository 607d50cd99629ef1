"""The result of a validation: numbers, words, and the edges they rest on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.evaluate.nulls import Null
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.shared_edges import STATUS
from hillflow.evaluate.universe import Universe

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from hillflow.priors import PriorNetwork

CHANCE = 0.05
_NULL_WORDS = {
    "labels": "as many edges on random pairs",
    "degrees": "the reference rewired, all degrees kept",
}


@dataclass(frozen=True, eq=False)
class Validation:
    """An inferred network beside a published one; see `hillflow.evaluate.validate`.

    Attributes
    ----------
    subject, reference
        What was validated, in words, and the reference in the names of the panel.
    alignment
        How the reference's names were found in the panel, in words.
    universe
        The pairs of the headline.
    scores, signs
        The headline: over pairs that the model was not given. None where no edge of the
        reference is left there.
    nulls
        What chance reaches.
    baselines
        Simple networks from the same cells, on the same pairs; empty where there are no cells.
    prior
        What the prior explains, where the model was given one.
    edges
        Edge by edge, see `shared_edges`.
    notes
        What the reader should know.
    """

    subject: str
    reference: PriorNetwork
    alignment: str
    universe: Universe
    scores: NetworkScores | None
    signs: NetworkSigns | None
    nulls: tuple[Null, ...]
    baselines: dict[str, NetworkScores]
    prior: PriorUse | None
    edges: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many edges of each status; "given" only where the model was given some."""
        count = self.edges["status"].value_counts()
        shown = [status for status in STATUS if status != "given" or status in count]
        return {status: int(count.get(status, 0)) for status in shown}

    @property
    def verdicts(self) -> list[tuple[Null, str]]:
        """Each null with what it says of the headline."""
        return [
            (one, "above chance" if one.p <= CHANCE else "no better than chance")
            for one in self.nulls
        ]

    def table(self) -> pd.DataFrame:
        """A row a ranking, the headline first: what it was, and its scores."""
        import pandas as pd

        rows: list[tuple[str, NetworkScores]] = []
        if self.scores is not None:
            rows.append(("this network", self.scores))
        rows += self.baselines.items()
        if self.prior is not None:
            if self.prior.novel_by_out_degree is not None:
                rows.append(("hubs of the prior", self.prior.novel_by_out_degree))
            if self.prior.within is not None:
                rows.append(("this network, prior's edges alone", self.prior.within))
            rows += [
                ("this network, prior included", self.prior.with_prior),
                ("prior alone", self.prior.alone),
                ("prior, ties by out-degree", self.prior.by_out_degree),
            ]
        return pd.DataFrame(
            [
                {
                    "ranking": name, "ap": s.ap, "ap_over_base": s.ap_over_base,
                    "auroc": s.auroc, "early_precision": s.early_precision,
                    "base_rate": s.base_rate, "edges": s.edges, "pairs": s.pairs,
                }
                for name, s in rows
            ]
        )  # fmt: skip

    def summary(self) -> str:
        """What was found, in a few lines that a biologist can read."""
        name = self.reference.name or "the reference"
        lines = [f"{self.subject} against {name}", f"Universe   {self.universe}"]
        lines += [f"           {line}" for line in self.alignment.splitlines()]
        if self.scores is not None:
            lines += self._headline(self.scores)
        lines += self._sign_lines()
        if self.prior is not None:
            lines.append(
                f"Prior      {self.prior.shared:,} edges of the reference are among the "
                f"{self.prior.edges:,} of {self.prior.name}: left out above, "
                "shown apart in the table"
            )
        called = 0 if self.scores is None else self.scores.edges
        found = ", ".join(f"{count:,} {status}" for status, count in self.counts().items())
        lines.append(f"Edges      {found}; the {called:,} strongest pairs count as found")
        return "\n".join([*lines, *(f"Note       {note}" for note in self.notes)])

    def _headline(self, scores: NetworkScores) -> list[str]:
        lines = [
            f"Ranking    average precision {scores.ap:.3f}, {scores.ap_over_base:.2f} times the "
            f"base rate {scores.base_rate:.3g} ({scores.edges:,} edges); AUROC {scores.auroc:.3f}"
        ]
        if scores.self_edges is not None:
            apart = scores.self_edges
            lines.append(
                f"           apart: average precision {apart.ap:.3f} over {apart.pairs:,} "
                f"self-pairs, {apart.ap_over_base:.2f} times the base rate "
                f"({apart.edges:,} edges)"
            )
        for one, verdict in self.verdicts:
            lines.append(
                f"Chance     {one.low:.3f} to {one.high:.3f} for {_NULL_WORDS[one.kind]}: "
                f"{verdict} (p = {one.p:.3g})"
            )
        return lines

    def _sign_lines(self) -> list[str]:
        signs = self.signs
        if signs is None:
            return []
        left_out = f"{signs.unknown:,} of unknown sign, {signs.unlisted:,} without a weight"
        if signs.scores is None:
            why = "the network has none" if signs.unsigned else f"none to compare ({left_out})"
            return [f"Signs      {why}"]
        s = signs.scores
        return [
            f"Signs      {s.accuracy:.2f} right ({signs.low:.2f} to {signs.high:.2f}) of "
            f"{s.edges:,} edges; always activation {s.always_activation:.2f}; Matthews "
            f"correlation {s.mcc:+.2f} (p = {signs.p:.3g}); left out {left_out}"
        ]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        edges = self.edges.astype(object).where(self.edges.notna(), None)
        return {
            "subject": self.subject,
            "reference": self.reference.summary(),
            "alignment": self.alignment,
            "universe": {"pairs": len(self.universe), "words": self.universe.words},
            "scores": None if self.scores is None else self.scores.to_json(),
            "signs": None if self.signs is None else self.signs.to_json(),
            "nulls": [one.to_json() for one in self.nulls],
            "baselines": {name: scores.to_json() for name, scores in self.baselines.items()},
            "prior": None if self.prior is None else self.prior.to_json(),
            "counts": self.counts(),
            "edges": edges.to_dict("records"),
            "notes": list(self.notes),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_json` to a file."""
        from hillflow.files import check_output_file
        from hillflow.fit.files import write_json

        path = check_output_file(path, ".json")
        write_json(path, self.to_json())
        return path

    def figure(self) -> Figure:
        """Precision and recall with the band of chance, signs, and the edges with their papers."""
        from hillflow.report.validation import plot_validation

        return plot_validation(self)

    def __repr__(self) -> str:
        score = "nothing left to score" if self.scores is None else f"AP {self.scores.ap:.3f}"
        return f"Validation({self.subject!r} against {self.reference.name!r}: {score})"
