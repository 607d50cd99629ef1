"""Real cells with a known network: THP-1 monocytes, and stem cells under retinoic acid.

No method does well here, so every average precision stands beside what chance reaches. Each seed
draws the cells of every time anew, with replacement, for all methods alike; `low` to `high` are
the worst and the best seed (of chance: the central 95 % of random rankings). `p_random` says how
often as many edges on random pairs are found as well, `p_rewired` how often the known network is
that was rewired with all degrees kept (medians over the seeds). The `verdict` is chance where the
first is above .05, and "hubs alone" where only the second is: such a ranking knows which genes
have many edges, and not between which of them they run. Signs with Wilson's 95 % interval, mean
over the seeds; beside chance stands the share of the activations.

THP-1: 335 signed edges found by knocking down each of 45 regulators (Tomaru et al. 2009), qPCR of
single cells (Kouno et al. 2013), over all ordered pairs of the panel or of its usual 20 genes.
Retinoic acid: mouse stem cells (Semrau et al. 2017), ChIP of Pou5f1, Sox2 and Jarid2 against the
panel; only these three rows say which pairs are no edges. Its fourth row, the retinoic acid
receptor, is not among the genes measured. The recipe is that of `networks`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.networks import timed_network
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.baselines import NETWORK_BASELINES
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, normalize
from hillflow.evaluate import Universe, network_scores, network_signs, null_distribution
from hillflow.evaluate.prior_baselines import prior_alone
from hillflow.networks import load_prior

SEEDS = 3  # eight fits each
CHANCE = 0.05
PRIORS = {
    "trrust-human": "trrust/trrust_rawdata.human.tsv",
    "trrust-mouse": "trrust/trrust_rawdata.mouse.tsv",
    "collectri-human": "collectri/collectri.csv",
}
NULLS = {"p_random": "labels", "p_rewired": "degrees"}
ROW = ("ap", "low", "high", "ap_over_base", "auroc", *NULLS)
SIGNS = ("sign_accuracy", "sign_low", "sign_high", "sign_mcc")


@dataclass(frozen=True, eq=False)
class Known:
    """Cells, the edges known among their genes, which pairs are judged, and published networks."""

    cells: Snapshots
    truth: pd.DataFrame
    universe: Universe
    priors: tuple[str, ...]


def thp1(panel: str) -> Known:
    """All 45 genes, or the 20 that are usually looked at."""
    path = data_file("thp1/expression.h5ad")
    cells = Snapshots.from_anndata(path, unit="h")
    if panel == "20 genes":
        import anndata

        chosen = anndata.read_h5ad(path).var["subnet20"].to_numpy(dtype=bool)
        cells = cells.select_genes([str(gene) for gene in np.array(cells.genes)[chosen]])
    truth = pd.read_csv(data_file("thp1/truth.csv"))
    inside = truth["source"].isin(cells.genes) & truth["target"].isin(cells.genes)
    universe = Universe.ordered_pairs(cells.genes)
    return Known(cells, truth[inside], universe, ("trrust-human", "collectri-human"))


def retinoic_acid() -> Known:
    counts = Snapshots.from_anndata(data_file("semrau/expression.h5ad"), unit="h")
    cells = normalize(counts.take(counts.x.sum(axis=1) > 0))
    listed = pd.read_csv(data_file("semrau/truth.csv"))
    listed = listed[listed["source"].isin(cells.genes)]
    universe = Universe.of_pairs(listed, "the pairs of Pou5f1, Sox2 and Jarid2 that ChIP judged")
    bound = listed.loc[listed["chip_bound"] == 1, ["source", "target"]]
    return Known(cells, bound, universe, ("trrust-mouse",))


CASES: dict[str, Callable[[], Known]] = {
    "THP-1, 45 genes": lambda: thp1("45 genes"),
    "THP-1, 20 genes": lambda: thp1("20 genes"),
    "retinoic acid": retinoic_acid,
}


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("known_networks", quick, seed)
    seeds = range(seed, seed + (1 if quick else SEEDS))
    for name in ("THP-1, 20 genes",) if quick else CASES:
        known = CASES[name]()
        _score_chance(table, name, known, seed)
        for prior in known.priors:
            _score_prior(table, name, known, prior)
        for method in ("hillflow", *NETWORK_BASELINES):
            found = [
                table.once(
                    lambda s=s, k=known, m=method: _measured(k, m, s, quick),  # type: ignore[misc]
                    data=name, method=method, seed=s,
                )
                for s in seeds
            ]  # fmt: skip
            _add(table, name, method, found)
            if method == "hillflow":
                p = max(table.rows[-1][key] for key in NULLS)
                table.claims.append(Claim(f"{name}: larger p of the two nulls", p, CHANCE))
    return table


def _measured(known: Known, method: str, seed: int, quick: bool) -> dict[str, Any]:
    """Scores of one method on cells drawn anew."""
    edges, seconds = timed_network(method, drawn_anew(known.cells, seed), seed, quick)
    return {**_scores(known, edges), "cpu_seconds": seconds}


def _scores(known: Known, edges: Any) -> dict[str, Any]:
    scores = network_scores(edges, known.truth, known.universe)
    signs = network_signs(edges, known.truth, known.universe)
    found: dict[str, Any] = dict.fromkeys(SIGNS)
    if signs.scores is not None:
        found = {
            "sign_accuracy": signs.scores.accuracy, "sign_low": signs.low,
            "sign_high": signs.high, "sign_mcc": signs.scores.mcc,
        }  # fmt: skip
    return {
        "ap": scores.ap, "ap_over_base": scores.ap_over_base, "auroc": scores.auroc,
        **{key: null_distribution(scores, kind).p for key, kind in NULLS.items()}, **found,
    }  # fmt: skip


def drawn_anew(cells: Snapshots, seed: int) -> Snapshots:
    """As many cells of each population as there were, drawn with replacement."""
    random = np.random.default_rng(seed)
    rows = [random.choice(one.rows, len(one), replace=True) for one in cells.populations()]
    return cells.take(np.sort(np.concatenate(rows)))


def _score_chance(table: Table, name: str, known: Known, seed: int) -> None:
    """Random rankings, and the share of the commoner answer among the signs."""
    genes = known.cells.genes
    random = np.random.default_rng(seed).random((len(genes),) * 2)
    scores = network_scores(off_diagonal(random, genes), known.truth, known.universe)
    spread = null_distribution(scores, "labels", 999, seed)
    inside = known.universe.numbers(known.truth) >= 0
    activates = known.truth["sign"][inside] > 0 if "sign" in known.truth else None
    row = {
        "ap": spread.mean, "low": spread.low, "high": spread.high,
        "ap_over_base": spread.mean / scores.base_rate, "auroc": 0.5,
        **dict.fromkeys((*NULLS, *SIGNS)), "cpu_seconds": 0.0,
    }  # fmt: skip
    if activates is not None:
        row["sign_accuracy"] = float(activates.mean())
    _add_row(table, name, "chance", 0, row, scores.edges, scores.pairs)


def _score_prior(table: Table, name: str, known: Known, prior: str) -> None:
    """A published network as it is: no cells, so no interval."""
    network = load_prior(prior, prior_file=data_file(PRIORS[prior]))
    inside = network.align(known.cells.genes).network
    found = _scores(known, prior_alone(inside, known.cells.genes))
    scores = found | {"low": None, "high": None, "cpu_seconds": 0.0}
    _add_row(table, name, f"{prior} alone ({len(inside)} edges)", 0, scores)


def _add(table: Table, name: str, method: str, found: list[dict[str, Any]]) -> None:
    """Means over the seeds; the median of each p; worst and best of the average precision."""
    aps = [one["ap"] for one in found]
    row = {key: _mean([one[key] for one in found]) for key in found[0]}
    row |= {"low": min(aps), "high": max(aps)}
    row |= {key: float(np.median([one[key] for one in found])) for key in NULLS}
    _add_row(table, name, method, len(found), row)


def _add_row(
    table: Table, name: str, method: str, seeds: int, row: dict[str, Any],
    edges: int | None = None, pairs: int | None = None,
) -> None:  # fmt: skip
    if edges is not None:
        table.add(data=name, known_edges=edges, pairs_judged=pairs, base_rate=edges / (pairs or 1))
    table.add(
        data=name, method=method, seeds=seeds, **{key: row[key] for key in (*ROW, *SIGNS)},
        verdict=_verdict(row["p_random"], row["p_rewired"]), cpu_seconds=row["cpu_seconds"],
    )  # fmt: skip


def _verdict(random: float | None, rewired: float | None) -> str:
    if random is None or rewired is None:
        return ""
    if random > CHANCE:
        return "chance"
    return "above chance" if rewired <= CHANCE else "hubs alone"


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
