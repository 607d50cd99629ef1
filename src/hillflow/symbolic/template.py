"""The template engine: Hill laws by batched multi-start least squares, chosen by BIC."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from joblib import Parallel, delayed  # type: ignore[import-untyped]

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
from hillflow.symbolic.structure_search import Fitted, Search

OUTSIDE = "outside the family"
EXPONENTS = (0.5, 12.0)
_REACH = math.log(3.0)  # how far beyond the levels seen a K may lie
_SHOWN = 5  # of the best laws, whatever their family, beside the best of each family and size


@dataclass(frozen=True)
class TemplateEngine:
    """Hill laws (see `families`) of up to `most_parents` of the candidates.

    Every set of regulators (greedily beyond ten sets of a size), family and pattern of signs
    is fitted to a subsample in few steps, the best to all states; the law of least BIC is the
    answer and the rest of the front shows alternatives. Scale-free: K and n are sought
    as logarithms, y in units of its spread.

    About 0.5 s a gene on one core, with 700 states of four candidates. Not for truths that are
    no Hill laws: those carry the flag "outside the family", and their constants mean little.

    Parameters
    ----------
    most_parents
        Regulators of a law at most.
    families
        Among which to choose for two or more regulators.
    kept
        Structures that are fitted to all states.
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
                "one regulator, one family and one structure kept at least",
                f"{self.most_parents}, {len(self.families)} and {self.kept}",
                "leave these options at their defaults",
            )

    def available(self) -> str | None:
        """None: it needs nothing beside hillflow."""
        return None

    def fit(
        self,
        problems: Sequence[LawProblem],
        *,
        seed: int = 0,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> list[ParetoFront]:
        """A front of Hill laws for each problem; see `SymbolicEngine.fit`."""
        checked = [problem.check() for problem in problems]
        check_seed(seed)
        fronts = []
        for done, front in enumerate(self._each(checked, seed, jobs), 1):
            fronts.append(front)
            if progress is not None:
                progress("laws", done, len(checked))
        return fronts

    def _each(self, problems: list[LawProblem], seed: int, jobs: int) -> Iterator[ParetoFront]:
        if jobs == 1 or len(problems) < 2:
            yield from (self._one(problem, seed) for problem in problems)
            return
        work = (delayed(self._one)(problem, seed) for problem in problems)
        yield from Parallel(n_jobs=jobs, return_as="generator")(work)

    def _one(self, problem: LawProblem, seed: int) -> ParetoFront:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # small products: more threads would only wait for each other
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
        # A law with an amplitude of 0 is a smaller law in disguise.
        candidates = [law for law in candidates if (law.solved.amplitudes[:, 1:] > 0).all()]
        shown = {fitted.key: fitted for fitted in candidates[:_SHOWN]}
        kinds: dict[tuple[str, int], Fitted] = {}
        for fitted in candidates:
            kinds.setdefault((fitted.key[0], len(fitted.key[1])), fitted)
        shown |= {fitted.key: fitted for fitted in kinds.values()}
        laws = {_law(problem, fitted): fitted for fitted in shown.values()}
        front = ParetoFront(problem.gene, [constant_law(problem), *laws])
        judged = [_judged(law, problem, laws[law], states) if law in laws else law for law in front]
        return ParetoFront(problem.gene, judged)


def _states(problem: LawProblem) -> States:
    """The problem in the units of the search: log levels, y over its spread."""
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


def _law(problem: LawProblem, fitted: Fitted) -> Law:
    family, columns, signs = fitted.key
    parents = [problem.parents[j] for j in columns]
    k, n = fitted.solved.theta[0].exp().reshape(2, -1).tolist()
    amplitudes = (fitted.solved.amplitudes[0] * problem.spread).tolist()
    law = formula(family, parents, signs, amplitudes, k, n)
    return scored_law(
        problem, law, engine="template", family=family,
        constants=constants(family, len(parents)), signs=signs,
    )  # fmt: skip


def _judged(law: Law, problem: LawProblem, fitted: Fitted, states: States) -> Law:
    """The law with the intervals of its parameters, and what must be known of it."""
    known: Certainty = certainty(problem, fitted, states)
    flags = list(known.flags)
    columns = list(fitted.key[1])
    others = [j for j in range(len(problem.parents)) if j not in columns]
    # A deviation below the known noise may be the noise's own; unknown noise explains anything.
    noise = (problem.noise or 0.0) / problem.spread
    share = unexplained(known.residuals, known.jacobian, problem.x[:, columns + others])
    if noise and (share is None or share < noise**2):
        excess = known.deviation**2 - noise**2
        share = excess if excess > noise**2 else None
    if share is not None:
        flags.insert(0, f"{OUTSIDE}: {100 * math.sqrt(share):.2g} % of its spread is no Hill law")
    return dataclasses.replace(law, parameters=known.parameters, flags=tuple(flags))
