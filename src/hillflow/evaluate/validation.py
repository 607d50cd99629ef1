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
from hillflow.evaluate.show_validation import validation_blocks, validation_facts, verdict
from hillflow.evaluate.universe import Universe
from hillflow.files import check_output_file, write_json
from hillflow.findings import Finding
from hillflow.show import Block, Facts, Shown, Text, to_text

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks.network import Network

POINTS = 51  # of each curve in JSON


@dataclass(frozen=True, eq=False)
class Validation(Shown):
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
    noted
        What must be said of it, see `findings`.
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
    noted: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    def counts(self) -> dict[str, int]:
        """How many edges of each status; "given" only where the model was given some."""
        count = self.edges["status"].value_counts()
        shown = [status for status in STATUS if status != "given" or status in count]
        return {status: int(count.get(status, 0)) for status in shown}

    @property
    def verdicts(self) -> list[tuple[Null, str]]:
        """Each null with what it says of the headline."""
        return [(one, verdict(one)) for one in self.nulls]

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

    def blocks(self) -> list[Block]:
        """The scores, the rankings of the same pairs, and the strongest edges of each status."""
        return validation_blocks(self)

    def summary(self) -> str:
        """What was found, in a few lines that a biologist can read."""
        name = self.reference.name or "the reference"
        lines: list[Block] = [Text(f"{self.subject} against {name}"), Facts(validation_facts(self))]
        return to_text(lines, self.findings).replace("\n\n", "\n")

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
            "findings": [finding.to_json() for finding in self.findings],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_json` to a file."""
        path = check_output_file(path, ".json")
        write_json(path, self.to_json())
        return path

    def __repr__(self) -> str:
        score = "nothing left to score" if self.scores is None else f"AP {self.scores.ap:.3f}"
        return f"Validation({self.subject!r} against {self.reference.name!r}: {score})"


def _short(values: NDArray[np.float64]) -> list[float]:
    """Four digits are more than a figure shows."""
    return [float(f"{value:.4g}") for value in values]
