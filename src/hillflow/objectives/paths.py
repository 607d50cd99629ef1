"""Paths between coupled cells: states and velocities between two snapshots.

Straight lines, Brownian bridges and arrivals are here; `metric` has paths that stay near the cells,
`wfr_dirac` paths with growth.

For s ∈ (0, 1), the relative position between two snapshots a time Δ apart, a path gives the state
x_s and the velocity dx/dt in expression per time unit. Velocities are divided by Δ here, so that
all fields are in real time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.draws import normal, normal_along, uniform
from hillflow.objectives.problem import PairBatch, Problem


@dataclass(frozen=True)
class Bridge:
    """Points on paths: [conditions, cells, genes]; t, weight and growth are [conditions, cells].

    Attributes
    ----------
    t, x, velocity
        Time, state, and velocity, the regression target.
    weight
        Weight of each point.
    score, score_scale
        ∇ log p(x_s | x0, x1) for paths with noise, and the standard deviation of the noise: the
        score loss is weighted by it, so that it stays bounded.
    growth
        d log mass / dt, for paths with growth.
    """

    t: Tensor
    x: Tensor
    velocity: Tensor
    weight: Tensor | None = None
    score: Tensor | None = None
    score_scale: Tensor | None = None
    growth: Tensor | None = None


class Path(ABC):
    """A path from x0 to x1; holds frozen options only.

    Attributes
    ----------
    carries
        Quantities with targets: "velocity", "score", "growth".
    bridges
        Whether it needs the pairs of a Schrödinger bridge, whose σ it takes from them.
    """

    carries: ClassVar[tuple[str, ...]] = ("velocity",)
    bridges: ClassVar[bool] = False

    def learn(self, problem: Problem, seed: int) -> Path:
        """The path to sample from: itself, unless it depends on the data."""
        return self

    @abstractmethod
    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """One random point on the path of each pair."""


def position(pairs: PairBatch, generator: torch.Generator) -> Tensor:
    """s of each pair, uniform on (0, 1), [conditions, cells]."""
    return uniform(pairs.dt.shape, pairs.x0, generator)


@dataclass(frozen=True)
class Linear(Path):
    """Straight lines: x_s = (1−s) x0 + s x1 + σ ε, velocity (x1 − x0)/Δ.

    Source: Lipman et al. 2023; Tong et al. 2024 (I-CFM or OT-CFM, depending on the coupling).
    Cost: one evaluation of the field.
    """

    sigma: float = 0.0

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point on each line."""
        s = position(pairs, generator)
        x = torch.lerp(pairs.x0, pairs.x1, s.unsqueeze(-1))
        if self.sigma:
            x = x + self.sigma * normal(x.shape, x, generator)
        velocity = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(x.dtype)
        return Bridge(pairs.t0 + s * pairs.dt, x, velocity)


@dataclass(frozen=True)
class BrownianBridge(Path):
    """The conditional path of the Schrödinger bridge, with noise.

    x_s = μ + σ√(Δ s(1−s)) ε with μ = (1−s) x0 + s x1; velocity of the probability flow
    (1−2s)/(2 s(1−s)) (x − μ)/Δ + (x1 − x0)/Δ; score −ε / (σ√(Δ s(1−s))).
    The velocity diverges at both ends, so the loss is weighted by 4 s(1−s).

    σ is that of the plan, `hillflow.transport.Schrodinger`: with another, the marginals between two
    times are not those of a Schrödinger bridge. Noise, like the plan, is along the basis of the
    coupling, if that does not span all genes.

    Source: Tong et al. 2024 ([SF]²M, eq. 8–10); σ is per √time, hence Δ in the variance.

    Parameters
    ----------
    sigma
        σ of dx = f dt + σ dW, for pairs whose coupling has none; that of the plan comes first.
    drift
        Use the drift of the stochastic process, (x1 − x)/(Δ(1−s)), which is the flow plus
        σ²/2 score, as the target instead of the probability flow.
    margin
        Least distance of s from 0 and 1.
    along
        Orthonormal columns, [genes, d], in whose span there is noise; None: in all genes.
    """

    sigma: float | None = None
    drift: bool = False
    margin: float = 0.01
    along: Tensor | None = field(default=None, compare=False, repr=False)
    carries: ClassVar[tuple[str, ...]] = ("velocity", "score")
    bridges: ClassVar[bool] = True

    def learn(self, problem: Problem, seed: int) -> BrownianBridge:
        """The path with the σ and the basis of the coupling."""
        return replace(self, sigma=problem.sigma or self.sigma, along=problem.components)

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point on each bridge."""
        if self.sigma is None:
            raise RuntimeError("sampled before learn")
        s = self.margin + (1 - 2 * self.margin) * position(pairs, generator)
        dt = pairs.dt.to(s.dtype)
        spread = self.sigma * (dt * s * (1 - s)).sqrt()
        noise = normal_along(pairs.x0, generator, self.along)
        away = spread.unsqueeze(-1) * noise
        x = torch.lerp(pairs.x0, pairs.x1, s.unsqueeze(-1)) + away
        if self.drift:
            velocity = (pairs.x1 - x) / (dt * (1 - s)).unsqueeze(-1)
        else:
            pull = (1 - 2 * s) / (2 * s * (1 - s) * dt)
            velocity = pull.unsqueeze(-1) * away + (pairs.x1 - pairs.x0) / dt.unsqueeze(-1)
        weight = 4 * s * (1 - s)
        score = -noise / spread.unsqueeze(-1)
        return Bridge(pairs.t0 + s * pairs.dt, x, velocity, weight, score, spread)


@dataclass(frozen=True)
class Arrival(Path):
    """The end of each pair: velocity (x1 − x0)/Δ at the state x1 and time t1.

    With f = ∇s this is the optimality condition of an implicit gradient step,
    (x1 − x0)/Δ = ∇s(x1), for each pair of the optimal plan.

    Source: Terpin, Lanzetti, Gadea & Dörfler 2024 (JKOnet*).
    """

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """The end of each pair."""
        velocity = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(pairs.x1.dtype)
        return Bridge(pairs.t0 + pairs.dt, pairs.x1, velocity)
