"""The bootstrap: as many cells of each population as there were, drawn with replacement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hillflow.data import Snapshots, Trajectories


def resampled(data: Snapshots | Trajectories, seed: int) -> Snapshots | Trajectories:
    """Cells (units, of trajectories) drawn anew, so that a refit shows what sampling alone does.

    Cells keep their place and get weights: how often each was drawn, times the weight it had.
    The counts of a population of n cells are multinomial with sum n (Efron 1979).
    """
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    if isinstance(data, Trajectories):
        drawn = random.integers(len(data), size=len(data))
        return data.take([data.names[unit] for unit in np.sort(drawn)])
    counts = np.zeros(len(data))
    for population in data.populations():
        n = len(population)
        counts[population.rows] = random.multinomial(n, np.full(n, 1 / n))
    return replace(data, weights=counts if data.weights is None else counts * data.weights)
