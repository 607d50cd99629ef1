"""Paths between coupled cells: where a cell might have been on its way, and how it moved.

Straight lines, Brownian bridges and arrivals are here; `metric` bends towards the data,
`wfr_dirac` carries mass.

With s ∈ (0, 1) the position between two snapshots and Δ their real gap, a path gives
x_s, and the velocity dx/dt in expression per time unit. Every formula is divided by Δ once,
here, so that all fields keep real time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.objectives.problem import PairBatch, Problem


@dataclass(frozen=True)
class Bridge:
    """Points on the way. All are [conditions, cells, genes], but t, weight, growth [.., cells].

    Attributes
    ----------
    t, x, velocity
        When, where, and how fast: the regression target.
    weight
        How much each point counts.
    score
        ∇ log p(x_s | x0, x1), where the path has noise; `score_scale` is its standard
        deviation, by which a score loss is weighted to stay bounded.
    growth
        d log mass / dt, where the path carries mass.
    """

    t: Tensor
    x: Tensor
    velocity: Tensor
    weight: Tensor | None = None
    score: Tensor | None = None
    score_scale: Tensor | None = None
    growth: Tensor | None = None


class Path(ABC):
    """How to walk from x0 to x1; frozen options only.

    Attributes
    ----------
    carries
        What it has targets for: "velocity", "score", "growth".
    """

    carries: ClassVar[tuple[str, ...]] = ("velocity",)

    def learn(self, problem: Problem, seed: int) -> Path:
        """The path to sample from: itself, unless something about the data is learnt first."""
        return self

    @abstractmethod
    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """One random point of each pair's path."""


def position(pairs: PairBatch, generator: torch.Generator) -> Tensor:
    """s of each pair, uniform on (0, 1), [conditions, cells]."""
    return torch.rand(pairs.dt.shape, generator=generator, dtype=pairs.x0.dtype)


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)


@dataclass(frozen=True)
class Linear(Path):
    """Straight lines: x_s = (1−s) x0 + s x1 + σ ε, velocity (x1 − x0)/Δ.

    Source: Lipman et al. 2023; Tong et al. 2024 (I-CFM, OT-CFM by the coupling).
    Cost: one evaluation of the field.
    """

    sigma: float = 0.0

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point on each line."""
        s = position(pairs, generator)
        x = torch.lerp(pairs.x0, pairs.x1, s.unsqueeze(-1))
        if self.sigma:
            x = x + self.sigma * _noise(x, generator)
        velocity = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(x.dtype)
        return Bridge(pairs.t0 + s * pairs.dt, x, velocity)


@dataclass(frozen=True)
class BrownianBridge(Path):
    """The Schrödinger bridge's conditional path, noise and all.

    x_s = μ + σ√(Δ s(1−s)) ε with μ = (1−s) x0 + s x1; velocity of the probability flow
    (1−2s)/(2 s(1−s)) (x − μ)/Δ + (x1 − x0)/Δ; score −ε / (σ√(Δ s(1−s))).
    The velocity blows up at both ends, so the loss is weighted by 4 s(1−s).

    Source: Tong et al. 2024 ([SF]²M, eq. 8–10); σ here is per √time, hence Δ in the variance.

    Parameters
    ----------
    sigma
        σ of dx = f dt + σ dW.
    drift
        Regress the field on the drift of the stochastic process, (x1 − x)/(Δ(1−s)), which is
        the flow plus σ²/2 score, instead of on the probability flow.
    margin
        s stays this far from 0 and 1.
    """

    sigma: float = 0.1
    drift: bool = False
    margin: float = 0.01
    carries: ClassVar[tuple[str, ...]] = ("velocity", "score")

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point of each bridge."""
        s = self.margin + (1 - 2 * self.margin) * position(pairs, generator)
        dt = pairs.dt.to(s.dtype)
        spread = self.sigma * (dt * s * (1 - s)).sqrt()
        noise = _noise(pairs.x0, generator)
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
    """Stand at x1 and look back: velocity (x1 − x0)/Δ at time t1.

    With f = ∇s this is the optimality condition of an implicit gradient step,
    (x1 − x0)/Δ = ∇s(x1), in each pair of the optimal plan.

    Source: Terpin, Lanzetti, Gadea & Dörfler 2024 (JKOnet*).
    """

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """The end of each pair."""
        velocity = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(pairs.x1.dtype)
        return Bridge(pairs.t0 + pairs.dt, pairs.x1, velocity)
