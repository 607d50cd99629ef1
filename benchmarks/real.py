"""Real cells and series, regulator by regulator: what ranks a regulator's true targets first.

Each regulator that was tested is scored by itself (AUROC, and AP over the share of its targets) and
the mean over regulators with a bootstrap error over them is shown; see `per_regulator` for
`same_target` and `both_ends`, which take away what a ranking knows of genes alone. `null_auroc` is
the mean against truths rewired with every degree kept, `p_rewired` how often such a truth is found
as well. The first table says which methods are at chance (AUROC within two errors of .5), which
know of genes alone (no better than on rewired truths), and which are above both. `no_motif` columns
leave out the pairs with a motif.

`random`, `hubs` (how many other regulators here have a true edge on the gene; between regulators a
true edge is then one behind, so that it loses matched pairs), `mRNA` (|correlation| with the
regulator's mRNA), `motif`, `in-degree` (how many regulators have a motif at the gene), both of
these (motif first), and `activity` (|correlation| with the regulator's `ulm` activity from z-scored
expression, the gene left out) are what to beat. `forest` is `dynamic_tree`, a tree ensemble on
velocities as dynGENIE3's; `closed form` is `closed_form_network`; both see the mRNA of the tested
regulators. Knockouts of stem cells have a row for RENGE (Ishikawa et al. 2023) where RENGE_PYTHON
names the Python of an environment with renge 0.0.5: one fit, since its search would be 150. For B.
subtilis the prior is the known edges elsewhere: a gene, and 15 genes on each side of it, are left
out of every activity, and pairs are never ranked by being known.

`hillflow` is `activity_network`; `hillflow, known first` ranks pairs with a motif before the
others; `production` correlates production at 8/h, instead of the level, with the same activity.
The power of the flattening, signs, the average of the two arrays, and which state is used were
chosen on half of the regulators that have known targets and enough edges: ordered by whether their
SHA-256 is even, then by it, the first half. Claims about the other half, which shaped nothing, come
first; the halves are small, so that claims about all follow.

IRMA has five genes, so that its 20 pairs are scored together, without an error.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hillflow as hf
from benchmarks.per_regulator import degree_null, matched, regulator_scores, summary
from benchmarks.real_methods import FIRST, HUBS, METHODS, OURS, Method, methods_for, motif_scores
from benchmarks.real_sets import SETS, Array, RealData, Truth, irma
from benchmarks.reference_data import MissingDataError
from benchmarks.table import Claim, Table
from hillflow.baselines import correlation, dynamic_tree
from hillflow.closed_form import closed_form_network
from hillflow.data import Trajectories
from hillflow.evaluate.ranking import Ranking

DRAWS = 99  # truths rewired
SEEDS_OF_LAW = 5
CHANCE = 2.0  # standard errors above .5 that count
REWIRED = 0.05  # share of rewired truths that may be found as well
HALVES = (OURS, FIRST, "mRNA", "motif", "motif, in-degree", "activity")  # scored on each half too
# Mean AUROC as published with the data (data, assay, method); these check how we score.
PUBLISHED = {
    ("yeast_pramila", "chip", "mRNA"): 0.510, ("yeast_pramila", "chip", "hubs"): 0.674,
    ("yeast_pramila", "chip", "motif"): 0.583, ("yeast_pramila", "chip", "in-degree"): 0.601,
    ("yeast_pramila", "kd", "mRNA"): 0.494, ("yeast_pramila", "kd", "hubs"): 0.856,
    ("yeast_pramila", "kd", "motif"): 0.565, ("yeast_pramila", "kd", "in-degree"): 0.641,
    ("yeast_pramila", "both", "mRNA"): 0.486, ("yeast_pramila", "both", "hubs"): 0.680,
    ("yeast_pramila", "both", "motif"): 0.711, ("yeast_pramila", "both", "in-degree"): 0.674,
    ("mdc_lps", "chip", "mRNA"): 0.540, ("mdc_lps", "chip", "hubs"): 0.774,
    ("mdc_lps", "kd", "mRNA"): 0.585, ("mdc_lps", "kd", "motif"): 0.567,
    ("mdc_lps", "both", "mRNA"): 0.566, ("mdc_lps", "both", "motif"): 0.547,
    ("bsubtilis", "known", "mRNA"): 0.705, ("bsubtilis", "known", "hubs"): 0.511,
    ("hipsc_renge", "chip", "mRNA"): 0.567, ("hipsc_renge", "chip", "hubs"): 0.658,
}  # fmt: skip
GOALS: tuple[tuple[str, str, str, str, float], ...] = (
    ("bsubtilis", "known", OURS, "auroc", 0.80),
    ("bsubtilis", "known", OURS, "both_ends", 0.60),
    ("yeast_pramila", "both", FIRST, "auroc", 0.75),
    ("yeast_pramila", "both", FIRST, "ap_over_base", 8.0),
    ("yeast_pramila", "both", FIRST, "both_ends", 0.60),
    ("yeast_pramila", "both", OURS, "no_motif_auroc", 0.60),
    ("yeast_pramila", "kd", FIRST, "ap_over_base", 7.0),
    ("yeast_pramila", "kd", FIRST, "both_ends", 0.60),
    ("yeast_pramila", "kd", OURS, "no_motif_auroc", 0.60),
)


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("real", quick, seed)
    rows: list[dict[str, Any]] = []
    missing = []
    for name in ("mdc_lps",) if quick else SETS:
        try:
            data = SETS[name]()
        except MissingDataError as error:
            missing.append((name, error))
            continue
        rows += _measure(table, data, quick, seed)
    if not rows:
        raise missing[0][1]
    for row in rows:
        row["verdict"] = _verdict(row)
    _say_what_is_at_chance(table, rows)
    for name, error in missing:
        table.add(left_out=name, reason=str(error))
    table.rows += rows
    _claims(table, rows)
    if not quick:
        _score_irma(table, seed)
    return table


def _measure(table: Table, data: RealData, quick: bool, seed: int) -> list[dict[str, Any]]:
    """A row for each assay and method, and for some for each half of the regulators."""
    chosen = development(data)
    found: dict[str, list[dict[str, Any]]] = {truth.assay: [] for truth in data.truths}
    work = {name: partial(_scored, data, METHODS[name], chosen, seed) for name in
            methods_for(data, quick)}  # fmt: skip
    work[HUBS] = partial(_scored, data, None, chosen, seed)
    for method, measure in work.items():
        measured = table.once(measure, data=data.name, method=method)
        for assay, parts in measured["assays"].items():
            for part, row in parts.items():
                if part == "all" or method in (OURS, FIRST, "activity"):
                    found[assay].append(
                        {"data": data.name, "assay": assay, "method": method, "regulators": part,
                         **row, "cpu_seconds": measured["cpu_seconds"]}
                    )  # fmt: skip
    return [row for rows in found.values() for row in rows if row["n"]]


def _scored(
    data: RealData, method: Method | None, chosen: set[str], seed: int
) -> dict[str, Any]:  # fmt: skip
    """Scores of a method against every truth, over all regulators and over each half."""
    start = sum(os.times()[:4])  # of processes that a method starts too
    scores = None if method is None else method(data, seed)
    seconds = sum(os.times()[:4]) - start
    place = {name: k for k, name in enumerate(data.regulators)}
    motif = None if data.known_is_truth else np.nan_to_num(motif_scores(data, seed)) > 0
    assays: dict[str, Any] = {}
    for truth in data.truths:
        rows = [place[name] for name in truth.regulators]
        own = (truth.hubs - truth.edges).astype(float) if scores is None else scores[rows]
        halves = {
            "all": np.ones(len(rows), dtype=bool),
            "chosen on": np.array([name in chosen for name in truth.regulators], dtype=bool),
        }
        halves["other half"] = ~halves["chosen on"]
        with_motif = None if motif is None else motif[rows]
        assays[truth.assay] = {
            part: _row(own[inside], truth, inside, with_motif, seed)
            for part, inside in halves.items()
        }
    return {"assays": assays, "cpu_seconds": seconds}


def _row(
    scores: Array, truth: Truth, inside: NDArray[np.bool_], motif: NDArray[np.bool_] | None,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    edges, judged = truth.edges[inside], truth.judged[inside]
    row = summary(regulator_scores(scores, edges, judged), seed)
    row |= matched(scores, edges, judged, seed) | degree_null(scores, edges, judged, DRAWS, seed)
    nothing = summary({})
    without = nothing if motif is None else summary(
        regulator_scores(scores, edges, judged & ~motif[inside]), seed
    )  # fmt: skip
    return row | {f"no_motif_{key}": without[key] for key in ("auroc", "ap_over_base", "n")}


def development(data: RealData) -> set[str]:
    """Half of the regulators that have a score and known targets, by a hash of their names."""
    known = set(data.prior.source)
    scored = {
        name
        for truth in data.truths
        for name, count in zip(truth.regulators, truth.edges.sum(axis=1), strict=True)
        if name in known and count >= 5
    }
    hashed = {name: hashlib.sha256(name.encode()).hexdigest() for name in scored}
    order = sorted(scored, key=lambda name: (int(hashed[name], 16) % 2, hashed[name]))
    return set(order[: len(order) // 2])


def _verdict(row: dict[str, Any]) -> str:
    """Chance; no better than on truths with the same degrees; or above that."""
    if row["auroc"] <= 0.5 + CHANCE * row["auroc_se"]:
        return "chance"
    return "above chance" if row["p_rewired"] <= REWIRED else "genes alone"


def _say_what_is_at_chance(table: Table, rows: list[dict[str, Any]]) -> None:
    """First of all: for each truth, which methods are at chance, and which know only genes."""
    for data, assay in dict.fromkeys((row["data"], row["assay"]) for row in rows):
        own = [row for row in rows if (row["data"], row["assay"]) == (data, assay)
               and row["regulators"] == "all"]  # fmt: skip
        words = {
            verdict: "; ".join(row["method"] for row in own if row["verdict"] == verdict) or "none"
            for verdict in ("chance", "genes alone", "above chance")
        }
        table.add(
            data=data, assay=assay, at_chance=words["chance"], genes_alone=words["genes alone"],
            above=words["above chance"],
        )  # fmt: skip


def _claims(table: Table, rows: list[dict[str, Any]]) -> None:
    by_key = {(r["data"], r["assay"], r["method"], r["regulators"]): r for r in rows}
    apart = [
        abs(by_key[*key, "all"]["auroc"] - published)
        for key, published in PUBLISHED.items() if (*key, "all") in by_key
    ]  # fmt: skip
    if apart:
        text = f"largest difference of {len(apart)} AUROC from those published with the data"
        table.claims.append(Claim(text, max(apart), 0.003))
    for data, assay, method, key, goal in GOALS:
        for part in ("other half", "all"):
            measured = by_key.get((data, assay, method, part), {}).get(key)
            if measured is not None:
                words = (
                    key.replace("_", " ").replace("auroc", "AUROC").replace("ap over", "AP over")
                )
                text = f"{data} {assay}, {method}, {part}: {words}"
                table.claims.append(Claim(text, measured, goal, at_least=True))


def _score_irma(table: Table, seed: int) -> None:
    """Five genes: all 20 pairs at once."""
    try:
        cells, edges = irma()
    except MissingDataError as error:
        table.add(left_out="irma_yeast", reason=str(error))
        return
    judged = ~np.eye(len(edges), dtype=bool)
    true = np.flatnonzero(edges[judged])
    networks = {"mRNA": correlation, "forest": dynamic_tree,
                "closed form": partial(closed_form_network, bootstraps=0)}  # fmt: skip
    for method, infer in networks.items():
        weights = infer(cells).matrix().to_numpy()
        ranking = Ranking.of(np.abs(weights[judged]))
        table.add(
            data="irma_yeast", method=method, pairs=int(judged.sum()), edges=len(true),
            auroc=ranking.auroc(true),
            ap_over_base=ranking.average_precision(true) * judged.sum() / len(true),
        )  # fmt: skip
    found = table.once(
        lambda: [_law_on_irma(cells, judged, true, seed + k) for k in range(SEEDS_OF_LAW)],
        data="irma_yeast", method="law",
    )  # fmt: skip
    auroc, precision = np.mean(found, axis=0).tolist()
    table.add(
        data="irma_yeast", method="law", pairs=int(judged.sum()), edges=len(true), auroc=auroc,
        ap_over_base=precision * judged.sum() / len(true),
    )  # fmt: skip
    text = f"IRMA: average precision of the law's network, mean of {SEEDS_OF_LAW} seeds"
    table.claims.append(Claim(text, precision, 0.8, at_least=True))


def _law_on_irma(cells: Trajectories, judged: Array, true: Array, seed: int) -> tuple[float, float]:
    weights = hf.graph(hf.fit(cells, field="logic", seed=seed)).matrix()
    genes = list(cells.genes)
    ranking = Ranking.of(np.abs(weights.loc[genes, genes].to_numpy()[judged]))
    return ranking.auroc(true), ranking.average_precision(true)
