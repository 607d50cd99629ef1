"""The path of a Dirac: a point mass that moves and grows at the same time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.objectives.paths import Bridge, Path, position
from hillflow.objectives.problem import PairBatch, Problem

FURTHEST = 0.98  # share of πδ up to which mass moves; over longer distances it dies and is born
LEAST = 1e-6  # least mass and distance, to avoid divisions of 0 by 0


@dataclass(frozen=True)
class WFRDirac(Path):
    """Geodesic of Wasserstein–Fisher–Rao between mass m0 = 1 at x0 and m1 at x1.

    With d = |x1 − x0|, τ = tan(d/2δ), q = √(m0 m1/(1+τ²)), A = m1 + m0 − 2q, B = m0 − q:
    mass m(s) = A s² − 2B s + m0, growth m'(s)/m(s), speed ω/m(s) along the line with
    ω = 2δτq. Its integral is 2δ·atan2(τq s, m0 − B s), which is d at s = 1: a cell moves
    slowly while its mass is large. Velocity and growth are divided by Δ; the weight of a point is
    m(s).

    Source: Chizat, Peyré, Schmitzer & Vialard 2018, §5.2; Liero, Mielke & Savaré 2018.

    Parameters
    ----------
    delta
        Length δ, in units of expression: motion over much longer distances costs more than death
        and birth. None for the root mean square distance between consecutive populations (the
        largest of all intervals), which is also the default of the coupling.
    """

    delta: float | None = None
    carries: ClassVar[tuple[str, ...]] = ("velocity", "growth")

    def __post_init__(self) -> None:
        if self.delta is not None and not self.delta > 0:
            raise InputError("delta above 0", f"{self.delta:g}", "leave it out, or give a length")

    def learn(self, problem: Problem, seed: int) -> WFRDirac:
        """The path with a value of δ."""
        return self if self.delta is not None else replace(self, delta=widest_gap(problem))

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point on the path of each Dirac."""
        if self.delta is None:
            raise RuntimeError("sampled before learn")
        s = position(pairs, generator)
        dt = pairs.dt.to(s.dtype)
        line = pairs.x1 - pairs.x0
        angle = torch.linalg.vector_norm(line, dim=-1) / (2 * self.delta)
        tau = torch.tan(angle.clamp(LEAST, FURTHEST * math.pi / 2))
        end = pairs.mass.to(s.dtype).clamp(min=LEAST)
        q = (end / (1 + tau.square())).sqrt()
        a, b = end + 1 - 2 * q, 1 - q
        mass = a * s.square() - 2 * b * s + 1
        turned = torch.atan2(tau * q * s, 1 - b * s) / torch.atan(tau)
        speed = tau * q / mass / torch.atan(tau)
        return Bridge(
            pairs.t0 + s * pairs.dt,
            pairs.x0 + turned.unsqueeze(-1) * line,
            (speed / dt).unsqueeze(-1) * line,
            weight=mass,
            growth=(2 * a * s - 2 * b) / mass / dt,
        )


def widest_gap(problem: Problem) -> float:
    """Largest root mean square distance between consecutive populations."""
    widest = 0.0
    for data in problem.by_condition:
        means, spreads = [], []
        for rows, weights in zip(data.rows, data.weights, strict=True):
            x = problem.project(problem.states[rows.to(problem.states.device)]).double()
            weights = weights.to(x)
            mean: Tensor = weights @ x
            means.append(mean)
            spreads.append(float(weights @ (x - mean).square().sum(-1)))
        for k in range(len(means) - 1):
            moved = float((means[k + 1] - means[k]).square().sum())
            widest = max(widest, moved + spreads[k] + spreads[k + 1])
    return math.sqrt(widest) or 1.0
