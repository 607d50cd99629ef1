"""Equilibrium matching: the rest state under each perturbation is the mean of its cells.

    ½ mean_cg ((x*_cg − m_cg) / e_cg)² + λ mean_ag |x*_ag − x*_0g| / e_g

x*_c is the state in which the field rests under condition c (`hillflow.solve.rest_state`, from the
mean of the control cells), m_c the mean of its cells, and e_c the standard error of that mean, of
the spread within all populations. Perturbed genes do not count in their own condition. The second
term runs over the single actions a of all conditions, also those that were measured in combination
only: a perturbation changes few genes. It is the lasso on total effects, in standard errors, so
that shifts within the sampling error of a mean do not enter the law.

Source: CellBox (Yuan et al. 2021), which fits the fixed points of a field to the steady states of
a screen, with an L1 penalty on its weights; here the penalty is on their effects, so that it is
the same for every field.
Cost: one relaxation per step, of all conditions at once: O(conditions) evaluations of the field.
When not: cells were measured while they still changed (fit several times with 'default');
a population splits among fates, so that its mean is a state in which no cell rests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.problem import Problem, acting
from hillflow.solve import rest_state

CONTROL = Intervention.control()
_ROUND = 0.1  # standard errors, within which |shift| is smooth
_TOLERANCE = 1e-4  # of a rest state in training, below the error of a mean
_LEAST = 0.1  # of the median spread, that a gene has at least


@dataclass(frozen=True)
class Equilibrium(Objective):
    """Match rest states with the means of populations; see the module.

    Parameters
    ----------
    effects
        λ, the weight of the effects of single actions; 0 for none.
    """

    effects: float = 1.0

    @property
    def at_rest(self) -> bool:
        """It fits cells at rest."""
        return True

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "matching rest states"

    def check(self, training: Training) -> None:
        """Raise an error for a field without linear decay, and for heads that only motion shows."""
        moving = [name for name in training.heads.names if name != "efficacy"]
        if moving:
            raise UnsupportedError(
                "a field alone, for cells at rest", f"also {', '.join(moving)}", "leave them out"
            )
        with torch.no_grad():
            rest_state(training.heads.field, training.problem.states[:1], tolerance=1e9)

    def prepare(self, training: Training, seed: int) -> None:
        """Compute the means, and the fields under all conditions and single actions."""
        _Screen.of(training)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Misfit of the rest states, and size of the effects of single actions."""
        screen = _Screen.of(training)
        means, rest = screen.means, screen.rest()
        misfit = (rest[: len(means.mean)] - means.mean) / means.error
        terms = {"misfit": 0.5 * (training.kept.squeeze(1) * misfit).square().mean()}
        if self.effects:
            shift = (rest[screen.single] - rest[screen.control]) / means.typical
            size = (shift.square() + _ROUND**2).sqrt() - _ROUND
            total = (screen.others * size).sum() / means.mean.numel()
            terms["effects"] = self.effects * total
        return terms


@dataclass(frozen=True, eq=False)
class Means:
    """Means of the populations of a screen.

    Attributes
    ----------
    mean
        Of each condition, [conditions, genes].
    spread
        Standard deviation within populations, [genes], at least a tenth of its median.
    error, typical
        Standard errors of the means, [conditions, genes], and of one of the usual size, [genes].
    """

    mean: Tensor
    spread: Tensor
    error: Tensor
    typical: Tensor

    @classmethod
    def of(cls, problem: Problem) -> Means:
        """Of a problem of one time; cells count by their weights."""
        means, squares, counts, states = [], [], [], problem.states.cpu()
        for data in problem.by_condition:
            (rows,), (weights,) = data.rows, data.weights
            x, share = states[rows].double(), weights.double()[:, None]
            mean = (share * x).sum(0)
            means.append(mean)
            squares.append((share * (x - mean).square()).sum(0))
            counts.append(1 / float(share.square().sum()))
        number = torch.tensor(counts, dtype=torch.float64)[:, None]
        variance = (number * torch.stack(squares)).sum(0) / (number - 1).sum().clamp_min(1)
        spread = variance.sqrt()
        varying = spread[spread > 0]
        least = _LEAST * varying.median() if len(varying) else torch.ones((), dtype=torch.float64)
        spread = torch.maximum(spread, least)
        parts = (
            torch.stack(means),
            spread,
            spread / number.sqrt(),
            spread / number.median().sqrt(),
        )
        return cls(*(part.to(problem.states.dtype).to(problem.states.device) for part in parts))


@dataclass(frozen=True, eq=False)
class _Screen:
    """The means, and the field under every condition, then under what else is needed.

    Attributes
    ----------
    acting, start
        The field under all of them, and the states from which it relaxes, [.., 1, genes].
    single, control
        Rows of the single actions and of the control.
    others
        0 for the gene of an action, 1 for others, [actions, genes].
    """

    means: Means
    acting: VectorField
    start: Tensor
    single: list[int]
    control: int
    others: Tensor

    @classmethod
    def of(cls, training: Training) -> _Screen:
        """That of a training, built once."""
        if cls not in training.learnt:
            training.learnt[cls] = cls._built(training)
        screen: _Screen = training.learnt[cls]
        return screen

    @classmethod
    def _built(cls, training: Training) -> _Screen:
        problem = training.problem
        actions = dict.fromkeys(action for condition in problem.conditions for action in condition)
        alone = [Intervention((action,)) for action in actions]
        rows = tuple(dict.fromkeys([*problem.conditions, CONTROL, *alone]))
        means, genes = Means.of(problem), list(problem.genes)
        control = rows.index(CONTROL)
        start = means.mean[control] if control < len(means.mean) else means.mean.mean(0)
        others = start.new_ones(len(alone), len(genes))
        for row, action in enumerate(actions):
            others[row, genes.index(action.gene)] = 0.0
        field = acting(
            training.heads.field, replace(problem, conditions=rows), training.heads.efficacy
        )
        return cls(
            means, field, start.expand(len(rows), 1, -1), [rows.index(one) for one in alone],
            control, others,
        )  # fmt: skip

    def rest(self) -> Tensor:
        """The rest state of each row, [rows, genes]."""
        return rest_state(self.acting, self.start, tolerance=_TOLERANCE)[0].squeeze(1)


def rest_loss(training: Training) -> float:
    """Return the mean over conditions and genes of ((x* − m) / spread)², of a problem at rest."""
    screen = _Screen.of(training)
    with torch.no_grad():
        return _misfit(training, screen.means, screen.rest()[: len(screen.means.mean)])


def one_mean_loss(training: Training) -> float:
    """Return the same loss of one state for all conditions: no perturbation has an effect."""
    means = Means.of(training.problem)
    return _misfit(training, means, means.mean.mean(0))


def _misfit(training: Training, means: Means, state: Tensor) -> float:
    error = training.kept.squeeze(1) * (state - means.mean) / means.spread
    return float(error.square().mean())
