"""Search over regulators, signs and families: a coarse fit of all, a fine fit of the best.

Each structure is first fitted to a subsample, from a few starts in a few steps. The best by BIC,
and the best of each family and number of regulators, are then fitted to all states. All sets of
regulators of a size are tried if there are few; otherwise sets are extended greedily from the best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import torch
from torch import Tensor

from hillflow.symbolic.families import FAMILIES, constants
from hillflow.symbolic.least_squares import Batch, Solved, States, solve

# Starts of the search: K as a quantile of the regulator's levels, and n.
STARTS = ((0.5, 2.0), (0.25, 3.0), (0.75, 3.0))
EXHAUSTIVE = 10  # largest number of sets of one size for which all are tried
BEAM = 4  # sets that are extended otherwise


@dataclass(frozen=True)
class FittedStructure:
    """One fitted law, in the scale of `States`.

    Attributes
    ----------
    batch, solved
        Structure and solution, each with one entry.
    bic
        n log(mean square) + k log n.
    """

    batch: Batch
    solved: Solved
    bic: float

    @property
    def key(self) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
        """Family, regulators and signs."""
        parents, signs = self.batch.parents[0].tolist(), self.batch.signs[0].tolist()
        return self.batch.family, tuple(parents), tuple(map(int, signs))


@dataclass(frozen=True)
class Search:
    """Settings of the search.

    Attributes
    ----------
    most_parents
        Largest number of regulators of a law.
    families
        Families for laws of two or more regulators.
    coarse_states, coarse_steps
        Number of states and steps of the coarse fit.
    kept
        Number of structures for the fine fit.
    fine_steps
        Largest number of steps of the fine fit.
    """

    most_parents: int = 4
    families: tuple[str, ...] = FAMILIES
    coarse_states: int = 250
    coarse_steps: int = 12
    kept: int = 16
    fine_steps: int = 60

    def run(
        self, states: States, floor: float, generator: torch.Generator
    ) -> list[FittedStructure]:
        """The laws of the fine fit, best first; mean squares below `floor` count as `floor`."""
        n, count = states.log_x.shape
        chosen = torch.randperm(n, generator=generator)[: self.coarse_states]
        sample = states.rows(chosen)
        starts = _starts(states)
        candidates: list[FittedStructure] = []
        best_sets: list[tuple[int, ...]] = [()]
        best_bic = float("inf")
        for size in range(1, min(self.most_parents, count) + 1):
            sets = _sets(count, size, best_sets)
            coarse = [
                fitted
                for batch in _batches(sets, size, self.families)
                for fitted in self._coarse(batch, sample, starts, n, floor)
            ]
            coarse.sort(key=lambda fitted: fitted.bic)
            candidates += coarse
            best_sets = list(dict.fromkeys(fitted.key[1] for fitted in coarse))[:BEAM]
            if size > 2 and coarse[0].bic > best_bic:
                break  # more regulators do not help
            best_bic = min(best_bic, coarse[0].bic)
        return self._fine(_shortlist(candidates, self.kept), states, floor)

    def _coarse(
        self, batch: Batch, sample: States, starts: Tensor, n: int, floor: float
    ) -> Iterator[FittedStructure]:
        """Each structure of the batch from its best start, with the BIC for all n states."""
        tries, size = len(starts), batch.parents.shape[1]
        many = batch[torch.arange(len(batch)).repeat_interleave(tries)]
        which = torch.arange(tries).repeat(len(batch))[:, None]
        log_k = starts[which, 0, many.parents]
        log_n = starts[which, 1, many.parents]
        solved = solve(many, sample, torch.cat([log_k, log_n], 1), self.coarse_steps, 1e-3)
        best = solved.cost.view(len(batch), tries).argmin(1) + tries * torch.arange(len(batch))
        solved = solved[best]
        for row, cost in enumerate(solved.cost.tolist()):
            yield FittedStructure(batch[[row]], solved[torch.tensor([row])],
                         _bic(cost, floor, n, constants(batch.family, size)))  # fmt: skip

    def _fine(
        self, few: list[FittedStructure], states: States, floor: float
    ) -> list[FittedStructure]:
        n = len(states.y)
        fine = []
        groups: dict[tuple[str, int], list[FittedStructure]] = {}
        for fitted in few:
            kind = (fitted.batch.family, fitted.batch.parents.shape[1])
            groups.setdefault(kind, []).append(fitted)
        for (family, size), members in groups.items():
            batch = Batch(family, torch.cat([fitted.batch.parents for fitted in members]),
                          torch.cat([fitted.batch.signs for fitted in members]))  # fmt: skip
            theta = torch.cat([fitted.solved.theta for fitted in members])
            solved = solve(batch, states, theta, self.fine_steps, 1e-7)
            for row, cost in enumerate(solved.cost.tolist()):
                fine.append(FittedStructure(batch[[row]], solved[torch.tensor([row])],
                                   _bic(cost, floor, n, constants(family, size))))  # fmt: skip
        return sorted(fine, key=lambda fitted: fitted.bic)


def _bic(cost: float, floor: float, n: int, k: int) -> float:
    return n * float(np.log(max(cost, floor))) + k * float(np.log(n))


def _starts(states: States) -> Tensor:
    """log K and log n by start and candidate, [starts, 2, P]."""
    quantiles = torch.tensor([q for q, _ in STARTS], dtype=states.y.dtype)
    log_k = torch.quantile(states.log_x, quantiles, dim=0)
    log_n = torch.tensor([n for _, n in STARTS], dtype=states.y.dtype).log()
    return torch.stack([log_k, log_n[:, None].expand_as(log_k)], 1)


def _sets(count: int, size: int, best: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    every = list(combinations(range(count), size))
    if len(every) <= EXHAUSTIVE or size == 1:
        return every
    grown = {tuple(sorted({*some, added})) for some in best for added in range(count)}
    return sorted(some for some in grown if len(some) == size)


def _batches(sets: list[tuple[int, ...]], size: int, families: tuple[str, ...]) -> Iterator[Batch]:
    """All sets with all combinations of signs, one batch per family."""
    patterns = list(product((1.0, -1.0), repeat=size))
    parents = torch.tensor([some for some in sets for _ in patterns])
    signs = torch.tensor([pattern for _ in sets for pattern in patterns], dtype=torch.float64)
    for family in families if size > 1 else ("single",):
        yield Batch(family, parents, signs)


def _shortlist(candidates: list[FittedStructure], most: int) -> list[FittedStructure]:
    """The best structures, and the best of each family and size."""
    candidates = sorted(candidates, key=lambda fitted: fitted.bic)
    firsts: dict[tuple[str, int], FittedStructure] = {}
    for fitted in candidates:
        firsts.setdefault((fitted.batch.family, fitted.batch.parents.shape[1]), fitted)
    kept = {id(fitted): fitted for fitted in [*candidates[:most], *firsts.values()]}
    return list(kept.values())
