"""A validation as figures draw it, whether it was computed just now or is kept in a run.

A run keeps a validation as plain values, with curves of fewer points; a `Validation` has the
rankings themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from hillflow.errors import InputError
from hillflow.evaluate import NetworkScores, NullDistribution, SignScores, Validation
from hillflow.evaluate.over_cells import WORDS
from hillflow.pl._results import absent, refused
from hillflow.results import Run

ValidationLike: TypeAlias = Validation | Run | dict[str, Any]
Curve: TypeAlias = tuple[Any, Any]
THIS = "this network"


@dataclass(frozen=True, eq=False)
class DrawnValidation:
    """What the figures show of a validation.

    Attributes
    ----------
    title
        What was validated, and the reference.
    edges, counts, signed
        As in `Validation`.
    found, pairs
        How many pairs count as found, of how many.
    over_cells
        The intervals over cells, or why there are none.
    rankings
        Scores or curves by name, the network first; empty if nothing was scored.
    precisions, base_rate
        Average precisions by the same names, and the share of the pairs that are edges.
    chance
        As `precision_recall` takes it, and the interval of the average precision.
    verdicts
        Lines on how the scores compare with chance.
    signs
        The scores of signs; None if there are none.
    """

    title: str
    edges: pd.DataFrame
    counts: dict[str, int]
    signed: bool
    found: int
    pairs: int
    over_cells: str
    rankings: dict[str, NetworkScores | Curve]
    precisions: dict[str, float]
    base_rate: float | None
    chance: NullDistribution | tuple[str, Any, Any, Any] | None
    chance_interval: tuple[float, float] | None
    verdicts: list[str]
    signs: SignScores | None


def validation_of(given: ValidationLike) -> DrawnValidation:
    """A validation, or that of a run, as figures draw it."""
    if isinstance(given, Run):
        if given.validation is None:
            raise absent(given, "a validation", "validate", "--against", "trrust")
        given = given.validation
    if isinstance(given, Validation):
        return _computed(given)
    if isinstance(given, dict) and {"subject", "reference", "edges", "scores"} <= given.keys():
        return _kept(given)
    raise refused(
        given, "a validation, or a run with one", "hf.validate(run, 'trrust'), or run.validation"
    )


def rankings_or_validation(
    given: Mapping[str, Any] | ValidationLike,
) -> dict[str, Any] | DrawnValidation:
    """Rankings by name as they are; of a validation, or of a run, all that figures show."""
    if isinstance(given, Mapping):
        if "subject" not in given:
            return dict(given)
        given = dict(given)
    found = validation_of(given)
    if not found.rankings:
        raise InputError(
            "a validation with scores", "one in which no edge could be scored",
            "validate against a network with edges among these genes",
        )  # fmt: skip
    return found


def _computed(result: Validation) -> DrawnValidation:
    scores, chance = result.scores, result.chance
    rankings: dict[str, Any] = {} if scores is None else {THIS: scores, **result.baselines}
    cells = result.over_cells
    return DrawnValidation(
        title=f"{result.subject} against {result.reference.name}",
        edges=result.edges, counts=result.counts(), signed=result.signed,
        found=0 if scores is None else scores.edges, pairs=0 if scores is None else scores.pairs,
        over_cells=_interval(cells.description, cells.text()),
        rankings=rankings, precisions={name: one.ap for name, one in rankings.items()},
        base_rate=None if scores is None else scores.base_rate,
        chance=chance, chance_interval=None if chance is None else (chance.low, chance.high),
        verdicts=[
            _verdict(words, null.p, null.kind, null.informative)
            for null, words in result.verdicts
            if null is chance or (null.kind == "degrees" and not null.informative)
        ],
        signs=None if result.signs is None else result.signs.scores,
    )  # fmt: skip


def _kept(result: dict[str, Any]) -> DrawnValidation:
    scores, curves = result["scores"], result.get("curves") or {}
    band, edges = curves.get("chance"), pd.DataFrame(result["edges"], columns=_EDGES)
    scored = {} if scores is None else {THIS: scores, **result.get("baselines", {})}
    precisions = {name: one["ap"] for name, one in scored.items()}
    rankings: dict[str, Any] = {
        f"{name} (AP {precisions[name]:.3f})": (curves["recall"], precision)
        for name, precision in curves.get("precision", {}).items()
    }
    nulls = result.get("nulls", [])
    cells = result.get("over_cells") or {"words": "no interval over cells", "scores": {}}
    spread = "; ".join(
        WORDS[name].format(" to ".join(f"{end:.2g}" for end in one["interval"]))
        for name, one in cells["scores"].items()
    )
    prior = (result.get("prior") or {}).get("signs_with_prior_edges")
    signs = result.get("signs") or {}
    return DrawnValidation(
        title=f"{result['subject']} against {result['reference'].get('name', 'the reference')}",
        edges=edges,
        counts=result.get("counts") or _counts(edges),
        signed=bool((prior or signs).get("network_has_signs")),
        found=0 if scores is None else scores["edges"],
        pairs=0 if scores is None else scores["pairs"],
        over_cells=_interval(cells["words"], spread),
        rankings=rankings, precisions=precisions,
        base_rate=None if scores is None else scores["base_rate"],
        chance=band and (band["kind"], curves["recall"], band["low"], band["high"]),
        chance_interval=next(
            (tuple(n["interval"]) for n in nulls if band and n["kind"] == band["kind"]), None
        ),
        verdicts=[
            _verdict(null["verdict"], null["p"], null["kind"], null.get("tells", True))
            for null in nulls
            if (band and null["kind"] == band["kind"])
            or (null["kind"] == "degrees" and not null.get("tells", True))
        ],
        signs=_signs(signs),
    )  # fmt: skip


def _counts(edges: pd.DataFrame) -> dict[str, int]:
    return {str(status): int(n) for status, n in edges["status"].value_counts().items()}


_EDGES = ["source", "target", "status", "rank", "weight", "reference_sign", "evidence"]


def _signs(kept: dict[str, Any]) -> SignScores | None:
    if not kept.get("edges"):
        return None
    names = (
        "accuracy", "always_activation", "balanced_accuracy", "mcc", "f1_activation",
        "f1_repression",
    )  # fmt: skip
    confusion = np.array(kept["confusion_true_by_predicted"], dtype=np.int64)
    return SignScores(**{name: kept[name] for name in names}, confusion=confusion)


def _interval(words: str, spread: str) -> str:
    return words[0].upper() + words[1:] + f": {spread}" * bool(spread)


def _verdict(words: str, p: float, kind: str, informative: bool) -> str:
    random = " on random pairs" * (kind == "labels")
    return f"{words} (p = {p:.2g}{random})" if informative else words
