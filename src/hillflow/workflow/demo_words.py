"""What the demo found and how sure it is, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots
from hillflow.data.times import format_time
from hillflow.model.summary import how_far
from hillflow.results.describe import baseline_name

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from hillflow.causal import KnockoutResult, ScmResult
    from hillflow.evaluate import Validation
    from hillflow.networks import Network
    from hillflow.results import Run
    from hillflow.symbolic import Laws

SURE = 0.8  # confidence from which the demo calls an edge
FEWEST = 3  # members whose spread can be tested


def cells_in_words(snapshots: Snapshots, truth: Network, fates: pd.DataFrame) -> tuple[str, ...]:
    """What was simulated: the network, and the fates under each condition; those of the law."""
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
    control = fates[fates["perturbation"] == "control"]
    of_law = sorted(zip(control["label"], control["simulated"], strict=True), key=lambda p: -p[1])
    apart = float((control["measured"] - control["simulated"]).abs().sum() / 2)
    law = ", ".join(f"{_percent(share)} {label}" for label, share in of_law if share > 0)
    return (
        first, *others,
        f"The law's own cells at {when}, from those of the start: {law}; total variation to the "
        f"measured control {apart:.2f}.",
    )  # fmt: skip


def in_words(
    network: Network,
    truth: Network,
    knockouts: KnockoutResult,
    run: Run,
    laws: Laws,
    metrics: dict[str, float],
    validation: Validation,
) -> tuple[str, str, str]:
    """Three sentences: the network and its laws, the knockouts, the fit."""
    found = f"{_found(network, truth, metrics, validation)} {_lawful(laws)}"
    if any(one.code == "fit.sketch" for one in run.findings):
        found = f"This fit is a sketch: what follows shows the way, not the result. {found}"
    return found, f"{_predicted(knockouts)} {_kept_back(run)}", _how_good(metrics, run)


def _lawful(laws: Laws) -> str:
    """Laws with and without a warning."""
    best = [front.best for front in laws.values()]
    flagged = sum(bool(law.flags) for law in best)
    return f"Of {len(best)} laws, {flagged} carry a warning."


def _kept_back(run: Run) -> str:
    """How well the knockout that was kept back is predicted at the last time."""
    rows = [row for row in run.metrics.get("left_out", []) if row["time"] == run.fit.times[-1]]
    if not rows:
        return ""
    (row, *_) = rows
    return (
        f"Of {row['perturbation']}, which was kept back, the predicted cells are {row['w1']:.2f} "
        f"(W1) from the measured ones; {baseline_name(row, run)} is {row['no_change_w1']:.2f} away."
    )


def states_in_words(found: ScmResult | None) -> str:
    """The stable states of the law, and the measured knockouts that move it between them."""
    if found is None:
        return "The law comes to rest nowhere, so it has no stable states."
    count = len(found.states)
    states = ", ".join(
        f"{_percent(row['share'])} at {row['state']}"
        + (f" ({row['label']})" if row["label"] else "")
        for row in found.table.to_dict("records")
    )
    moves = found.leading_elsewhere
    under = ", ".join(f"{row.intervention} ({row.state} to {row.to})" for row in moves.itertuples())
    text = f"The law has {count} stable state{'s' * (count != 1)}, where its cells rest: {states}"
    outside = found.table.loc[~found.table["in_support"], "state"]
    if len(outside):
        text += f"; no cell was measured near {', '.join(map(str, outside))}"
    return f"{text}. It switches under {under}." if under else f"{text}."


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
    members = len(knockouts.members)
    sure = (
        f"{int((ranking['fdr'] < 0.1).sum())} stand out from the spread of the members at a false "
        "discovery rate of 10 %"
        if members >= FEWEST
        else f"{members} members are too few to tell which stand out (fit ensemble=5)"
    )
    return (
        f"Predicted: of {len(ranking)} knockouts, {top['perturbation']} moves the cells most, by "
        f"{top['effect']:.2f} standard deviations ({top['low']:.2f} to {top['high']:.2f} over the "
        f"members); {sure}."
    )


def _how_good(metrics: dict[str, float], run: Run) -> str:
    error, none = (metrics[f"{name}_loss"] for name in ("validation", "no_change"))
    return (
        f"How sure: {how_far(run.fit[0])}, the prediction of cells kept apart from training is off "
        f"by {error:.2g} (energy distance); predicting no change, by {none:.2g}. The fit takes "
        f"{1 - error / none:.0%} off."
    )


def _shares(labels: np.ndarray) -> str:
    """``61% monocyte, 39% erythrocyte``, the commonest first."""
    kinds, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{_percent(counts[k] / counts.sum())} {kinds[k]}" for k in order)


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"
