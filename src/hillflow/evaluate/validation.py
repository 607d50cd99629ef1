"""The result of a validation: scores, null distributions, baselines and edges."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hillflow.evaluate.network_scores import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.evaluate.null_distribution import NullDistribution
from hillflow.evaluate.over_cells import OverCells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.shared_edges import STATUS
from hillflow.evaluate.show_validation import validation_blocks, validation_facts, verdict
from hillflow.evaluate.universe import Universe
from hillflow.files import check_output_file
from hillflow.findings import Finding
from hillflow.records import write_record
from hillflow.run_files import VALIDATION
from hillflow.schemas import ValidationRecord
from hillflow.show import Block, Facts, Shown, Text, to_text

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks.network import Network

POINTS = 51  # points of each curve in JSON
THIS, HUBS = "this network", "hubs of the reference"  # names of rankings


@dataclass(frozen=True, eq=False)
class Validation(Shown):
    """An inferred network compared with a published one; see `hillflow.evaluate.validate`.

    Attributes
    ----------
    subject
        What was validated, in words.
    reference
        The reference, with the gene names of the panel.
    alignment
        How gene names of the reference were matched to the panel, in words.
    universe
        The scored pairs.
    scores, signs
        The main scores, over pairs that the fit was not given as a prior. None if no edge of the
        reference is among these.
    over_cells
        Intervals of the scores over the measured cells, or why there are none.
    nulls
        Null distributions of the average precision.
    baselines
        Scores of simple networks from the same cells, on the same pairs; empty without cells.
    prior
        The scores that a prior explains; None without a prior.
    edges
        The status of each edge, see `shared_edges`.
    noted
        Findings of the validation, see `findings`.
    hubs
        The scores of knowing only how many other edges the reference has at both genes of a pair,
        see `reference_hubs`. None if nothing was scored.
    by_sign
        Average precision and AUROC for activations, for repressions and between the two, of this
        network and of the simple ones, see `sign_rankings`.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> run = hf.fit(cells, field="linear", effort=0.02)
    >>> known = hf.Network.from_columns(["A"], ["B"])
    >>> result = hf.validate(run, known, universe="ordered", shuffles=9)
    >>> result.scores.edges, result.scores.pairs
    (1, 2)
    """

    subject: str
    reference: Network
    alignment: str
    universe: Universe
    scores: NetworkScores | None
    signs: NetworkSigns | None
    over_cells: OverCells
    nulls: tuple[NullDistribution, ...]
    baselines: dict[str, NetworkScores]
    prior: PriorUse | None
    edges: pd.DataFrame = field(repr=False)
    noted: tuple[Finding, ...] = ()
    hubs: NetworkScores | None = None
    by_sign: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and notes about the validation."""
        return self.noted

    def counts(self) -> dict[str, int]:
        """Number of edges of each status; "given" only if the fit was given some."""
        count = self.edges["status"].value_counts()
        names = [status for status in STATUS if status != "given" or status in count]
        return {status: int(count.get(status, 0)) for status in names}

    @property
    def verdicts(self) -> list[tuple[NullDistribution, str]]:
        """Each null distribution with its verdict on the scores, in words."""
        return [(null, verdict(null)) for null in self.nulls]

    @property
    def chance(self) -> NullDistribution | None:
        """The null distribution to judge by: rewired, or random pairs if rewirings are too few."""
        by_kind = {null.kind: null for null in self.nulls}
        rewired = by_kind.get("degrees")
        return rewired if rewired is None or rewired.informative else by_kind.get("labels", rewired)

    @property
    def signed(self) -> bool:
        """Whether the network distinguishes activation from repression."""
        signs = self.signs if self.prior is None else self.prior.signs
        return signs is not None and not signs.unsigned

    def table(self) -> pd.DataFrame:
        """One row per ranking with its scores, the validated network first."""
        import pandas as pd

        rows: list[tuple[str, NetworkScores]] = []
        if self.scores is not None:
            rows.append((THIS, self.scores))
        rows += self.baselines.items()
        if self.hubs is not None:
            rows.append((HUBS, self.hubs))
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
        """Precision along the rankings, for drawing; plain JSON values with four digits.

        Returns
        -------
        dict
            ``recall``: `points` values from 0 to 1; ``precision`` of each ranking where it first
            reaches that recall; ``chance``: the ``kind`` of the null distribution and its 95 %
            band, ``low`` to ``high``. Empty if nothing was scored.
        """
        if self.scores is None:
            return {}
        recall = np.linspace(0, 1, points)
        ranked = {THIS: self.scores, **self.baselines}
        chance = self.chance or self.nulls[0]
        low, high = (
            np.interp(recall, chance.recall, band)
            for band in (chance.precision_low, chance.precision_high)
        )
        return {
            "recall": _short(recall),
            "precision": {
                k: _short(each.precision_at_recall(recall)) for k, each in ranked.items()
            },
            "chance": {"kind": chance.kind, "low": _short(low), "high": _short(high)},
        }

    def blocks(self) -> list[Block]:
        """The scores, the rankings of the same pairs, and the strongest edges of each status."""
        return validation_blocks(self)

    def summary(self) -> str:
        """The result in a few lines of text."""
        name = self.reference.name or "the reference"
        lines: list[Block] = [Text(f"{self.subject} against {name}"), Facts(validation_facts(self))]
        return to_text(lines, self.findings).replace("\n\n", "\n")

    def to_json(self) -> dict[str, Any]:
        """All results as plain JSON values."""
        edges = self.edges.astype(object).where(self.edges.notna(), None)
        return {
            "subject": self.subject,
            "reference": self.reference.summary(),
            "alignment": self.alignment,
            "universe": {"pairs": len(self.universe), "words": self.universe.description},
            "scores": None if self.scores is None else self.scores.to_json(),
            "signs": None if self.signs is None else self.signs.to_json(),
            "over_cells": self.over_cells.to_json(),
            "curves": self.curves(),
            "nulls": [{**null.to_json(), "verdict": text} for null, text in self.verdicts],
            "baselines": {name: scores.to_json() for name, scores in self.baselines.items()},
            "hubs": None if self.hubs is None else self.hubs.to_json(),
            "by_sign": [] if self.by_sign is None else self.by_sign.to_dict("records"),
            "prior": None if self.prior is None else self.prior.to_json(),
            "counts": self.counts(),
            "edges": edges.to_dict("records"),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_json` to a file."""
        path = check_output_file(path, ".json", own=VALIDATION)
        write_record(path, self.to_json(), ValidationRecord)
        return path

    def __repr__(self) -> str:
        score = "no edges to score" if self.scores is None else f"AP {self.scores.ap:.3f}"
        return f"Validation({self.subject!r} against {self.reference.name!r}: {score})"


def _short(values: NDArray[np.float64]) -> list[float]:
    """Four digits, more than a figure shows."""
    return [float(f"{value:.4g}") for value in values]
