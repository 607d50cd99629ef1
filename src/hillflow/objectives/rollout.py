"""Rollout: simulate populations through the measured times and compare.

    mean_k γ^{k−1} [D(simulated_k, measured_k) + λ_H hinge_k + λ_M log²(mass_k / measured mass_k)]
    + λ_E E ∫ ‖f‖² dt

D compares populations as coordinates in the basis, genes that were acted on left out. With a
growth head each simulated cell carries log-mass, d log w/dt = g(x, t), integrated beside its
state, and weighs w in D. Measured mass is the number of cells, relative to the population the
simulation started from; the logarithm of their ratio stays
finite and steep wherever training begins.

Source: MIOFlow (Huguet et al. 2022), TrajectoryNet (Tong et al. 2020), TIGON (Sha et al.
2024), Cell-MNN (von Bassewitz et al. 2025), NLSB (Koshizuka & Sato 2023): they differ in D,
energy, mass, starts and noise only.
Cost: the solver's steps with their gradients, and D (cells² distances) at each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError, did_you_mean
from hillflow.fields import VectorField
from hillflow.objectives.augmented_field import ACCOUNTS, AugmentedField
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.exact_flow import ExactFlow
from hillflow.objectives.rollout_batch import STARTS, RolloutBatch
from hillflow.solve import Solver, integrate, make_solver
from hillflow.solve.integrate import choose_solver
from hillflow.transport import make_divergence


@dataclass(frozen=True)
class Rollout(Objective):
    """Simulate from measured populations and compare at later times.

    Parameters
    ----------
    divergence
        Name of one in `hillflow.transport.DIVERGENCES.values()`.
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
        λ_H of the hinge that pulls simulated cells towards their `neighbors` nearest measured
        ones (MIOFlow); 0 leaves it out.
    steps, solver
        Of the solver between two times: a name of `hillflow.solve`; "auto", exponential where
        decay is linear; "exact", the field's own flow in `steps` windows; "euler-maruyama",
        with the diffusion head's noise.
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
        if self.horizon is not None and self.horizon < 1:
            raise InputError("a horizon of one time or more", f"{self.horizon}",
                             "leave it out to go to the last")  # fmt: skip

    @property
    def takes_interventions(self) -> bool:
        """Not with the exact flow, which no clamped cell follows."""
        return self.solver != "exact"

    @property
    def learns(self) -> tuple[str, ...]:
        """Velocity, and growth where the model has a head for it."""
        return ("velocity", "growth")

    def check(self, training: Training) -> None:
        """Divergence and solver must exist and fit; some condition must have two times."""
        make_divergence(self.divergence)
        choose_solver(training.acting, self._solver(training, torch.Generator()))
        if all(len(data.times) < 2 for data in training.problem.by_condition):
            raise InputError(
                "a condition measured at two times or more", "none", "use Match on a given plan"
            )

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Distance at every time reached, energy, mass and density where asked for."""
        problem, growth = training.problem, training.heads.growth
        batch = RolloutBatch.lay(problem.by_condition, self.starts, self.horizon, cells)
        augmented = AugmentedField(training) if self.energy or growth is not None else None
        flow: VectorField = training.acting if augmented is None else augmented
        state = torch.stack(
            [
                torch.cat([problem.draw_population(data, k, batch.each, generator) for k in starts])
                for data, starts in zip(batch.by_condition, batch.starts, strict=True)
            ]
        )
        if augmented is not None:
            state = augmented.start(state)
        solver, compare = self._solver(training, generator), make_divergence(self.divergence)
        distance, hinge, mass, energy = (state.new_zeros(()) for _ in range(4))
        compared = begun = 0.0
        for ahead in range(batch.horizon):
            t0, dt = batch.clock(ahead, state)
            before = state
            state = integrate(
                flow, state, dt, t0=t0, solver=solver, steps=self.steps, check_finite=False
            )
            now = state if augmented is None else augmented.split(state)[0]
            for slot, at in batch.arriving(ahead):
                here = slot.row, slot.cells
                kept = training.kept[slot.row]
                seen = problem.draw_population(slot.data, at, batch.each, generator)
                simulated, seen = problem.project(now[here] * kept), problem.project(seen * kept)
                share, weight = self.discount**ahead, None
                compared += share
                begun += ahead == 0
                if augmented is not None:
                    _, log_mass, spent = augmented.split(state[here])
                    energy = energy + (spent - augmented.split(before[here])[2]).mean()
                    if growth is not None:
                        weight = torch.softmax(log_mass, dim=0)
                        ratio = len(slot.data.rows[at]) / len(slot.data.rows[slot.start])
                        total = torch.logsumexp(log_mass, dim=0) - math.log(len(log_mass) * ratio)
                        mass = mass + share * total.square()
                distance = distance + share * compare(simulated, seen, weight)
                if self.density:
                    hinge = hinge + share * _density_hinge(simulated, seen, self.neighbors)
        terms = {"distance": distance / compared}
        if self.density:
            terms["density"] = self.density * hinge / compared
        if self.energy:
            terms["energy"] = self.energy * energy / begun
        if self.mass and growth is not None:
            terms["mass"] = self.mass * mass / compared
        return terms

    def _solver(self, training: Training, generator: torch.Generator) -> Solver | str:
        if self.solver == "exact":
            return ExactFlow()
        if self.solver != "euler-maruyama":
            return self.solver
        heads = training.heads
        noise = heads.need("diffusion")().expand(len(heads.field.genes))
        if self.energy or heads.growth is not None:  # accounts are kept without noise
            noise = torch.cat([noise, noise.new_zeros(ACCOUNTS)])
        return make_solver("euler-maruyama", diffusion=noise, generator=generator)


def _density_hinge(simulated: Tensor, seen: Tensor, neighbors: int) -> Tensor:
    """Mean distance to the k nearest measured cells, beyond what those keep among themselves."""
    k = min(neighbors, len(seen) - 1)
    near = torch.cdist(simulated, seen).topk(k, largest=False).values
    usual = torch.cdist(seen, seen).topk(k + 1, largest=False).values[:, 1:].mean()
    return (near - usual).clamp(min=0.0).mean()
