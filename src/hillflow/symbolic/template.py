"""The template engine: Hill laws by batched multi-start least squares, chosen by BIC."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from hillflow.errors import InputError, did_you_mean
from hillflow.seeds import check_seed
from hillflow.symbolic.engine import ROUNDING, Progress, constant_law, scored_law
from hillflow.symbolic.families import FAMILIES, constants, formula
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.intervals import Certainty, certainty
from hillflow.symbolic.lack_of_fit import unexplained
from hillflow.symbolic.law import Law
from hillflow.symbolic.least_squares import States
from hillflow.symbolic.numeric import LEAST_LEVEL
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.structure_search import FittedStructure, Search
from hillflow.tasks import SERIAL, Workers

OUTSIDE = "outside the family"
EXPONENTS = (0.5, 12.0)
_REACH = math.log(3.0)  # how far K may lie outside the observed levels
_SHOWN = 5  # best laws to show, in addition to the best of each family and size


@dataclass(frozen=True)
class TemplateEngine:
    """Hill laws (see `families`) of up to `most_parents` of the candidates.

    All combinations of regulators (greedily, if a size has more than ten sets), family and signs
    are fitted to a subsample in a few steps, and the best ones to all states. The best law is the
    one with the lowest BIC; the rest of the front shows alternatives. Results do not depend on
    scale: K and n are fitted as logarithms, y in units of its standard deviation.

    Cost: about 0.5 s per gene on one core, for 700 states of four candidates. Not suitable if the
    true law is no Hill law: the result then carries the flag "outside the family", and its
    constants mean little.

    Parameters
    ----------
    most_parents
        Largest number of regulators of a law.
    families
        Families for laws of two or more regulators.
    kept
        Number of structures that are fitted to all states.
    """

    most_parents: int = 4
    families: tuple[str, ...] = FAMILIES
    kept: int = 16

    name = "template"

    def __post_init__(self) -> None:
        for family in self.families:
            if family not in FAMILIES:
                raise InputError("a family", repr(family), did_you_mean(family, FAMILIES))
        if self.most_parents < 1 or self.kept < 1 or not self.families:
            raise InputError(
                "at least one regulator, one family and one kept structure",
                f"{self.most_parents}, {len(self.families)} and {self.kept}",
                "leave these options at their defaults",
            )

    def available(self) -> str | None:
        """None: it needs no further package."""
        return None

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        workers: Workers = SERIAL,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """One front of Hill laws per problem; see `SymbolicEngine.fit`."""
        checked = [problem.check() for problem in problems]
        check_seed(seed)
        fronts = []
        for done, front in enumerate(workers.each(partial(self._one, seed), checked), 1):
            fronts.append(front)
            if progress is not None:
                progress("laws", done, len(checked))
        return fronts

    def _one(self, seed: int, problem: LawProblem) -> ParetoFront:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # for small matrices, more threads are slower
        try:
            return self._front(problem, torch.Generator().manual_seed(seed))
        finally:
            torch.set_num_threads(threads)

    def _front(self, problem: LawProblem, generator: torch.Generator) -> ParetoFront:
        states = _states(problem)
        floor = max(ROUNDING, (problem.noise or 0.0) / problem.spread) ** 2
        candidates = Search(self.most_parents, self.families, kept=self.kept).run(
            states, floor, generator
        )
        # A law with an amplitude of 0 is equal to a smaller law.
        candidates = [law for law in candidates if (law.solved.amplitudes[:, 1:] > 0).all()]
        shown = {fitted.key: fitted for fitted in candidates[:_SHOWN]}
        kinds: dict[tuple[str, int], FittedStructure] = {}
        for fitted in candidates:
            kinds.setdefault((fitted.key[0], len(fitted.key[1])), fitted)
        shown |= {fitted.key: fitted for fitted in kinds.values()}
        laws = {_law(problem, fitted): fitted for fitted in shown.values()}
        front = ParetoFront(problem.gene, [constant_law(problem), *laws])
        judged = [_judged(law, problem, laws[law], states) if law in laws else law for law in front]
        return ParetoFront(problem.gene, judged)


def _states(problem: LawProblem) -> States:
    """The problem in the units of the search: log levels, y divided by its standard deviation."""
    log_x = np.log(np.maximum(problem.x, LEAST_LEVEL))
    low, high = np.zeros((2, len(problem.parents)))
    for j, column in enumerate(problem.x.T):
        seen = np.log(column[column > LEAST_LEVEL])
        if len(seen):
            low[j], high[j] = np.quantile(seen, [0.01, 0.99])
    weights = np.ones(len(problem.y)) if problem.weights is None else problem.weights
    return States(
        log_x=torch.from_numpy(log_x),
        y=torch.from_numpy(problem.y / problem.spread),
        root_weight=torch.from_numpy(np.sqrt(weights)),
        low=torch.from_numpy(low - _REACH),
        high=torch.from_numpy(high + _REACH),
        least_log_n=math.log(EXPONENTS[0]),
        most_log_n=math.log(EXPONENTS[1]),
    )


def _law(problem: LawProblem, fitted: FittedStructure) -> Law:
    family, columns, signs = fitted.key
    parents = [problem.parents[j] for j in columns]
    k, n = fitted.solved.theta[0].exp().reshape(2, -1).tolist()
    amplitudes = (fitted.solved.amplitudes[0] * problem.spread).tolist()
    law = formula(family, parents, signs, amplitudes, k, n)
    return scored_law(
        problem, law, engine="template", family=family,
        constants=constants(family, len(parents)), signs=signs,
    )  # fmt: skip


def _judged(law: Law, problem: LawProblem, fitted: FittedStructure, states: States) -> Law:
    """The law with intervals of its parameters, and flags."""
    known: Certainty = certainty(problem, fitted, states)
    flags = list(known.flags)
    columns = list(fitted.key[1])
    others = [j for j in range(len(problem.parents)) if j not in columns]
    # Deviations below the known noise do not count; without a known noise, none is excluded.
    noise = (problem.noise or 0.0) / problem.spread
    share = unexplained(known.residuals, known.jacobian, problem.x[:, columns + others])
    if noise and (share is None or share < noise**2):
        excess = known.deviation**2 - noise**2
        share = excess if excess > noise**2 else None
    if share is not None:
        percent = f"{100 * math.sqrt(share):.2g} %"
        flags.insert(
            0,
            f"{OUTSIDE}: {percent} of the fitted rate's variation is not explained by any Hill "
            "formula",
        )
    return dataclasses.replace(law, parameters=known.parameters, flags=tuple(flags))
