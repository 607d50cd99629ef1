"""Genetic interaction: what a pair does beyond the sum of what its genes do alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.causal.effects import interval
from hillflow.interventions import Intervention


def pairs_of_singles(interventions: Sequence[Intervention]) -> dict[int, tuple[int, int]]:
    """For each pair whose two actions are also there alone: its place, and theirs."""
    place = {intervention: row for row, intervention in enumerate(interventions)}
    found = {}
    for row, intervention in enumerate(interventions):
        alone = [Intervention((action,)) for action in intervention]
        if len(alone) == 2 and all(one in place for one in alone):
            found[row] = (place[alone[0]], place[alone[1]])
    return found


def beyond_the_sum(shifts: np.ndarray, pairs: dict[int, tuple[int, int]]) -> np.ndarray:
    """ε = δ(AB) − δ(A) − δ(B), [members, pairs, …] of shifts [members, interventions, …].

    The additive expectation; where effects multiply (levels on a log scale add), ε = 0 too on
    log-normalised data.
    """
    rows = np.array([(pair, *alone) for pair, alone in pairs.items()], dtype=int)
    rows = rows.reshape(-1, 3)
    both, one, other = (shifts[:, rows[:, k]] for k in range(3))
    epsilon: np.ndarray = both - one - other
    return epsilon


def interaction_table(
    shifts: np.ndarray,
    interventions: Sequence[Intervention],
    genes: Sequence[str],
    times: Sequence[float],
) -> pd.DataFrame:
    """Tidy: ``perturbation, gene, time, interaction, low, high``; shifts [members, …, genes]."""
    pairs = pairs_of_singles(interventions)
    epsilon = beyond_the_sum(shifts, pairs)
    low, high = interval(epsilon)
    names = np.array([interventions[pair].name for pair in pairs], dtype=object)
    return pd.DataFrame(
        {"perturbation": np.repeat(names, len(times) * len(genes)),
         "gene": np.tile(np.array(genes, dtype=object), len(pairs) * len(times)),
         "time": np.tile(np.repeat(times, len(genes)), len(pairs)),
         "interaction": epsilon.mean(axis=0).reshape(-1),
         "low": low.reshape(-1), "high": high.reshape(-1)}
    )  # fmt: skip
