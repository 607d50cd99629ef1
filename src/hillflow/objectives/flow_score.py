"""Flow score: the score of the populations that a fitted flow and its growth make.

    E w ‖τ s(x + τε, t) + ε‖² / d,    w = exp ∫ g dt along the way of x

x is a measured cell that flowed to a time t of its interval. The minimum is s = ∇log ρ_t of the
cells as the model moves and multiplies them, blurred by τ: a Gaussian of spread S gets the score of
one with variance S² + τ². This ρ satisfies ∂ρ/∂t = −∇·(f ρ) + g ρ between two measured times by
construction, where DeepRUOT penalises the residual of this equation.

Source: Vincent 2011 (denoising score matching); Zhang, Li & Zhou 2025 (DeepRUOT).
Cost: a few evaluations of field and growth without gradients, and one of the score with.
When not: the flow does not fit the populations yet, since each interval starts from measured cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.draws import normal_along, uniform
from hillflow.errors import InputError, listing
from hillflow.objectives.augmented_field import AugmentedField
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.problem import Problem
from hillflow.solve import integrate
from hillflow.transport.pairwise import distances

_CELLS = 2048  # of a population, among which distances are computed
_NEIGHBOURS = 10
_LEAST = 1e-6  # τ of cells that are all the same


@dataclass(frozen=True)
class FlowScore(Objective):
    """Score matching on simulated cells; trains the score alone.

    Parameters
    ----------
    noise
        τ at a measured time, in units of the distance to the tenth nearest cell of a population
        then, over √(2d) for d coordinates. Of a few hundred cells it is about a quarter of their
        spread in two coordinates, and three quarters in thirty: smaller values need more steps.
    steps
        Solver steps from a measured time to t.
    """

    noise: float = 1.0
    steps: int = 4

    def __post_init__(self) -> None:
        if not (math.isfinite(self.noise) and self.noise > 0 and self.steps >= 1):
            raise InputError(
                "a noise above 0 and one step or more", f"{self.noise:g} and {self.steps}",
                "write FlowScore(noise=1.0, steps=4)",
            )  # fmt: skip

    @property
    def learns(self) -> tuple[str, ...]:
        """The score."""
        return ("score",)

    @property
    def takes_pairs(self) -> bool:
        """No: of a pair it takes the first cell and the interval."""
        return False

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "matching the score of simulated cells"

    def check(self, training: Training) -> None:
        """Raise an error for a model without score, or cells without control cells."""
        training.heads.need("score")
        conditions = training.problem.conditions
        if not any(one.is_control for one in conditions):
            raise InputError(
                "control cells at two or more times, whose score is learned",
                f"the conditions {listing(one.name for one in conditions)}",
                "add control cells, or use a method without a score, such as 'tigon'",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Compute τ at each time; between two times it is on the line between them."""
        times, distance = _distances(training.problem)
        training.learnt[self] = times, self.noise * distance

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The score term, of control cells."""
        problem, (times, taus) = training.problem, training.learnt[self]
        pairs = problem.draw_pairs(cells, generator)
        t0 = pairs.t0.to(pairs.x0)
        share = uniform(pairs.dt.shape, pairs.x0, generator)
        span = share * pairs.dt.to(pairs.x0)
        augmented = AugmentedField(training, Kinetic())
        with torch.no_grad():
            end = integrate(
                augmented, augmented.start(pairs.x0), span, t0=t0, steps=self.steps,
                check_finite=False,
            )  # fmt: skip
        rows = [row for row, one in enumerate(problem.conditions) if one.is_control]
        x, log_mass, _ = augmented.split(end[rows])
        ends = [_nearest(times, time[rows]) for time in (pairs.t0, pairs.t0 + pairs.dt)]
        tau = torch.lerp(taus[ends[0]], taus[ends[1]], share[rows]).unsqueeze(-1)
        noise = normal_along(x, generator, problem.components)
        slope = training.heads.need("score")(x + tau * noise, (t0 + span)[rows])
        squared = problem.project(tau * slope + noise).square().mean(-1)
        mass = log_mass.exp()
        return {"score": (mass * squared).mean() / mass.mean()}


def _distances(problem: Problem) -> tuple[Tensor, Tensor]:
    """Times of control cells, and distance to the tenth nearest cell then, over √(2d)."""
    found: dict[float, Tensor] = {}
    for data, condition in zip(problem.by_condition, problem.conditions, strict=True):
        if not condition.is_control:
            continue
        for time, rows in zip(data.times, data.rows, strict=True):
            z = problem.project(problem.states[rows[:_CELLS].to(problem.states.device)])
            count = min(_NEIGHBOURS + 1, len(z))  # the nearest is the cell itself
            far = distances(z, z).topk(count, largest=False).values[:, -1]
            found[time] = (far.square().mean() / (2 * z.shape[1])).sqrt().clamp_min(_LEAST)
    return problem.states.new_tensor(list(found)), torch.stack(list(found.values()))


def _nearest(times: Tensor, t: Tensor) -> Tensor:
    """Indices of the entries of `times` nearest to t."""
    return (t.to(times).unsqueeze(-1) - times).abs().argmin(-1)
