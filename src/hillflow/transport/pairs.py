"""Coupled pairs of cells of two populations, and the interval between their times.

Only coupled pairs are stored, so memory is O(pairs) for populations of any size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse
    import torch

    from hillflow.data.snapshots import Population
    from hillflow.interventions import Intervention
    from hillflow.transport.entropic import EntropicPlan


class DrawnPairs(NamedTuple):
    """Pairs drawn from a plan, [n] each.

    Attributes
    ----------
    i, j
        Rows of the cells at the start and at the end.
    growth
        Mass at the end over mass at the start; None if mass is conserved.
    """

    i: np.ndarray
    j: np.ndarray
    growth: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Coupled pairs of two populations.

    Attributes
    ----------
    i, j
        Cell at the start and cell at the end, [pairs].
    weight
        Relative probability of drawing a pair, [pairs]; the plan γ_ij if mass is conserved.
    cost
        Mean squared distance Σ weight · |z_i − z_j|² / Σ weight.
    growth
        Mass of the pair at the end over its mass at the start, [pairs]; None: conserved.
    entropic
        The dense plan from which these pairs were drawn, stored by its dual potentials.
    """

    i: np.ndarray
    j: np.ndarray
    weight: np.ndarray
    cost: float
    growth: np.ndarray | None = None
    entropic: EntropicPlan | None = None

    @classmethod
    def measured(
        cls,
        i: np.ndarray,
        j: np.ndarray,
        weight: np.ndarray,
        z0: np.ndarray,
        z1: np.ndarray,
        growth: np.ndarray | None = None,
        entropic: EntropicPlan | None = None,
    ) -> Pairs:
        """Build pairs, with their cost computed from the states z0 [n0, d] and z1 [n1, d]."""
        total = 0.0
        for start in range(0, len(i), 65_536):
            part = slice(start, start + 65_536)
            total += float(((z0[i[part]] - z1[j[part]]) ** 2).sum(axis=1) @ weight[part])
        return cls(i, j, weight, total / float(weight.sum()), growth, entropic)

    def __len__(self) -> int:
        return len(self.i)

    @cached_property
    def cumulative(self) -> np.ndarray:
        """Cumulative weights, [pairs], for drawing pairs in O(log pairs)."""
        return np.cumsum(self.weight, dtype=np.float64)

    def sample(self, n: int, generator: np.random.Generator | torch.Generator) -> DrawnPairs:
        """Draw n pairs by weight, with replacement."""
        if isinstance(generator, np.random.Generator):
            uniform = generator.random(n)
        else:
            import torch

            uniform = torch.rand(
                n, generator=generator, dtype=torch.float64, device=generator.device
            ).numpy(force=True)
        edges = self.cumulative
        drawn = np.searchsorted(edges, uniform * edges[-1], side="right")
        drawn = np.minimum(drawn, len(edges) - 1)  # uniform * total may round up to the total
        return DrawnPairs(
            self.i[drawn], self.j[drawn], None if self.growth is None else self.growth[drawn]
        )

    def matrix(self, n0: int, n1: int) -> scipy.sparse.csr_matrix:
        """Return the weights as a sparse matrix [n0, n1]; repeated pairs are summed."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.weight, (self.i, self.j)), shape=(n0, n1))

    def arriving(self, n0: int, n1: int) -> scipy.sparse.csr_matrix:
        """Return the mass at the end of each pair as a sparse matrix [n0, n1]."""
        from scipy.sparse import csr_matrix

        mass = self.weight if self.growth is None else self.weight * self.growth
        return csr_matrix((mass, (self.i, self.j)), shape=(n0, n1))

    def at(self, rows0: np.ndarray, rows1: np.ndarray) -> Pairs:
        """Return the pairs with positions in two populations replaced by rows of the data."""
        entropic = None if self.entropic is None else self.entropic.at(rows0, rows1)
        return replace(self, i=rows0[self.i], j=rows1[self.j], entropic=entropic)


@dataclass(frozen=True, eq=False)
class Interval:
    """Two consecutive populations and the coupling of their cells.

    Attributes
    ----------
    start, end
        The populations. They differ in condition only if a perturbed population starts from
        the control (see `starts_from_control`).
    pairs
        Coupled cells, as rows of the snapshots.
    """

    start: Population
    end: Population
    pairs: Pairs

    @property
    def condition(self) -> Intervention:
        """Condition of the cells during this interval."""
        return self.end.condition

    @property
    def starts_from_control(self) -> bool:
        """Whether the start is the control, because the condition has no earlier cells."""
        return self.start.condition != self.end.condition

    @property
    def gap(self) -> float:
        """Time from start to end, in the unit of the data."""
        return self.end.time - self.start.time

    def barycentric(self, values: np.ndarray, states: np.ndarray | None = None) -> np.ndarray:
        """Return E[value of the descendant | cell] for every cell of the start.

        Parameters
        ----------
        values
            In any coordinates, one row for every cell of the snapshots, [cells, k].
        states
            `snapshots.states()`, [cells, d]. If given, the expectation of an entropic plan is
            over its dense plan (exact, O(n0 · chunk · k)), else over the kept pairs.

        Returns
        -------
        numpy.ndarray
            [len(start), k], in the order of `start.rows`; NaN for a cell without descendants.
        """
        total = np.zeros((len(values), values.shape[1]))
        mass = np.zeros(len(values))
        if self.pairs.entropic is not None and states is not None:
            self.pairs.entropic.add_conditional_sums(values, states, total, mass)
        else:
            i, j, weight = self.pairs.i, self.pairs.j, self.pairs.weight
            mass += np.bincount(i, weight, minlength=len(mass))
            for column in range(values.shape[1]):
                total[:, column] = np.bincount(i, weight * values[j, column], minlength=len(mass))
        rows = self.start.rows
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(total[rows] / mass[rows, None])
