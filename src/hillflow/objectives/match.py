"""Match: regression of a field on coupled pairs.

    E w ‖Vᵀ (f(x_s, t) − v)‖² + λ E w ‖(1 − V Vᵀ)(f(x_s, t) − v)‖²

V is the basis in which the cells were coupled. Outside of it the targets are mostly measurement
noise, so λ is small. With a score head the loss adds E w ‖σ_s s(x_s, t) + ε‖² over control cells,
the denoising form of score matching, and with a growth head E w (g(x_s, t) − ġ)².

Source: Lipman et al. 2023 (flow matching); Tong et al. 2024 (couplings, [SF]²M).
Cost per step: one evaluation of the field and its gradient; for a shooting path, one for each
solver step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.errors import InputError, listing
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.paths import Bridge, Linear, Path
from hillflow.objectives.problem import PairBatch
from hillflow.solve import integrate


@dataclass(frozen=True)
class Match(Objective):
    """Regression of the field (and of heads for which the path has targets) on a path.

    Parameters
    ----------
    path
        The path between the states of a pair; `Shooting` integrates the field itself.
    off_basis
        λ, the weight of the directions outside the basis of the coupling.
    score_weight, growth_weight
        Weights of the terms of the other heads.
    """

    path: Path | Shooting = field(default_factory=Linear)
    off_basis: float = 0.05
    score_weight: float = 1.0
    growth_weight: float = 1.0

    @property
    def learns(self) -> tuple[str, ...]:
        """The quantities for which the path has targets."""
        return self.path.carries

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        if isinstance(self.path, Shooting):
            return "simulating cells to the next time"
        return "matching velocities between times"

    @property
    def takes_unspliced(self) -> bool:
        """Whether the path is a line, or simulated."""
        return isinstance(self.path, Linear | Shooting)

    @property
    def bridges(self) -> bool:
        """Whether it needs the pairs of a Schrödinger bridge."""
        return isinstance(self.path, Path) and self.path.bridges

    def check(self, training: Training) -> None:
        """Raise an error for a score without control cells, whose score it is."""
        conditions = training.problem.conditions
        if training.heads.score is not None and not any(one.is_control for one in conditions):
            raise InputError(
                "control cells at two or more times, whose score is learned",
                f"the conditions {listing(one.name for one in conditions)}",
                "add control cells, or use a method without a score, such as 'sb-cfm'",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the path."""
        if isinstance(self.path, Path):
            training.learnt[self.path] = self.path.learn(training.problem, seed)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The velocity term, and terms for heads that both the path and the model have."""
        pairs = training.problem.draw_pairs(cells, generator)
        if isinstance(self.path, Shooting):
            residual = self.path.residual(training, pairs)
            return {"velocity": projected_square(training, residual, self.off_basis)}
        bridge = training.learnt.get(self.path, self.path).sample(pairs, generator)
        x = bridge.x.clamp(min=0.0) if training.heads.field.keeps_orthant else bridge.x
        residual = training.acting(bridge.t, x) - bridge.velocity
        squared = projected_square(training, residual, self.off_basis, bridge.weight)
        return {"velocity": squared} | self._other_heads(training, bridge)

    def _other_heads(self, training: Training, bridge: Bridge) -> Terms:
        terms: Terms = {}
        heads = training.heads
        if heads.score is not None and bridge.score is not None and bridge.score_scale is not None:
            # σ_s · score has variance 1 at every s, so no part of the path dominates. The score is
            # that of one population: of the control, if cells were perturbed.
            rows = [row for row, one in enumerate(training.problem.conditions) if one.is_control]
            off = bridge.score_scale[rows].unsqueeze(-1) * (
                heads.score(bridge.x[rows], bridge.t[rows]) - bridge.score[rows]
            )
            terms["score"] = self.score_weight * off.square().mean()
        if heads.growth is not None and bridge.growth is not None:
            off = heads.growth(bridge.x, bridge.t) - bridge.growth
            weight = 1.0 if bridge.weight is None else bridge.weight
            terms["growth"] = self.growth_weight * (weight * off.square()).mean()
        return terms


@dataclass(frozen=True)
class Shooting:
    """Integrate the field from x0 over the interval and compare the end with x1.

    For coupled cells the residual is (x̂1 − x1)/Δ, a mean velocity as in other paths. For series,
    where x1 is the same unit as x0, this is multiple shooting (the loss of PHOENIX) with the
    residual x̂1 − x1: most of the residual is then measurement noise, which is equal in all
    intervals, and dividing by Δ would let the short intervals dominate although they are the least
    informative. Unlike flow matching it does not average the field over the path, so an
    autonomous field is less biased if there are few time points.

    Parameters
    ----------
    steps
        Solver steps per interval.
    solver
        See `hillflow.solve`; "auto" is exponential for fields with linear decay.
    """

    steps: int = 4
    solver: str = "auto"
    carries: ClassVar[tuple[str, ...]] = ("velocity",)

    def residual(self, training: Training, pairs: PairBatch) -> Tensor:
        """(x̂1 − x1)/Δ, or x̂1 − x1 for series; [conditions, cells, genes]."""
        dt = pairs.dt.to(pairs.x0.dtype)
        if pairs.dosing is not None:
            return pairs.dosing.integrate(
                training.acting, pairs.x0, pairs.t0.to(dt.dtype), solver=self.solver,
                steps=self.steps,
            ) - pairs.x1  # fmt: skip
        end = integrate(
            training.acting, pairs.x0, dt, t0=pairs.t0.to(dt.dtype), solver=self.solver,
            steps=self.steps, check_finite=False,
        )  # fmt: skip
        residual = end - pairs.x1
        return residual if training.problem.followed else residual / dt.unsqueeze(-1)


def projected_square(
    training: Training, residual: Tensor, off_basis: float, weight: Tensor | None = None
) -> Tensor:
    """E w (‖Vᵀr‖² + λ‖(1 − VVᵀ)r‖²)/d of residuals r [conditions, cells, genes]; a scalar.

    Genes that were perturbed in a condition are left out there.
    """
    residual = residual * training.kept
    inside = training.problem.project(residual)
    squared = inside.square().sum(-1)
    if training.problem.components is not None and off_basis:
        squared = torch.lerp(squared, residual.square().sum(-1), off_basis)
    if weight is not None:
        squared = squared * weight
    return squared.mean() / inside.shape[-1]
