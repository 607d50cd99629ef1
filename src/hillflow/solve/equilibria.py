"""Resting points f(x) = 0 of a field, how many guesses lead to each, and whether they hold.

Damped Newton first, from all guesses at once: (J) δ = −f with the step halved until ‖f‖
falls. A guess from which that stalls is tried again by pseudo-transient continuation,
(I/τ − J) δ = f with τ growing as ‖f‖ falls (Kelley & Keyes 1998, eq. 1.3 and 1.5): for small
τ it follows the flow, for large τ it is Newton's method. Newton alone finds saddles and
repellers; continuation from the start finds what the flow itself would find.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.fields.states import admitted

_HALVINGS = 12
_LONGEST_PSEUDO_STEP = 1e12
_FASTEST_RISE = 1.2  # a faster rise of τ skips from one basin into the next


@dataclass(frozen=True, repr=False)
class Equilibria:
    """E distinct resting points, most reached first.

    Attributes
    ----------
    states
        [E, genes].
    leading
        Eigenvalue of the Jacobian with the largest real part, complex, [E]: a positive real
        part is the rate at which a disturbance grows, an imaginary part turns it. Clamped
        genes do not count.
    stable
        Whether that real part is below 0 by more than rounding, [E].
    residual
        max_i |f_i|, [E].
    counts
        How many guesses ended there, [E]: the share of a basin of the iteration (of the flow,
        with ``follow_flow=True``).
    reached
        For each guess the index of its resting point, −1 if it did not converge, [guesses].
    """

    states: Tensor
    leading: Tensor
    stable: Tensor
    residual: Tensor
    counts: Tensor
    reached: Tensor

    def __len__(self) -> int:
        return len(self.states)

    @property
    def not_converged(self) -> Tensor:
        """Which guesses led nowhere: indices into the guesses."""
        return (self.reached < 0).nonzero().squeeze(-1)

    def summary(self) -> str:
        """What was found, in one line; where that is nothing, what to try."""
        guesses, lost = f"{len(self.reached):,} guesses", len(self.not_converged)
        if not len(self):
            return (
                f"No resting point from {guesses}. Try follow_flow=True, more max_iterations, or "
                "guesses nearer to where cells end; a field may also have none that it can reach."
            )
        points = f"{len(self):,} resting point{'s' * (len(self) != 1)}"
        away = f"; {lost:,} led nowhere" if lost else ""
        return f"{points} from {guesses}, {int(self.stable.sum()):,} stable{away}."

    def __repr__(self) -> str:
        return f"<Equilibria: {self.summary()}>"


@torch.no_grad()
def find_equilibria(
    field: VectorField,
    guesses: Tensor,
    *,
    t: float = 0.0,
    tolerance: float | None = None,
    distinct: float = 1e-3,
    max_iterations: int = 200,
    follow_flow: bool = False,
) -> Equilibria:
    """Resting points reached from many guesses.

    Parameters
    ----------
    field
        Under at most one intervention (``field.do(...)``). Where it keeps x ≥ 0, so do the
        iterates.
    guesses
        States to start from, [guesses, genes]; observed cells are good ones.
    t
        The time at which a field that depends on it is frozen.
    tolerance
        Converged when Newton's whole step is below tolerance·(1 + max|x|); by default the
        2/3 power of the precision, 4e-11 in float64 and 2e-5 in float32.
    distinct
        States closer than distinct·(1 + max|x|) in every gene are one.
    max_iterations
        Of Newton, and again of the continuation.
    follow_flow
        Go by continuation from the start, so that guesses tend to end where the flow takes
        them.

    Returns
    -------
    Equilibria
        Cost: one Jacobian and one solve, O(genes³), a guess and iteration.
    """
    start = admitted(field, guesses)
    if guesses.ndim != 2 or not len(guesses):
        raise InputError(
            f"guesses [guesses, {field.state_size}]",
            f"shape {list(guesses.shape)}",
            "give one state a row",
        )
    if start.ndim != guesses.ndim:
        raise InputError(
            "a field under one intervention",
            "a stack of several",
            "look at them one by one: find_equilibria(field.do(intervention), guesses)",
        )
    if not bool(torch.isfinite(start).all()):
        raise InputError("finite guesses", "NaN or infinite entries", "remove those rows")
    if tolerance is None:
        tolerance = torch.finfo(start.dtype).eps ** (2 / 3)
    start = _allowed(field, start)
    search = _Search(field, t, tolerance, max_iterations)
    if follow_flow:
        states, converged = search.continuation(start)
    else:
        states, converged = search.newton(start)
        again = (~converged).nonzero().squeeze(-1)
        if len(again):
            states[again], converged[again] = search.continuation(start[again])
    return _gathered(field, t, states, converged, distinct)


class _Search:
    """Both iterations over a batch of guesses; finished rows drop out of the work."""

    def __init__(self, field: VectorField, t: float, tolerance: float, most: int) -> None:
        self.field, self.t, self.tolerance, self.most = field, t, tolerance, most

    def newton(self, start: Tensor) -> tuple[Tensor, Tensor]:
        """Damped Newton: states [guesses, genes] and whether each converged."""
        states = start.clone()
        converged = torch.zeros(len(start), dtype=torch.bool, device=start.device)
        rows = torch.arange(len(start), device=start.device)
        for _ in range(self.most):
            x = states[rows]
            f = self.field(self.t, x)
            step = _solved(-_regular_jacobian(self.field, self.t, x, f), f)
            done = self._small(step, x)
            # The last, tiny step is taken as well: it squares the error once more.
            states[rows[done]] = _allowed(self.field, (x + step)[done])
            converged[rows[done]] = True
            next_x, moved = self._damped(x, f, step)
            go_on = moved & ~done
            states[rows[go_on]] = next_x[go_on]
            rows = rows[go_on]
            if not len(rows):
                break
        return states, converged

    def continuation(self, start: Tensor) -> tuple[Tensor, Tensor]:
        """Pseudo-transient continuation: states and whether each converged."""
        states = start.clone()
        converged = torch.zeros(len(start), dtype=torch.bool, device=start.device)
        rows = torch.arange(len(start), device=start.device)
        f = self.field(self.t, start)
        jacobian = _regular_jacobian(self.field, self.t, start, f)
        # A first step of half the fastest time scale follows the flow closely.
        tau = 0.5 / jacobian.abs().sum(-1).amax(-1).clamp(min=1e-12)
        eye = torch.eye(start.shape[-1], dtype=start.dtype, device=start.device)
        for _ in range(self.most):
            x = states[rows]
            step = _solved(eye / tau[:, None, None] - jacobian, f)
            next_x = _allowed(self.field, x + step)
            next_f = self.field(self.t, next_x)
            good = torch.isfinite(next_f).all(-1)
            next_x = torch.where(good[:, None], next_x, x)
            next_f = torch.where(good[:, None], next_f, f)
            change = f.norm(dim=-1) / next_f.norm(dim=-1).clamp(min=torch.finfo(f.dtype).tiny)
            tau = torch.where(good, tau * change.clamp(0.5, _FASTEST_RISE), tau / 4)
            tau = tau.clamp(max=_LONGEST_PSEUDO_STEP)
            states[rows] = next_x
            jacobian = _regular_jacobian(self.field, self.t, next_x, next_f)
            done = self._small(_solved(-jacobian, next_f), next_x)
            converged[rows[done]] = True
            rows, tau, f, jacobian = (part[~done] for part in (rows, tau, next_f, jacobian))
            if not len(rows):
                break
        return states, converged

    def _small(self, step: Tensor, x: Tensor) -> Tensor:
        # NaN compares as not small.
        return step.abs().amax(-1) <= self.tolerance * (1 + x.abs().amax(-1))

    def _damped(self, x: Tensor, f: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """The longest of δ, δ/2, δ/4 … from which ‖f‖ falls, and whether there was one."""
        before = f.norm(dim=-1)
        result, found = x.clone(), torch.zeros(len(x), dtype=torch.bool, device=x.device)
        share = 1.0
        for _ in range(_HALVINGS):
            trial = _allowed(self.field, x + share * step)
            falls = self.field(self.t, trial).norm(dim=-1) <= (1 - 1e-4 * share) * before
            take = falls & ~found
            result[take], found = trial[take], found | take
            if bool(found.all()):
                break
            share /= 2
        return result, found


def _allowed(field: VectorField, x: Tensor) -> Tensor:
    """The nearest state that the field can be in."""
    return field.admit(x.clamp(min=0.0) if field.keeps_orthant else x)


def _held(jacobian: Tensor, f: Tensor) -> Tensor:
    """Genes that nothing moves: their row is zero and so is their velocity (a clamp's mark)."""
    return (jacobian == 0).all(-1) & (f == 0)


def _regular_jacobian(field: VectorField, t: float, x: Tensor, f: Tensor) -> Tensor:
    """∂f/∂x with −1 on the diagonal of held genes, so that a solve leaves them where they are."""
    jacobian = field.jacobian(x, t)
    return jacobian - torch.diag_embed(_held(jacobian, f).to(jacobian.dtype))


def _solved(matrix: Tensor, right: Tensor) -> Tensor:
    """Solutions row by row; NaN where a matrix is singular."""
    solution, failed = torch.linalg.solve_ex(matrix, right.unsqueeze(-1))
    return torch.where((failed != 0)[:, None], torch.nan, solution.squeeze(-1))


def _gathered(
    field: VectorField, t: float, states: Tensor, converged: Tensor, distinct: float
) -> Equilibria:
    """Merge equal states, count, and judge their stability."""
    reached = torch.full((len(states),), -1, dtype=torch.long, device=states.device)
    residual = field(t, states).abs().amax(-1)
    groups: list[Tensor] = []
    left = converged.nonzero().squeeze(-1)
    while len(left):
        candidates = states[left]
        gap = (candidates - candidates[0]).abs().amax(-1)
        same = gap <= distinct * (1 + candidates.abs().amax(-1))
        groups.append(left[same])
        left = left[~same]
    groups.sort(key=lambda members: (-len(members), int(members[0])))
    best = [int(members[residual[members].argmin()]) for members in groups]
    for index, members in enumerate(groups):
        reached[members] = index
    found = states[best]
    leading, stable = _stability(field, t, found)
    counts = torch.tensor([len(members) for members in groups], device=states.device)
    return Equilibria(found, leading, stable, residual[best], counts, reached)


def _stability(field: VectorField, t: float, states: Tensor) -> tuple[Tensor, Tensor]:
    """The leading eigenvalue at each state, and whether it lies left of 0 beyond rounding."""
    if not len(states):
        return states.new_zeros(0, dtype=torch.complex128), states.new_zeros(0, dtype=torch.bool)
    jacobian = field.jacobian(states, t).double()
    size = jacobian.abs().sum(-1).amax(-1)
    # A held gene gets an eigenvalue left of all others, so that it never leads.
    held = _held(jacobian, field(t, states).double())
    jacobian = jacobian - torch.diag_embed(held * (size + 1)[:, None])
    eigenvalues = torch.linalg.eigvals(jacobian)
    lead = eigenvalues.real.argmax(-1, keepdim=True)
    leading = eigenvalues.gather(-1, lead).squeeze(-1)
    margin = torch.finfo(states.dtype).eps ** 0.5 * size
    return leading, leading.real < -margin
