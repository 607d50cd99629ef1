"""Independent coupling: every cell is coupled with every other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.transport.coupling import Coupling, check_positive
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register


@register(
    name="independent",
    formula="γ_ij = a_i b_j",
    source="Lipman et al. 2023; Tong et al. 2024",
    cost="time and memory O(draws · n)",
    when_not="cells move by a small part of the population's width, so that paths cross",
)
@dataclass(frozen=True)
class Independent(Coupling):
    """γ_ij = a_i b_j in expectation, with both marginals exact in every draw.

    Both populations are placed on lines of equal length in random order, each cell as wide as its
    mass; cells that overlap are pairs. Each draw gives at most n0 + n1 − 1 pairs.

    Attributes
    ----------
    draws
        Number of random alignments, approximately the number of targets per source.
    """

    draws: int = 16

    def __post_init__(self) -> None:
        check_positive(draws=self.draws)

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        i, j, weight = [], [], []
        for _ in range(self.draws):
            order0, order1 = rng.permutation(len(a)), rng.permutation(len(b))
            ends0, ends1 = np.cumsum(a[order0]), np.cumsum(b[order1])
            edges = np.concatenate([[0.0], np.union1d(ends0[:-1], ends1[:-1]), [1.0]])
            mass, middle = np.diff(edges), (edges[1:] + edges[:-1]) / 2
            keep = mass > 1e-12 / len(mass)
            i.append(order0[np.searchsorted(ends0[:-1], middle[keep])])
            j.append(order1[np.searchsorted(ends1[:-1], middle[keep])])
            weight.append(mass[keep] / self.draws)
        return Pairs.measured(np.concatenate(i), np.concatenate(j), np.concatenate(weight), z0, z1)
