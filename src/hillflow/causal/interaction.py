"""Genetic interaction: the effect of a pair of perturbations beyond the sum of the two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.causal.effects import interval
from hillflow.interventions import Intervention


def pairs_of_singles(interventions: Sequence[Intervention]) -> dict[int, tuple[int, int]]:
    """Pairs whose single actions are also listed: index of the pair → indices of the singles."""
    index = {intervention: row for row, intervention in enumerate(interventions)}
    pairs = {}
    for row, intervention in enumerate(interventions):
        singles = [Intervention((action,)) for action in intervention]
        if len(singles) == 2 and all(single in index for single in singles):
            pairs[row] = (index[singles[0]], index[singles[1]])
    return pairs


def beyond_the_sum(shifts: np.ndarray, pairs: dict[int, tuple[int, int]]) -> np.ndarray:
    """ε = δ(AB) − δ(A) − δ(B), [members, pairs, …] of shifts [members, interventions, …].

    ε = 0 if the effects add. Effects that multiply on counts add on log-normalised data.
    """
    rows = np.array([(pair, *singles) for pair, singles in pairs.items()], dtype=int)
    rows = rows.reshape(-1, 3)
    both, first, second = (shifts[:, rows[:, k]] for k in range(3))
    epsilon: np.ndarray = both - first - second
    return epsilon


def interaction_table(
    shifts: np.ndarray,
    interventions: Sequence[Intervention],
    genes: Sequence[str],
    times: Sequence[float],
) -> pd.DataFrame:
    """Tidy table ``perturbation, gene, time, interaction, low, high``.

    `shifts` are [members, interventions, times, genes].
    """
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
