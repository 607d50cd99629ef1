"""What a wrong prior costs: PHOENIX's 350-gene network with each of its four priors.

Noise of sd .05 on all expression throughout; a share of each prior's edges (`moved`) lies on pairs
that are no edges. The headline is the average precision among the pairs that the
prior lacks (`novel_ap`): over all pairs, a prior whose ties are broken by how many targets each
regulator has scores nearly as well as anything, and has learnt nothing. Where the prior is the
truth, nothing is left to find. Data, recipe and scores are those of `phoenix`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.phoenix import learn_nothing, matrix, score
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Trajectories

NOISE, SEEDS = 0.05, 3
GOAL = {0.05: 0.40}  # average precision on novel edges, by the level of the prior in its file
MOST_SECONDS = 60.0


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("phoenix_priors", quick, seed)
    clean = Trajectories.from_anndata(data_file("phoenix_sim350/expression.h5ad"))
    priors = pd.read_csv(data_file("phoenix_sim350/prior.csv"))
    real = matrix(pd.read_csv(data_file("phoenix_sim350/truth.csv")), clean.genes, "sign")
    levels = [float(level) for level in np.unique(priors["noise"])]
    seeds = range(seed, seed + (1 if quick else SEEDS))
    for level in levels[2:3] if quick else levels:
        prior = matrix(priors[priors["noise"] == level], clean.genes, "weight")
        moved = float(round((real[prior != 0] == 0).mean(), 3))
        learn_nothing(table, prior, real, level=level, moved=moved)
        hubs = table.rows[-1]["novel_ap"]
        found = pd.DataFrame(
            [
                table.once(
                    lambda s=s, p=prior: score(clean, NOISE, p, real, s, quick),  # type: ignore[misc]
                    level=level, seed=s,
                )
                for s in seeds
            ]
        ).astype(float)  # fmt: skip
        mean = {key: None if np.isnan(value) else value for key, value in found.mean().items()}
        spread = found[["ap", "novel_ap"]].std(ddof=0)
        table.add(
            level=level, moved=moved, score="hillflow", seeds=len(found), **mean,
            sd_ap=float(spread["ap"]), sd_novel_ap=_known(spread["novel_ap"]),
        )  # fmt: skip
        wanted = GOAL.get(level, hubs)
        _claim(table, f"{moved:.0%} of the prior moved", mean, wanted)
    return table


def _claim(table: Table, where: str, mean: dict[str, float | None], wanted: float | None) -> None:
    """Where no goal was set: better than guessing new targets for the prior's hubs."""
    novel, seconds = mean["novel_ap"], mean["cpu_seconds"]
    if novel is not None and wanted is not None:
        text = f"{where}: AP on edges the prior lacks"
        table.claims.append(Claim(text, novel, wanted, at_least=True))
    if seconds is not None:
        table.claims.append(Claim(f"{where}: CPU seconds", seconds, MOST_SECONDS))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
