"""The result of a validation: numbers, words, and the edges they rest on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.evaluate.nulls import Null
from hillflow.evaluate.over_cells import OverCells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.shared_edges import STATUS
from hillflow.evaluate.universe import Universe

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks.network import Network

CHANCE = 0.05
POINTS = 51  # of each curve in JSON
_NULL_WORDS = {
    "labels": "as many edges on random pairs",
    "degrees": "the reference rewired, all degrees kept",
}
_TOO_FEW = {"labels": "too few such networks to tell", "degrees": "too few rewirings to tell"}


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
    over_cells
        How far they hang on the cells measured: intervals, or why there are none.
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
    reference: Network
    alignment: str
    universe: Universe
    scores: NetworkScores | None
    signs: NetworkSigns | None
    over_cells: OverCells
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
        return [(one, _verdict(one)) for one in self.nulls]

    @property
    def chance(self) -> Null | None:
        """The null to judge by: the rewired reference, or random pairs where that cannot tell."""
        by_kind = {one.kind: one for one in self.nulls}
        rewired = by_kind.get("degrees")
        return rewired if rewired is None or rewired.tells else by_kind.get("labels", rewired)

    @property
    def signed(self) -> bool:
        """Whether the network tells activation from repression."""
        signs = self.signs if self.prior is None else self.prior.signs
        return signs is not None and not signs.unsigned

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

    def curves(self, points: int = POINTS) -> dict[str, Any]:
        """Precision down the rankings, for drawing; plain JSON values, four digits.

        Returns
        -------
        dict
            ``recall``, so many from 0 to 1; ``precision`` of each ranking where it first reaches
            that recall; ``chance``: the ``kind`` of the null and its 95 % band, ``low`` to
            ``high``. Empty where nothing was scored.
        """
        if self.scores is None:
            return {}
        recall = np.linspace(0, 1, points)
        ranked = {"this network": self.scores, **self.baselines}
        chance = self.chance or self.nulls[0]
        low, high = (
            np.interp(recall, chance.recall, band)
            for band in (chance.precision_low, chance.precision_high)
        )
        return {
            "recall": _short(recall),
            "precision": {k: _short(one.precision_at_recall(recall)) for k, one in ranked.items()},
            "chance": {"kind": chance.kind, "low": _short(low), "high": _short(high)},
        }

    def summary(self) -> str:
        """What was found, in a few lines that a biologist can read."""
        name = self.reference.name or "the reference"
        lines = [f"{self.subject} against {name}", f"Universe   {self.universe}"]
        lines += [f"           {line}" for line in self.alignment.splitlines()]
        lines.append(f"           {self._rests_on()}")
        if self.scores is not None:
            lines += self._headline(self.scores)
        lines += self._sign_lines()
        lines.append(f"Cells      {self.over_cells.words}")
        if self.over_cells.scores:
            lines.append(f"           {self.over_cells.said()}")
        if self.prior is not None:
            lines.append(
                f"Prior      {self.prior.shared:,} edges of the reference are among the "
                f"{self.prior.edges:,} that the model was given ({self.prior.name}): left out "
                "above; rankings that count them are circular, and shown for comparison alone"
            )
        found = ", ".join(f"{count:,} {status}" for status, count in self.counts().items())
        if self.scores is not None:
            found += f"; the {self.scores.edges:,} strongest pairs count as found"
        lines.append(f"Edges      {found}")
        return "\n".join([*lines, *(f"Note       {note}" for note in self.notes)])

    def _rests_on(self) -> str:
        """What becomes of the edges whose genes are in the panel."""
        alone = int((self.reference.source == self.reference.target).sum())
        scored = 0 if self.scores is None else self.scores.edges
        shared = 0 if self.prior is None else self.prior.shared
        left = len(self.reference) - alone - shared - scored
        parts = [f"scores rest on {scored:,} of these {len(self.reference):,} edges"]
        parts += [f"{alone:,} are of a gene on itself"] * bool(alone)
        parts += [f"{shared:,} were given to the model"] * bool(shared)
        parts += [f"{left:,} are between pairs that it could give no weight"] * bool(left)
        return "; ".join(parts)

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
                + verdict + f" (p = {one.p:.3g})" * one.tells
            )  # fmt: skip
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
            f"Signs      {s.accuracy:.2f} right of {s.edges:,} edges (95 % over edges "
            f"{signs.low:.2f} to {signs.high:.2f}); always activation {s.always_activation:.2f}; "
            f"Matthews correlation {s.mcc:+.2f} (p = {signs.p:.3g}); left out {left_out}"
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
            "over_cells": self.over_cells.to_json(),
            "curves": self.curves(),
            "nulls": [{**one.to_json(), "verdict": words} for one, words in self.verdicts],
            "baselines": {name: scores.to_json() for name, scores in self.baselines.items()},
            "prior": None if self.prior is None else self.prior.to_json(),
            "counts": self.counts(),
            "edges": edges.to_dict("records"),
            "notes": list(self.notes),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_json` to a file."""
        from hillflow.files import check_output_file, write_json

        path = check_output_file(path, ".json")
        write_json(path, self.to_json())
        return path

    def __repr__(self) -> str:
        score = "nothing left to score" if self.scores is None else f"AP {self.scores.ap:.3f}"
        return f"Validation({self.subject!r} against {self.reference.name!r}: {score})"


def _verdict(null: Null) -> str:
    if not null.tells:
        return _TOO_FEW[null.kind]
    return "above chance" if null.p <= CHANCE else "no better than chance"


def _short(values: NDArray[np.float64]) -> list[float]:
    """Four digits are more than a figure shows."""
    return [float(f"{value:.4g}") for value in values]
