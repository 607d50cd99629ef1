"""What the demo found and how sure it is, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots
from hillflow.data.times import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from hillflow.causal import KnockoutResult
    from hillflow.evaluate import Validation
    from hillflow.networks import Network

SURE = 0.8  # confidence from which the demo calls an edge


def cells_in_words(snapshots: Snapshots, truth: Network) -> tuple[str, ...]:
    """What was simulated: the network, and the fates under each condition."""
    labels = snapshots.labels
    if labels is None:
        raise ValueError("the haematopoietic system labels its cells")
    last = float(snapshots.times[-1])
    when = format_time(last, snapshots.time_unit)
    first = f"The true network has {len(truth)} signed edges among {len(snapshots.genes)} genes."
    others = (
        f"{condition.name} at {when}: {_shares(labels[snapshots.rows(last, condition)])}."
        for condition in snapshots.conditions
    )
    return (first, *others)


def in_words(
    network: Network,
    truth: Network,
    knockouts: KnockoutResult,
    metrics: dict[str, float],
    validation: Validation,
) -> tuple[str, str, str]:
    """Three sentences: the network, the knockouts, the fit."""
    found = _found(network, truth, metrics, validation)
    return found, _predicted(knockouts), _how_good(metrics)


def published_in_words(
    beside: Validation | None, network: Network, truth: Network, run: Path
) -> str:
    """What TRRUST knows of the edges found and of the true ones, or how to get it."""
    if beside is None:
        return (
            "TRRUST has not been fetched: `hillflow priors fetch trrust-human`, then `hillflow "
            f"validate {run} --against trrust-human`."
        )
    known = set(zip(beside.reference.source, beside.reference.target, strict=True))
    called = [(source, target) for source, target, _ in _called(network)]
    true = truth.pairs()
    words = (
        f"TRRUST knows {len(known.intersection(called))} of the {len(called)} edges called, and "
        f"{len(known.intersection(true))} of the {len(truth)} true ones"
    )
    if beside.scores is None:
        return f"{words}."
    return (
        f"{words}; over the {beside.scores.pairs} pairs that it can judge the average precision is "
        f"{beside.scores.ap:.2f}, where chance has {beside.scores.base_rate:.2f}."
    )


def _called(network: Network) -> list[tuple[str, str, int]]:
    """Source, target and sign of the edges that are called, self-edges apart."""
    edges = network.edges
    sure = edges[(edges["confidence"] >= SURE) & (edges["source"] != edges["target"])]
    return list(zip(sure["source"], sure["target"], sure["sign"], strict=True))


def _found(
    network: Network,
    truth: Network,
    metrics: dict[str, float],
    validation: Validation,
) -> str:
    signs = dict(zip(truth.pairs(), truth.sign.tolist(), strict=True))
    pairs = _called(network)
    right = [(source, target, sign) for source, target, sign in pairs if (source, target) in signs]
    signed = sum(signs[source, target] == sign for source, target, sign in right)
    ranked = (
        f"over all pairs its average precision is {metrics['average_precision']:.2f}, where "
        f"chance has {metrics['base_rate']:.2f}"
    )
    guesses = {name: scores.ap for name, scores in validation.baselines.items()}
    if guesses:
        best = max(guesses, key=lambda name: guesses[name])
        ranked += f" and the best simple guess ({best}) {guesses[best]:.2f}"
    if not pairs:
        return f"Found: no edge is called at confidence {SURE:g} or more; {ranked}."
    share = f"{len(right)} of the {len(pairs)} edges called at confidence {SURE:g} or more are true"
    return f"Found: {share}, {signed} of them with the right sign; {ranked}."


def _predicted(knockouts: KnockoutResult) -> str:
    ranking = knockouts.ranking
    ranking = ranking[ranking["effect"].notna()]
    if ranking.empty:
        return "Predicted: no knockout could be simulated to the end."
    top = ranking.iloc[0]
    sure = int((ranking["fdr"] < 0.1).sum())
    return (
        f"Predicted: of {len(ranking)} knockouts, {top['perturbation']} moves the cells most, by "
        f"{top['effect']:.2f} standard deviations ({top['low']:.2f} to {top['high']:.2f} over the "
        f"members), and {sure} stand out from the spread of the members at a false discovery rate "
        "of 10 %."
    )


def _how_good(metrics: dict[str, float]) -> str:
    error, none = (metrics[f"{name}_loss"] for name in ("validation", "no_change"))
    return (
        "How sure: one time ahead, the prediction of cells kept apart from training is off by "
        f"{error:.2g} (energy distance); predicting no change, by {none:.2g}. The fit takes "
        f"{1 - error / none:.0%} off."
    )


def _shares(labels: np.ndarray) -> str:
    """``61% monocyte, 39% erythrocyte``, the commonest first."""
    kinds, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{_percent(counts[k] / counts.sum())} {kinds[k]}" for k in order)


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"
