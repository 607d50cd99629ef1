"""Rollout: simulate populations through the measured times and compare.

    Σ_k γ^{k−1} D(simulated_k, measured_k) + λ_E E ∫ ‖f‖² dt + λ_M Σ_k (mass_k − measured mass_k)²

D compares populations as coordinates in the basis. With a growth head each simulated cell
carries log-mass, d log w/dt = g(x, t), integrated beside its state, and weighs e^{log w} in D.

Source: MIOFlow (Huguet et al. 2022), TrajectoryNet (Tong et al. 2020), TIGON (Sha et al.
2024), Cell-MNN (von Bassewitz et al. 2025): they differ in D, energy, mass and starts only.
Cost: the solver's steps with their gradients, and D (cells² distances) at each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError, did_you_mean
from hillflow.fields import VectorField
from hillflow.fields.base import Time
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.problem import Arm
from hillflow.solve import integrate
from hillflow.transport import make_divergence

STARTS = ("first", "every")


@dataclass(frozen=True)
class Rollout(Objective):
    """Simulate from measured populations and compare at later times.

    Parameters
    ----------
    divergence
        Name of one in `hillflow.transport.divergence_entries()`.
    starts
        "first": from the first population through all times. "every": from each population.
    horizon
        How many times ahead; None: to the last.
    discount
        γ: how much a comparison one time further on counts.
    energy
        λ_E; the integral is part of the same solve, never a second one.
    mass
        λ_M: with a growth head, hold the simulated mass to the measured number of cells.
    density
        Weight of the hinge that pulls simulated cells towards their `neighbors` nearest
        measured ones (MIOFlow); 0 leaves it out.
    steps, solver
        Of the solver between two times.
    """

    divergence: str = "energy"
    starts: str = "first"
    horizon: int | None = None
    discount: float = 1.0
    energy: float = 0.0
    mass: float = 0.0
    density: float = 0.0
    neighbors: int = 5
    steps: int = 4
    solver: str = "auto"

    def __post_init__(self) -> None:
        if self.starts not in STARTS:
            raise InputError("starts 'first' or 'every'", repr(self.starts),
                             did_you_mean(self.starts, STARTS))  # fmt: skip

    def check(self, training: Training) -> None:
        """The divergence must exist and some condition must have two times."""
        make_divergence(self.divergence)
        if all(len(arm.times) < 2 for arm in training.problem.arms):
            raise InputError(
                "a condition measured at two times or more", "none", "use Match on a given plan"
            )

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Distance at every time reached, energy, mass and density where asked for."""
        problem, heads = training.problem, training.heads
        lanes = [self._lanes(arm) for arm in problem.arms]
        width = max(len(lane) for lane in lanes)
        # Every condition gets the same number of lanes so that they stack; what is repeated
        # to fill up is simulated and not compared.
        filled = [[lane[k % len(lane)] for k in range(width)] for lane in lanes]
        each = max(2, cells // (width * len(problem.arms)))
        x = torch.stack(
            [
                torch.cat([problem.draw_population(arm, k, each, generator) for k in starts])
                for arm, starts in zip(problem.arms, filled, strict=True)
            ]
        )
        flow = _Carrying(training) if self.energy or heads.growth is not None else None
        state = x if flow is None else flow.start(x)
        compare = make_divergence(self.divergence)
        distance, hinge, mass, compared = (x.new_zeros(()) for _ in range(4))
        for ahead in range(self._longest(problem.arms)):
            t0, dt = self._clock(problem.arms, filled, ahead, each, x)
            state = integrate(
                training.acting if flow is None else flow, state, dt, t0=t0,
                solver=self.solver, steps=self.steps, check_finite=False,
            )  # fmt: skip
            now, log_mass = (state, None) if flow is None else flow.split(state)
            for row, (arm, starts) in enumerate(zip(problem.arms, lanes, strict=True)):
                for lane, start in enumerate(starts):
                    at = start + ahead + 1
                    if at >= len(arm.times):
                        continue
                    part = slice(lane * each, (lane + 1) * each)
                    seen = problem.project(problem.draw_population(arm, at, each, generator))
                    simulated = problem.project(now[row, part])
                    weight = None
                    if heads.growth is not None and log_mass is not None:
                        weight = torch.softmax(log_mass[row, part], dim=0)
                        ratio = len(arm.rows[at]) / len(arm.rows[start])
                        mass = mass + (log_mass[row, part].exp().mean() - ratio).square()
                    share = self.discount**ahead
                    distance = distance + share * compare(simulated, seen, weight)
                    if self.density:
                        hinge = hinge + share * _density_hinge(simulated, seen, self.neighbors)
                    compared = compared + share
        terms = {"distance": distance / compared}
        if self.density:
            terms["density"] = self.density * hinge / compared
        if self.energy and flow is not None:
            terms["energy"] = self.energy * flow.energy(state).mean()
        if self.mass and heads.growth is not None:
            terms["mass"] = self.mass * mass / compared
        return terms

    def _lanes(self, arm: Arm) -> range:
        return range(1) if self.starts == "first" else range(len(arm.times) - 1)

    def _longest(self, arms: tuple[Arm, ...]) -> int:
        most = max(len(arm.times) for arm in arms) - 1
        return most if self.horizon is None else min(self.horizon, most)

    def _clock(
        self, arms: tuple[Arm, ...], lanes: list[list[int]], ahead: int, each: int, like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Start and length of each cell's next leg, [conditions, cells]; 0 once at its end."""
        start, length = [], []
        for arm, begins in zip(arms, lanes, strict=True):
            last = len(arm.times) - 1
            at = [min(begin + ahead, last) for begin in begins]
            to = [min(begin + ahead + 1, last) for begin in begins]
            start.append([arm.times[k] for k in at])
            length.append([arm.times[k] - arm.times[j] for j, k in zip(at, to, strict=True)])
        t0, dt = (like.new_tensor(rows).repeat_interleave(each, -1) for rows in (start, length))
        return t0, dt


class _Carrying(VectorField):
    """A field whose state carries log-mass and energy: [x, log w, ∫‖f‖² dt]."""

    def __init__(self, training: Training) -> None:
        super().__init__(training.problem.genes)
        self.acting, self.growth = training.acting, training.heads.growth
        self.autonomous = False

    @property
    def state_size(self) -> int:
        return len(self.genes) + 2

    def start(self, x: Tensor) -> Tensor:
        """Mass 1 and no energy spent."""
        return torch.cat([self.acting.admit(x), x.new_zeros(*x.shape[:-1], 2)], dim=-1)

    def split(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """States and log-masses."""
        return state[..., :-2], state[..., -2]

    def energy(self, state: Tensor) -> Tensor:
        """Energy spent so far by each cell."""
        return state[..., -1]

    def forward(self, t: Time, state: Tensor) -> Tensor:
        x = state[..., :-2]
        velocity = self.acting(t, x)
        growth = x.new_zeros(x.shape[:-1]) if self.growth is None else self.growth(x, t)
        spent = velocity.square().sum(-1)
        return torch.cat([velocity, growth.unsqueeze(-1), spent.unsqueeze(-1)], dim=-1)


def _density_hinge(simulated: Tensor, seen: Tensor, neighbors: int) -> Tensor:
    """Mean distance to the k nearest measured cells, beyond what those keep among themselves."""
    k = min(neighbors, len(seen) - 1)
    near = torch.cdist(simulated, seen).topk(k, largest=False).values
    usual = torch.cdist(seen, seen).topk(k + 1, largest=False).values[:, 1:].mean()
    return (near - usual).clamp(min=0.0).mean()
