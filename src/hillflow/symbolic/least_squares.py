"""Batches of small nonlinear least-squares problems, by variable projection.

Amplitudes c enter linearly, c = argmin ‖y − Φ(θ) c‖² subject to c ≥ 0, and are eliminated;
θ then follows Levenberg–Marquardt steps on the projected problem with Kaufman's (1975)
Jacobian: J = (I − ΦΦ⁺) ∂Φ c (Golub & Pereyra 1973). A step needs only the inner products of
[Φ, ∂Φ, y]: one matrix product per law, O(n (p + q)²) for n states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.symbolic.families import basis, owners

_RIDGE = 1e-11  # relative; keeps the small systems solvable if columns are equal
_MOST_DAMPED = 1e8


@dataclass(frozen=True)
class Batch:
    """B laws of one family with m regulators each, on the same n states of P candidates.

    Attributes
    ----------
    family
        See `families`.
    parents
        Columns of x, [B, m].
    signs
        ±1, [B, m].
    """

    family: str
    parents: Tensor
    signs: Tensor

    def __len__(self) -> int:
        return len(self.parents)

    def __getitem__(self, rows: Tensor | Sequence[int]) -> Batch:
        return Batch(self.family, self.parents[rows], self.signs[rows])


@dataclass(frozen=True)
class States:
    """The states to which laws are fitted.

    Attributes
    ----------
    log_x
        Logarithms of the candidates' levels, [n, P].
    y
        Production, [n].
    root_weight
        Square root of each state's weight, [n].
    low, high
        Bounds of log K, [P].
    least_log_n, most_log_n
        Bounds of log n.
    """

    log_x: Tensor
    y: Tensor
    root_weight: Tensor
    low: Tensor
    high: Tensor
    least_log_n: float
    most_log_n: float

    def rows(self, chosen: Tensor) -> States:
        """A subset of the states."""
        return States(self.log_x[chosen], self.y[chosen], self.root_weight[chosen],
                      self.low, self.high, self.least_log_n, self.most_log_n)  # fmt: skip


@dataclass(frozen=True)
class Solved:
    """Solutions: θ = (log K, log n) [B, 2m], amplitudes [B, p], mean square deviation [B]."""

    theta: Tensor
    amplitudes: Tensor
    cost: Tensor

    def __getitem__(self, rows: Tensor) -> Solved:
        return Solved(self.theta[rows], self.amplitudes[rows], self.cost[rows])


@dataclass(frozen=True)
class _Normal:
    """The normal equations of the projected problem at one θ."""

    theta: Tensor
    amplitudes: Tensor
    cost: Tensor
    curvature: Tensor
    gradient: Tensor

    def where(self, better: Tensor, other: _Normal) -> _Normal:
        """Values of this object where `better`, of the other elsewhere."""

        def pick(a: Tensor, b: Tensor) -> Tensor:
            return torch.where(better.view(-1, *[1] * (a.dim() - 1)), a, b)

        return _Normal(*(pick(getattr(self, key), getattr(other, key)) for key in vars(self)))


@torch.no_grad()
def solve(batch: Batch, states: States, theta: Tensor, steps: int, tolerance: float) -> Solved:
    """Minimise from θ; stops when no cost improves by a relative `tolerance`."""
    log_x = states.log_x[:, batch.parents].movedim(0, 1)
    low, high = bounds(batch, states)
    theta = theta.clamp(low, high)
    now = _normal(batch, states, log_x, theta)
    damping = torch.full_like(now.cost, 1e-2)
    quiet = torch.zeros_like(now.cost)
    for _ in range(steps):
        moved = (theta + _step(now, damping, low, high)).clamp(low, high)
        trial = _normal(batch, states, log_x, moved)
        better = trial.cost < now.cost
        gain = (now.cost - trial.cost) / now.cost.clamp_min(1e-300)
        quiet = torch.where(gain > tolerance, 0.0, quiet + 1)
        now = trial.where(better, now)
        theta = now.theta
        damping = torch.where(better, damping / 5, damping * 5).clamp(1e-9, _MOST_DAMPED)
        if bool((quiet >= 4).all()):
            break
    return Solved(now.theta, now.amplitudes, now.cost)


def bounds(batch: Batch, states: States) -> tuple[Tensor, Tensor]:
    """Lower and upper bounds of θ for each law, [B, 2m] each."""
    log_n = torch.ones_like(batch.signs)
    low = torch.cat([states.low[batch.parents], states.least_log_n * log_n], 1)
    high = torch.cat([states.high[batch.parents], states.most_log_n * log_n], 1)
    return low, high


def _step(now: _Normal, damping: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Damped Gauss–Newton step; coordinates at a bound that it would cross are kept fixed."""
    scale = torch.diagonal(now.curvature, dim1=1, dim2=2).clamp_min(1e-10)
    held = ((now.theta <= low) & (now.gradient < 0)) | ((now.theta >= high) & (now.gradient > 0))
    free = (~held).to(scale.dtype)
    matrix = now.curvature * free[:, :, None] * free[:, None]
    matrix = matrix + torch.diag_embed(damping[:, None] * scale + (1 - free))
    step = torch.linalg.solve(matrix, (now.gradient * free)[..., None])[..., 0]
    return step.clamp(-1.5, 1.5)


