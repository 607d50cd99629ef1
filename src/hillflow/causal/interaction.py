"""Combinations beside the additive guess: what several perturbations do beyond the sum of each.

With δ(A) the shift under A, the additive guess for A and B together is δ(A) + δ(B), and the
interaction is the deviation from it,

    ε = δ(AB) − δ(A) − δ(B),

0 if effects add. Effects that multiply on counts add on log-normalised data. With more than two
actions all singles are summed, so that ε holds interactions of every order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.causal.effects import interval
from hillflow.interventions import Intervention

Parts = dict[int, tuple[int, ...]]  # index of a combination → indices of its singles


def singles_of(intervention: Intervention) -> list[Intervention]:
    """Each action of a perturbation alone."""
    return [Intervention((action,)) for action in intervention]


def with_singles(interventions: Sequence[Intervention]) -> list[Intervention]:
    """The perturbations, and after them the singles of combinations that are not listed."""
    singles = (one for both in interventions for one in singles_of(both) if len(both) > 1)
    return list(dict.fromkeys([*interventions, *singles]))


def combinations_of(interventions: Sequence[Intervention]) -> Parts:
    """Combinations whose single actions are all listed, too."""
    index = {intervention: row for row, intervention in enumerate(interventions)}
    parts = {}
    for row, intervention in enumerate(interventions):
        singles = singles_of(intervention)
        if len(singles) > 1 and all(single in index for single in singles):
            parts[row] = tuple(index[single] for single in singles)
    return parts


def sum_of_singles(shifts: np.ndarray, parts: Parts) -> np.ndarray:
    """The additive guess Σ δ, [members, combinations, …] of shifts [members, interventions, …]."""
    sums = [shifts[:, list(singles)].sum(axis=1) for singles in parts.values()]
    return np.stack(sums, axis=1) if sums else shifts[:, :0]


def beyond_the_sum(shifts: np.ndarray, parts: Parts) -> np.ndarray:
    """ε, [members, combinations, …] of shifts [members, interventions, …]."""
    epsilon: np.ndarray = shifts[:, list(parts)] - sum_of_singles(shifts, parts)
    return epsilon


def interaction_table(
    shifts: np.ndarray,
    interventions: Sequence[Intervention],
    genes: Sequence[str],
    times: Sequence[float],
) -> pd.DataFrame:
    """Tidy table ``perturbation, gene, time, delta, additive, interaction, low, high``.

    `shifts` are [members, interventions, times, genes]; the interval is that of the interaction.
    """
    parts = combinations_of(interventions)
    epsilon = beyond_the_sum(shifts, parts)
    low, high = interval(epsilon)
    names = np.array([interventions[row].name for row in parts], dtype=object)
    means = {
        "delta": shifts[:, list(parts)].mean(axis=0),
        "additive": sum_of_singles(shifts, parts).mean(axis=0),
        "interaction": epsilon.mean(axis=0), "low": low, "high": high,
    }  # fmt: skip
    return pd.DataFrame(
        {"perturbation": np.repeat(names, len(times) * len(genes)),
         "gene": np.tile(np.array(genes, dtype=object), len(parts) * len(times)),
         "time": np.tile(np.repeat(times, len(genes)), len(parts)),
         **{name: values.reshape(-1) for name, values in means.items()}}
    )  # fmt: skip
