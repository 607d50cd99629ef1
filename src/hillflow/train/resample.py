"""The bootstrap: draw as many cells of each population as it has, with replacement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hillflow.data import Cells, Trajectories


def resample(data: Cells, seed: int) -> Cells:
    """Draw cells (series, of trajectories) anew, to measure the effect of sampling on a fit.

    Cells keep their rows and get weights: the number of times each was drawn, times its previous
    weight. The counts of a population of n cells are multinomial with sum n (Efron 1979).
    """
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    if isinstance(data, Trajectories):
        drawn = random.integers(len(data), size=len(data))
        return data.take([data.names[number] for number in np.sort(drawn)])
    counts = np.zeros(len(data))
    for population in data.populations():
        n = len(population)
        counts[population.rows] = random.multinomial(n, np.full(n, 1 / n))
    return replace(data, weights=counts if data.weights is None else counts * data.weights)
