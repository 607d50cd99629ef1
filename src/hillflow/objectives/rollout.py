"""Rollout: simulate populations over the measured times and compare them with the data.

    mean_k γ^{k−1} [D(simulated_k, measured_k) + λ_H hinge_k + λ_M log²(mass_k / measured mass_k)]
    + λ_E E ∫ w (2 L(t, x, f) + λ g²) dt + λ_S HJB

D compares populations in the coordinates of the basis, without perturbed genes. With a growth head
each simulated cell has a mass w, d log w/dt = g(x, t), integrated with its state, which is its
weight in D and in the energy; without one, w = 1 and g = 0. L is a `Lagrangian`, ½‖f‖² unless
another is given, and λ its cost of growth. The measured mass is the number of cells relative to the
population from which the simulation started; the logarithm of the ratio keeps the loss finite and
its gradient useful from the first training step. Where growth rates of the cells are known instead,
each weighs exp(rate · time since its start) in D. HJB is the residual of the equation that the
potential of the least costly motion obeys (see `hjb`).

Source: MIOFlow (Huguet et al. 2022), TrajectoryNet (Tong et al. 2020), TIGON (Sha et al.
2024), Cell-MNN (von Bassewitz et al. 2025), NLSB (Koshizuka & Sato 2023): they differ in D,
energy, mass, starts and noise only.
Cost: the solver steps with their gradients, and D (cells² distances) at each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import pad

from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.fields import VectorField
from hillflow.objectives.augmented_field import EXTRA_COLUMNS, AugmentedField
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.exact_flow import ExactFlow
from hillflow.objectives.hjb import hjb_residual
from hillflow.objectives.lagrangian import Lagrangian, mean_energy
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.moving import is_plain, moving, steps_per_span
from hillflow.objectives.problem import Problem
from hillflow.objectives.rollout_batch import STARTS, RolloutBatch
from hillflow.objectives.variational import potential_of
from hillflow.solve import Solver, integrate, make_solver
from hillflow.solve.integrate import choose_solver
from hillflow.transport import make_divergence


@dataclass(frozen=True)
class Rollout(Objective):
    """Simulate from measured populations and compare at later times.

    Parameters
    ----------
    divergence
        A name in `hillflow.transport.DIVERGENCES`.
    starts
        "first" simulates from the first population, "every" from each population.
    horizon
        Number of times to simulate ahead; None for all.
    discount
        γ, the factor on the weight of a comparison for each further time.
    energy
        λ_E, the weight of the energy, which is integrated together with the states.
    lagrangian
        L and λ: the cost of motion, and of growth relative to it, in the energy.
    mass
        λ_M, the weight of the difference between simulated mass and measured number of cells;
        needs a growth head.
    density
        λ_H, the weight of a hinge that pulls simulated cells towards their `neighbors` nearest
        measured cells (MIOFlow); 0 for none.
    neighbors
        Number of nearest cells in the hinge.
    steps
        Solver steps between two times; None: as few steps as make `steps_per_span` of equal length
        over the whole time span, for cells with noise or proteins.
    hjb
        λ_S, the weight of the Hamilton–Jacobi–Bellman residual of a 'potential' field at the
        simulated cells of each measured time; other fields have none.
    learns_noise
        Whether σ of the diffusion head is trained, with the solver "euler-maruyama"; otherwise it
        is a given number.
    solver
        A name of `hillflow.solve`; "auto" is exponential for fields with linear decay, "exact" uses
        the exact flow of the field in `steps` windows, and "euler-maruyama" adds the noise of the
        diffusion head. A model with a noise or protein head moves by these (see `moving`).
    """

    divergence: str = "energy"
    starts: str = "first"
    horizon: int | None = None
    discount: float = 1.0
    energy: float = 0.0
    lagrangian: Lagrangian = field(default_factory=Kinetic)
    mass: float = 0.0
    density: float = 0.0
    neighbors: int = 5
    steps: int | None = 4
    hjb: float = 0.0
    learns_noise: bool = False
    solver: str = "auto"

    def __post_init__(self) -> None:
        if self.learns_noise and self.solver != "euler-maruyama":
            raise InputError("the solver 'euler-maruyama' to learn noise", repr(self.solver),
                             "write solver='euler-maruyama', or learns_noise=False")  # fmt: skip
        if self.starts not in STARTS:
            raise InputError("starts 'first' or 'every'", repr(self.starts),
                             did_you_mean(self.starts, STARTS))  # fmt: skip
        if self.horizon is not None and self.horizon < 1:
            raise InputError("a horizon of one time or more", f"{self.horizon}",
                             "leave it out to simulate to the last time")  # fmt: skip

    @property
    def takes_interventions(self) -> bool:
        """Whether it can train on perturbed cells: not with the exact flow."""
        return self.solver != "exact"

    @property
    def takes_unspliced(self) -> bool:
        """Whether populations alone are compared, of cells without noise."""
        return self.solver == "auto" and not (self.energy or self.mass or self.hjb)

    @property
    def takes_pairs(self) -> bool:
        """No: populations are compared."""
        return False

    @property
    def learns(self) -> tuple[str, ...]:
        """Velocity, and growth, noise, proteins and splicing if the model has heads for them."""
        return ("velocity", "growth", "noise", "protein", "splicing") + (
            "diffusion",
        ) * self.learns_noise

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "simulating every population"

    def check(self, training: Training) -> None:
        """Raise an error for heads that do not go together, unknown names, or single times."""
        make_divergence(self.divergence)
        heads = training.heads
        if not is_plain(heads) and (self.energy or heads.growth is not None):
            raise UnsupportedError(
                "a model without noise and proteins, to learn growth or to weigh energy",
                f"heads: {', '.join(heads.names)}",
                "leave noise and protein out, or choose a method without growth",
            )
        self.lagrangian.check(training.problem)
        if self._has_residual(training) and not (
            self.lagrangian.has_hamiltonian
            and self.lagrangian.slope_is_velocity
            and heads.growth is None
        ):
            raise UnsupportedError(
                "a Lagrangian without growth under which cells move by the slope of a potential",
                self.lagrangian.name or type(self.lagrangian).__name__,
                "write hjb=0, fit another field, or use 'kinetic', 'potential' or 'density'",
            )
        choose_solver(*self._moving(training, torch.Generator()))
        if all(len(data.times) < 2 for data in training.problem.by_condition):
            raise InputError(
                "a condition measured at two or more times", "none", "use Match with a given plan"
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the Lagrangian, and the unit of the residual."""
        training.learnt[self.lagrangian] = self.lagrangian.learn(training.problem, seed)
        if self._has_residual(training):
            draws = torch.Generator().manual_seed(seed)
            training.learnt[self] = mean_energy(training.problem, draws)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """Distance at each simulated time and, with non-zero weights, energy, mass and density."""
        problem, growth = training.problem, training.heads.growth
        batch = RolloutBatch.lay(problem.by_condition, self.starts, self.horizon, cells)
        augmented = None
        if self.energy or growth is not None:
            cost = training.learnt.get(self.lagrangian, self.lagrangian)
            augmented = AugmentedField(training, cost)
        rows = torch.stack(
            [
                torch.cat([problem.draw_rows(data, k, batch.each, generator) for k in starts])
                for data, starts in zip(batch.by_condition, batch.starts, strict=True)
            ]
        )
        state = problem.states[rows]
        known = None if problem.growth is None else torch.zeros_like(problem.growth[rows])
        if augmented is not None:
            state = augmented.start(state)
        flow, solver = self._moving(training, generator)
        if augmented is not None:
            flow = augmented
        measured = problem.states.shape[1]
        compare = make_divergence(self.divergence, generator=generator)
        distance, hinge, mass, energy, residual = (state.new_zeros(()) for _ in range(5))
        compared = begun = 0.0
        for ahead in range(batch.horizon):
            t0, dt = batch.clock(ahead, state)
            before = state
            state = integrate(
                flow, state, dt, t0=t0, solver=solver, steps=self._steps(problem, dt),
                check_finite=False,
            )  # fmt: skip
            now = state[..., :measured]
            if self._has_residual(training):
                off = self._residual(training, now.detach(), t0 + dt, generator)
                residual = residual + (dt * off).mean() / training.learnt[self]
            if known is not None and problem.growth is not None:
                known = known + problem.growth[rows] * dt
            for slot, at in batch.arriving(ahead):
                here = slot.row, slot.cells
                kept = training.kept[slot.row]
                seen = problem.draw_population(slot.data, at, batch.each, generator)
                simulated, seen = problem.project(now[here] * kept), problem.project(seen * kept)
                share = self.discount**ahead
                weight = None if known is None else torch.softmax(known[here], dim=0)
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
        if self._has_residual(training):
            terms["hjb"] = self.hjb * residual
        if self.mass and growth is not None:
            terms["mass"] = self.mass * mass / compared
        return terms

    def _has_residual(self, training: Training) -> bool:
        return self.hjb > 0 and hasattr(training.heads.field, "potential")

    def _residual(
        self, training: Training, x: Tensor, t: Tensor, generator: torch.Generator
    ) -> Tensor:
        cost = training.learnt.get(self.lagrangian, self.lagrangian)
        heads, along = training.heads, training.problem.components
        noisy = self.solver == "euler-maruyama"
        sigma = heads.need("diffusion")().detach() if noisy else None
        return hjb_residual(potential_of(heads), cost, x, t, generator, sigma, along)

    def _steps(self, problem: Problem, dt: Tensor) -> int:
        if self.steps is not None:
            return self.steps
        times = problem.times
        steps = steps_per_span(len(problem.genes))
        return max(1, math.ceil(float(dt.max()) * steps / (times[-1] - times[0]) - 1e-6))

    def _moving(
        self, training: Training, generator: torch.Generator
    ) -> tuple[VectorField, Solver | str]:
        heads = training.heads
        if not is_plain(heads):
            return moving(heads, training.acting, generator)
        if self.solver == "exact":
            return training.acting, ExactFlow()
        if self.solver != "euler-maruyama":
            return training.acting, self.solver
        noise = heads.need("diffusion")().expand(len(heads.field.genes))
        along = training.problem.components
        if self.energy or heads.growth is not None:  # mass and energy have no noise
            noise = torch.cat([noise, noise.new_zeros(EXTRA_COLUMNS)])
            along = None if along is None else pad(along, (0, 0, 0, EXTRA_COLUMNS))
        solver = make_solver("euler-maruyama", diffusion=noise, generator=generator, along=along)
        return training.acting, solver


def _density_hinge(simulated: Tensor, seen: Tensor, neighbors: int) -> Tensor:
    """Mean distance to the k nearest measured cells, minus their mean distance to each other."""
    k = min(neighbors, len(seen) - 1)
    near = torch.cdist(simulated, seen).topk(k, largest=False).values
    usual = torch.cdist(seen, seen).topk(k + 1, largest=False).values[:, 1:].mean()
    return (near - usual).clamp(min=0.0).mean()
