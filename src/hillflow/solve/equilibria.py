"""Equilibria f(x) = 0 of a field, the number of guesses that lead to each, and their stability.

Damped Newton iterations start from all guesses at once: J δ = −f, with the step halved until ‖f‖
falls. Guesses from which this fails are tried again by pseudo-transient continuation,
(I/τ − J) δ = f with τ growing as ‖f‖ falls (Kelley & Keyes 1998, eq. 1.3 and 1.5): for small
τ it follows the flow, for large τ it is Newton's method. Newton's method also finds saddles and
repellers; continuation alone finds the equilibria to which the flow leads.
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
_FASTEST_RISE = 1.2  # a faster rise of τ can jump from one basin to another


@dataclass(frozen=True, repr=False)
class Equilibria:
    """E distinct equilibria, by falling number of guesses that lead to them.

    Attributes
    ----------
    states
        [E, genes].
    leading
        Eigenvalue of the Jacobian with the largest real part, complex, [E]: a positive real
        part is the growth rate of a perturbation, an imaginary part its angular frequency.
        Clamped genes are excluded.
    stable
        Whether that real part is below 0 by more than rounding, [E].
    residual
        max_i |f_i|, [E].
    counts
        Number of guesses that lead to each, [E]: the size of its basin for the iteration (for
        the flow, with ``follow_flow=True``).
    reached
        Index of the equilibrium of each guess, −1 if it did not converge, [guesses].
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
        """Indices of the guesses that did not converge."""
        return (self.reached < 0).nonzero().squeeze(-1)

    def summary(self) -> str:
        """Return the numbers of equilibria as text; without any, what to try."""
        guesses, failed = f"{len(self.reached):,} guesses", len(self.not_converged)
        if not len(self):
            return (
                f"No equilibrium from {guesses}. Try follow_flow=True, more max_iterations, or "
                "guesses closer to the final cells; a field may also have no equilibrium."
            )
        count = f"{len(self):,} equilibri{'a' if len(self) != 1 else 'um'}"
        rest = f"; {failed:,} did not converge" if failed else ""
        return f"{count} from {guesses}, {int(self.stable.sum()):,} stable{rest}."

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
    """Find the equilibria of a field from many guesses.

    Parameters
    ----------
    field
        A field under at most one intervention (``field.do(...)``). If it keeps x ≥ 0, so do the
        iterations.
    guesses
        States to start from, [guesses, genes], such as observed cells.
    t
        The time at which a time-dependent field is evaluated.
    tolerance
        An iteration has converged if the full Newton step is below tolerance·(1 + max|x|); by
        default the 2/3 power of the precision, 4e-11 in float64 and 2e-5 in float32.
    distinct
        States that differ by less than distinct·(1 + max|x|) in every gene are merged.
    max_iterations
        Largest number of Newton iterations, and of continuation steps.
    follow_flow
        Use continuation from the start, so that guesses lead to the equilibrium to which the
        flow leads.

    Returns
    -------
    Equilibria
        Cost: one Jacobian and one linear solve, O(genes³), per guess and iteration.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import VectorField
    >>> from hillflow.solve import find_equilibria
    >>> class Switch(VectorField):  # ẋ = x − x³: stable at ±1, unstable at 0
    ...     def forward(self, t, x):
    ...         return x - x**3
    >>> equilibria = find_equilibria(Switch(["GATA1"]), torch.tensor([[-2.0], [0.0], [2.0]]))
    >>> equilibria
    <Equilibria: 3 equilibria from 3 guesses, 2 stable.>
    """
    start = admitted(field, guesses)
    if guesses.ndim != 2 or not len(guesses):
        raise InputError(
            f"guesses [guesses, {field.state_size}]",
            f"shape {list(guesses.shape)}",
            "give one state per row",
        )
    if getattr(field, "stacked", False):
        raise InputError(
            "a field under one intervention",
            "a stack of several",
            "use them one by one: find_equilibria(field.do(intervention), guesses)",
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
    """Newton iterations and continuation over a batch of guesses; converged rows are removed."""

    def __init__(self, field: VectorField, t: float, tolerance: float, iterations: int) -> None:
        self.field, self.t, self.tolerance, self.iterations = field, t, tolerance, iterations

    def newton(self, start: Tensor) -> tuple[Tensor, Tensor]:
        """Iterate damped Newton; return states [guesses, genes] and whether each converged."""
        states = start.clone()
        converged = torch.zeros(len(start), dtype=torch.bool, device=start.device)
        rows = torch.arange(len(start), device=start.device)
        for _ in range(self.iterations):
            x = states[rows]
            f = self.field(self.t, x)
            step = _solved(-_regular_jacobian(self.field, self.t, x, f), f)
            done = self._small(step, x)
            # The last, tiny step is taken as well, because it squares the error once more.
            states[rows[done]] = _allowed(self.field, (x + step)[done])
            converged[rows[done]] = True
            next_x, improved = self._damped(x, f, step)
            active = improved & ~done
            states[rows[active]] = next_x[active]
            rows = rows[active]
            if not len(rows):
                break
        return states, converged

    def continuation(self, start: Tensor) -> tuple[Tensor, Tensor]:
        """Iterate pseudo-transient continuation; return states and whether each converged."""
        states = start.clone()
        converged = torch.zeros(len(start), dtype=torch.bool, device=start.device)
        rows = torch.arange(len(start), device=start.device)
        f = self.field(self.t, start)
        jacobian = _regular_jacobian(self.field, self.t, start, f)
        # A first step of half the fastest time scale follows the flow closely.
        tau = 0.5 / jacobian.abs().sum(-1).amax(-1).clamp(min=1e-12)
        eye = torch.eye(start.shape[-1], dtype=start.dtype, device=start.device)
        for _ in range(self.iterations):
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
        # False for NaN.
        return step.abs().amax(-1) <= self.tolerance * (1 + x.abs().amax(-1))

    def _damped(self, x: Tensor, f: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """Take the longest of δ, δ/2, δ/4 … for which ‖f‖ falls; return whether one exists."""
        before = f.norm(dim=-1)
        result, improved = x.clone(), torch.zeros(len(x), dtype=torch.bool, device=x.device)
        share = 1.0
        for _ in range(_HALVINGS):
            trial = _allowed(self.field, x + share * step)
            falls = self.field(self.t, trial).norm(dim=-1) <= (1 - 1e-4 * share) * before
            accepted = falls & ~improved
            result[accepted], improved = trial[accepted], improved | accepted
            if bool(improved.all()):
                break
            share /= 2
        return result, improved


def _allowed(field: VectorField, x: Tensor) -> Tensor:
    """Return the nearest admissible state of the field."""
    return field.admit(x.clamp(min=0.0) if field.keeps_orthant else x)


def _clamped(jacobian: Tensor, f: Tensor) -> Tensor:
    """Return which genes are clamped: their row of the Jacobian and their velocity are zero."""
    return (jacobian == 0).all(-1) & (f == 0)


def _regular_jacobian(field: VectorField, t: float, x: Tensor, f: Tensor) -> Tensor:
    """Return ∂f/∂x with −1 on the diagonal of clamped genes, which a solve then keeps."""
    jacobian = field.jacobian(x, t)
    return jacobian - torch.diag_embed(_clamped(jacobian, f).to(jacobian.dtype))


def _solved(matrix: Tensor, right: Tensor) -> Tensor:
    """Return the solution for each row; NaN if its matrix is singular."""
    solution, failed = torch.linalg.solve_ex(matrix, right.unsqueeze(-1))
    return torch.where((failed != 0)[:, None], torch.nan, solution.squeeze(-1))


def _gathered(
    field: VectorField, t: float, states: Tensor, converged: Tensor, distinct: float
) -> Equilibria:
    """Merge equal states, count guesses, and determine stability."""
    reached = torch.full((len(states),), -1, dtype=torch.long, device=states.device)
    residual = field(t, states).abs().amax(-1)
    groups: list[Tensor] = []
    remaining = converged.nonzero().squeeze(-1)
    while len(remaining):
        candidates = states[remaining]
        gap = (candidates - candidates[0]).abs().amax(-1)
        same = gap <= distinct * (1 + candidates.abs().amax(-1))
        groups.append(remaining[same])
        remaining = remaining[~same]
    groups.sort(key=lambda members: (-len(members), int(members[0])))
    best = [int(members[residual[members].argmin()]) for members in groups]
    for index, members in enumerate(groups):
        reached[members] = index
    points = states[best]
    leading, stable = _stability(field, t, points)
    counts = torch.tensor([len(members) for members in groups], device=states.device)
    return Equilibria(points, leading, stable, residual[best], counts, reached)


def _stability(field: VectorField, t: float, states: Tensor) -> tuple[Tensor, Tensor]:
    """Return the leading eigenvalue at each state, and whether it is below 0 beyond rounding."""
    if not len(states):
        return states.new_zeros(0, dtype=torch.complex128), states.new_zeros(0, dtype=torch.bool)
    jacobian = field.jacobian(states, t).double()
    size = jacobian.abs().sum(-1).amax(-1)
    # A clamped gene gets an eigenvalue below all others, so that it is never the leading one.
    clamped = _clamped(jacobian, field(t, states).double())
    jacobian = jacobian - torch.diag_embed(clamped * (size + 1)[:, None])
    eigenvalues = torch.linalg.eigvals(jacobian)
    lead = eigenvalues.real.argmax(-1, keepdim=True)
    leading = eigenvalues.gather(-1, lead).squeeze(-1)
    margin = torch.finfo(states.dtype).eps ** 0.5 * size
    return leading, leading.real < -margin
