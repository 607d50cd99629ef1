"""Likelihood: the flow under which the measured cells of all times are most likely.

    mean_k D(log p_k(x)), x ∈ cells of time k                       D = −E log p, the likelihood
    + λ_E u/ℓ² Σ_k E ∫ ‖f‖² dt + λ_J u Σ_k E ∫ ‖∂f/∂x‖²_F dt       over the interval before k
    + λ_H mean_k E Σ_{j ≤ K} max(0, |x(s) − nearest_j|/ℓ − h)/K     s random in that interval

Cells of every time flow back along ẋ = f, through all earlier times, to a state x₀ at a time where
the density p₀ is given (`hillflow.objectives.base_density`), and log p(x) = log p₀(x₀) − ∫ tr ∂f/∂x
dt along the way. Of the flows with these populations, the energy selects the one with the shortest
paths, which is the dynamic optimal transport of Benamou & Brenier (2000). u is the mean interval
and ℓ the root mean square spread of a coordinate, so that no weight depends on units. In more genes
than the basis has components, the density is that of the coordinates in the basis. Beyond the range
of the data, widened by itself on both sides, the velocity is that at the edge.

Source: Tong, Huang, Wolf, van Dijk & Krishnaswamy 2020 (TrajectoryNet); Grathwohl et al. 2019
(FFJORD); Finlay et al. 2020 (the squared Jacobian).
Cost: of K intervals, K solver integrations of up to all cells of a step; at each evaluation of the
field a Jacobian of each cell or, with probes, a backward pass for each.
When not: decay is fast beside the intervals, so that cells that flow back leave the data at once;
cells were perturbed; they divide or die, which this density does not know.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.draws import normal_along
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.genes import SMALL_PANEL
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.base_density import BASES, Base, gaussian, moments
from hillflow.objectives.density_field import EXTRA_COLUMNS, DensityField
from hillflow.objectives.problem import Problem
from hillflow.solve import integrate
from hillflow.solve.divergence import rademacher
from hillflow.transport import make_divergence
from hillflow.transport.pairwise import distances

_LANDMARKS = 4096  # measured cells among which neighbours are looked for


@dataclass(frozen=True)
class Likelihood(Objective):
    """Maximum likelihood of the cells of all times under the flow.

    Parameters
    ----------
    divergence
        A name in `hillflow.transport.DIVERGENCES` that compares measured cells with a density.
    base
        "gaussian" or "kernel", the density of the first population; "normal", a normal one interval
        before it, for fields that depend on time; "auto": "normal" for these, else "gaussian".
    energy, jacobian
        λ_E and λ_J, the weights of kinetic energy and of the squared Jacobian.
    density
        λ_H, the weight of the distance to the nearest measured cells; 0 for none.
    neighbors, threshold
        K, the number of nearest cells, and h, the distance that costs nothing, in units of ℓ.
    noise
        Standard deviation of the noise on each coordinate of drawn cells, in units of ℓ. It bounds
        the density of cells that lie on fewer dimensions.
    probes
        Random probes of the Jacobian; 0: exact; None: exact for up to 40 genes, else one.
    steps
        Solver steps between two times.
    solver
        A name of `hillflow.solve`, of a solver that needs no linear decay.
    """

    divergence: str = "likelihood"
    base: str = "auto"
    energy: float = 0.01
    jacobian: float = 0.0
    density: float = 0.0
    neighbors: int = 5
    threshold: float = 0.1
    noise: float = 0.0
    probes: int | None = None
    steps: int = 4
    solver: str = "rk4"

    def __post_init__(self) -> None:
        if self.base not in ("auto", *BASES):
            raise InputError(
                f"a base, one of auto, {', '.join(BASES)}", repr(self.base),
                did_you_mean(self.base, ("auto", *BASES)),
            )  # fmt: skip
        for name, least in (("neighbors", 1), ("steps", 1), ("probes", 0), ("noise", 0)):
            if (getattr(self, name) or 0) < least and getattr(self, name) is not None:
                raise InputError(f"{name} of at least {least}", f"{getattr(self, name)}",
                                 f"raise {name}")  # fmt: skip

    @property
    def takes_interventions(self) -> bool:
        """No: a clamped gene has no density."""
        return False

    @property
    def takes_pairs(self) -> bool:
        """No: it learns from populations."""
        return False

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "maximising the likelihood of every population"

    def check(self, training: Training) -> None:
        """Raise an error for cells, heads or fields that have no density of this kind."""
        make_divergence(self.divergence, compares="density")
        problem, heads = training.problem, training.heads
        if heads.names:
            raise UnsupportedError(
                "a model whose cells follow the field alone, to have a density",
                f"heads: {', '.join(heads.names)}",
                "leave noise and protein out, or use 'mioflow', 'sf2m' or 'tigon'",
            )
        if problem.growth is not None:
            raise UnsupportedError(
                "cells without known growth rates, whose number is that of the flow",
                "growth rates", "use 'default', or leave out the column growth_rate",
            )  # fmt: skip
        if all(len(data.times) < 2 for data in problem.by_condition):
            raise InputError("cells of two or more times", "one", "use a method for one time")
        if self.base == "normal" and heads.field.autonomous:
            raise UnsupportedError(
                "a field that depends on time for base='normal', which it turns into the first "
                "population",
                f"the {heads.field.name!r} field, which is the same at all times",
                "build it with time=True, or use base='gaussian'",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Compute the base, the units and the cells among which neighbours are looked for."""
        base = self.base
        if base == "auto":
            base = "gaussian" if training.heads.field.autonomous else "normal"
        training.learnt[self] = _Known.of(training.problem, base, self.noise, seed)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The negative log-likelihood and, with non-zero weights, energy, Jacobian and density."""
        problem, known = training.problem, training.learnt[self]
        (data,) = problem.by_condition  # of control cells
        compare = make_divergence(self.divergence, compares="density")
        first = 0 if known.base.time < data.times[0] else 1  # population that is not the base
        times = (known.base.time, *data.times[first:])
        each = max(2, cells // (len(times) - 1))
        energy, square, hinge = (problem.states.new_zeros(()) for _ in range(3))
        state = problem.states.new_zeros(0, len(problem.genes) + EXTRA_COLUMNS)
        for k in range(len(times) - 1, 0, -1):  # cells of later times come along
            seen = problem.draw_population(data, k - 1 + first, each, generator)
            seen = seen + self.noise * known.length * normal_along(
                seen, generator, problem.components
            )
            flow = self._flow(training, known, len(state) + each, generator)
            state = torch.cat([state, flow.start(seen)])
            before = flow.split(state)
            at, back, steps = times[k], times[k - 1] - times[k], self.steps
            if self.density:  # a stop on the way
                share = float(torch.rand((), generator=generator))
                some = max(1, round(share * steps))
                state = self._integrate(flow, state, at, share * back, some)
                hinge = hinge + self._hinge(problem.project(flow.split(state)[0]), known)
                at, back, steps = at + share * back, (1 - share) * back, max(1, steps - some)
            state = self._integrate(flow, state, at, back, steps)
            after = flow.split(state)
            energy = energy + (before[2] - after[2]).mean()
            square = square + (before[3] - after[3]).mean()
        x0, change = state[:, : len(problem.genes)], state[:, len(problem.genes)]
        log_p = known.base.log_density(problem.project(x0)) - change
        likelihood = torch.stack([compare(own) for own in log_p.split(each)]).mean()
        terms = {
            "likelihood": likelihood,
            "energy": self.energy * known.time / known.length**2 * energy,
            "jacobian": self.jacobian * known.time * square,
            "density": self.density * hinge / (len(times) - 1),
        }
        return {name: term for name, term in terms.items() if getattr(self, name, True)}

    def without_change(self, training: Training) -> float:
        """What the field 0 loses in likelihood, beyond the Gaussian of each later population."""
        problem = training.problem
        (data,) = problem.by_condition
        base = _Known.of(problem, "gaussian", self.noise, 0).base
        lost = []
        for k in range(1, len(data.times)):
            z = problem.project(problem.states[data.rows[k].to(problem.states.device)])
            weights = data.weights[k].to(z)
            own = gaussian(*moments(z, weights))
            lost.append(float(weights @ (own(z) - base.log_density(z))))
        return sum(lost) / len(lost)

    def _flow(
        self, training: Training, known: _Known, cells: int, generator: torch.Generator
    ) -> DensityField:
        problem = training.problem
        count = self.probes
        if count is None:
            count = 0 if len(problem.genes) <= SMALL_PANEL else 1
        probes = None
        if count:
            like = problem.states.new_empty(cells, len(problem.genes))
            probes = rademacher(problem.project(like), count, generator)
            if problem.components is not None:
                probes = probes @ problem.components.T
        low, high = known.box
        if training.heads.field.keeps_orthant:
            low = low.clamp_min(0.0)
        return DensityField(training.acting, (low, high), problem.components, probes)

    def _integrate(
        self, flow: DensityField, state: Tensor, at: float, span: float, steps: int
    ) -> Tensor:
        return integrate(
            flow, state, span, t0=at, solver=self.solver, steps=steps, check_finite=False
        )

    def _hinge(self, z: Tensor, known: _Known) -> Tensor:
        """Mean distance to the nearest measured cells beyond the threshold, in units of ℓ."""
        count = min(self.neighbors, len(known.landmarks))
        near = distances(z, known.landmarks).topk(count, largest=False).values / known.length
        return (near - self.threshold).clamp(min=0.0).mean()


@dataclass(frozen=True, eq=False)
class _Known:
    """What a loss needs of the data.

    Attributes
    ----------
    base
        The density from which the likelihood starts.
    length, time
        ℓ, the root mean square spread of a coordinate, and u, the mean interval.
    box
        Lowest and highest level of each gene, [genes] each, and as far again on both sides.
    landmarks
        Coordinates of measured cells, [cells, d].
    """

    base: Base
    length: float
    time: float
    box: tuple[Tensor, Tensor]
    landmarks: Tensor

    @classmethod
    def of(cls, problem: Problem, base: str, noise: float, seed: int) -> _Known:
        """Compute it from all training cells."""
        (data,) = problem.by_condition
        device = problem.states.device
        rows = torch.cat(data.rows)
        states = problem.states[rows.to(device)]
        low, high = states.amin(0), states.amax(0)
        every = problem.project(states)
        length = float(every.var(0, correction=0).mean().sqrt()) or 1.0
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
        first = problem.project(problem.states[data.rows[0].to(device)])
        made = Base.of(base, first, data.weights[0].to(first), every, data.times, noise * length)
        time = (data.times[-1] - data.times[0]) / (len(data.times) - 1)
        box = (2 * low - high, 2 * high - low)
        return cls(made, length, time, box, every[order[:_LANDMARKS].to(device)])