def _normal(batch: Batch, states: States, log_x: Tensor, theta: Tensor) -> _Normal:
    m = batch.parents.shape[1]
    log_k, log_n = theta[:, :m], theta[:, m:]
    at = basis(batch.family, log_x, log_k, log_n, batch.signs)
    p = at.terms.shape[2]
    by_log_k = -at.slopes * log_n.exp()[:, None]
    columns = torch.cat(
        [at.terms, by_log_k, at.slopes * at.occupation,
         states.y[None, :, None].expand(len(batch), -1, 1)], 2,
    ) * states.root_weight[:, None]  # fmt: skip
    gram = columns.mT @ columns / len(states.y)
    amplitudes, active = nonnegative(gram[:, :p, :p], gram[:, :p, -1])
    fitted = torch.einsum("bi,bij->bj", amplitudes, gram[:, :p])
    cost = gram[:, -1, -1] - 2 * fitted[:, -1] + (fitted[:, :p] * amplitudes).sum(1)

    owner = owners(batch.family, m)
    scale = amplitudes[:, owner + owner]
    across = gram[:, :p, p:-1] * scale[:, None] * active[..., None]
    inner = gram[:, p:-1, p:-1] * scale[:, :, None] * scale[:, None]
    half = torch.linalg.solve(_masked(gram[:, :p, :p], active), across)
    curvature = inner - across.mT @ half
    gradient = gram[:, p:-1, -1] * scale - fitted[:, p:-1] * scale
    return _Normal(theta, amplitudes, cost.clamp_min(0.0), curvature, gradient)


def nonnegative(gram: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Amplitudes ≥ 0 that minimise c·gram·c − 2 c·target, and which of them are free.

    Negative amplitudes are set to 0 and the others solved again, until none is negative: exact for
    two amplitudes, and a good approximation for the few amplitudes of an additive law.
    """
    active = torch.ones_like(target)
    for _ in range(target.shape[1]):
        values = torch.linalg.solve(_masked(gram, active), (target * active)[..., None])[..., 0]
        negative = (values < 0) & (active > 0)
        if not bool(negative.any()):
            break
        active = torch.where(negative, 0.0, active)
    return values * active, active


def _masked(gram: Tensor, active: Tensor) -> Tensor:
    """`gram` on the active coordinates, the identity on the others, plus a small ridge."""
    size = torch.diagonal(gram, dim1=1, dim2=2).mean(1, keepdim=True)
    return gram * active[:, :, None] * active[:, None] + torch.diag_embed(
        (1 - active) * size + _RIDGE * size
    )
