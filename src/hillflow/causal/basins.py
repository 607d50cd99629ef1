"""The equilibria that the flow from given states reaches, and which state reaches which.

A root of f may be one that no cell reaches. States are therefore integrated along the ODE over
longer and longer spans. A state counts as settled once it is close to a *stable* root, which is
found from there by Newton's method. States that never settle move forever (a limit cycle), or very
slowly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.fields import VectorField
from hillflow.fields.states import admitted
from hillflow.solve import find_equilibria, integrate
from hillflow.solve.adaptive import Dopri5

NEAR = 1e-3  # a state this close to a stable root, as a share of the largest level, is settled
FIRST_SPAN = 10.0  # length of the first span in median lifetimes; each later one is twice as long


@dataclass(frozen=True, eq=False)
class Basins:
    """Stable equilibria, and the one that each start reaches.

    Attributes
    ----------
    states
        [basins, genes]; the equilibrium that most starts reach comes first.
    leading
        Eigenvalue of the Jacobian with the largest real part, complex, [basins].
    reached
        Index of the equilibrium of each start, [starts]; −1 for a start that did not settle.
    ends
        The last state of each start, [starts, genes].
    span
        The time over which the slowest starts were followed, in time units.
    """

    states: Tensor
    leading: Tensor
    reached: Tensor
    ends: Tensor
    span: float


@torch.no_grad()
def follow_to_rest(field: VectorField, starts: Tensor, *, patience: float = 300.0) -> Basins:
    """Follow ẋ = f(x) from each start until it rests next to a stable equilibrium.

    Parameters
    ----------
    field
        An autonomous field with linear decay at rates above 0, under at most one intervention.
    starts
        [starts, genes], in the field's precision; float64 is recommended.
    patience
        Longest time to follow, in lifetimes 1/γ of the longest-lived gene.

    Returns
    -------
    Basins
        Cost: an adaptive solve over at most `patience` lifetimes, and a few solves of O(genes³)
        for every cluster of end states.
    """
    starts = admitted(field, starts)
    x = starts.clone()
    size = float(starts.abs().amax().clamp(min=torch.finfo(starts.dtype).tiny))
    reached = torch.full((len(x),), -1, dtype=torch.long)
    roots: list[tuple[Tensor, Tensor]] = []
    moving, span = torch.arange(len(x)), 0.0
    solver = Dopri5(rtol=1e-5, atol=1e-7 * size, max_steps=100_000)
    for more in _spans(_rates(field), patience):
        x[moving] = integrate(field, x[moving], more, t0=span, solver=solver)
        span += more
        for row, root in _settled(field, x[moving], size, roots):
            reached[moving[row]] = root
        moving = (reached < 0).nonzero().squeeze(-1)
        if not len(moving):
            break
    return _by_size(roots, reached, x, span)


def unsettled_error(
    field: VectorField, basins: Basins, time_unit: str, patience: float
) -> NumericalError:
    """The error for a flow that does not come to rest from every start."""
    unsettled = basins.reached < 0
    ends = basins.ends[unsettled]
    speed = field(0.0, ends).abs().amax(0)
    gene = field.genes[int(speed.argmax())]
    name = getattr(field, "interventions", None)
    under = f" under {name[0]}" if name else ""
    time = f"{basins.span:.3g} {time_unit}".rstrip()
    found = f"{len(ends):,} of {len(unsettled):,} states that do not settle within {time}; "
    found += f"{gene!r} changes fastest"
    nearest = find_equilibria(field, ends[:1])
    if len(nearest) and not bool(nearest.stable[0]):
        frequency = abs(float(nearest.leading[0].imag))
        explanation = "the equilibrium near them is unstable"
        if frequency > 0:
            period = f"{2 * torch.pi / frequency:.3g} {time_unit}".rstrip()
            explanation += f" and they circle it with a period of about {period}: a limit cycle"
        found += f" ({explanation})"
    return NumericalError(
        f"states that all come to rest{under}, which an equilibrium SCM needs",
        found,
        "simulate the fit over time instead (member.simulate, fit.predict), or choose an "
        "intervention under which the oscillation stops; if the states are only slow, pass "
        f"patience={2 * patience:g}",
    )


def _rates(field: VectorField) -> Tensor:
    """γ of the genes that are not clamped, [free genes]; a single rate of 1 if all are clamped."""
    rate = field.decay_rate()
    free = torch.ones(1) if rate is None else rate[rate > 0]
    return free if len(free) else torch.ones(1)


def _spans(rates: Tensor, patience: float) -> Iterator[float]:
    """Spans of time, each twice the one before, that sum to what `patience` allows."""
    remaining, span = patience / float(rates.min()), FIRST_SPAN / float(rates.median())
    while remaining > 0:
        yield min(span, remaining)
        remaining, span = remaining - span, 2 * span


def _settled(
    field: VectorField, x: Tensor, size: float, roots: list[tuple[Tensor, Tensor]]
) -> Iterator[tuple[int, int]]:
    """Each row close to a stable root with the root's index; new roots are appended to `roots`."""
    rate = field.decay_rate()
    velocity = field(0.0, x)
    if rate is not None:
        velocity = velocity / torch.where(rate > 0, rate, torch.ones_like(rate))
    # A state that still moves fast is far from any root: no search is needed.
    rows = (velocity.abs().amax(-1) <= 10 * NEAR * size).nonzero().squeeze(-1)
    while len(rows):
        same = _close(x[rows], x[rows[0]], size)
        index = _root_near(field, x[rows[0]], size, roots)
        if index is not None:
            near = _close(x[rows], roots[index][0], size)
            yield from ((int(row), index) for row in rows[near & same])
        rows = rows[~same]


def _root_near(
    field: VectorField, x: Tensor, size: float, roots: list[tuple[Tensor, Tensor]]
) -> int | None:
    """The index of the stable root close to a state; computed if it is not known yet."""
    for index, (root, _) in enumerate(roots):
        if bool(_close(root, x, size)):
            return index
    nearest = find_equilibria(field, x[None])
    if not len(nearest) or not bool(nearest.stable[0]):
        return None
    if not bool(_close(nearest.states[0], x, size)):
        return None
    roots.append((nearest.states[0], nearest.leading[0]))
    return len(roots) - 1


def _close(x: Tensor, to: Tensor, size: float) -> Tensor:
    return (x - to).abs().amax(-1) <= NEAR * size


def _by_size(
    roots: list[tuple[Tensor, Tensor]], reached: Tensor, ends: Tensor, span: float
) -> Basins:
    """The result, with the root that most starts reach first."""
    counts = torch.bincount(reached[reached >= 0], minlength=len(roots))
    order = counts.argsort(descending=True, stable=True)
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    renamed = reached.clone()
    renamed[reached >= 0] = place[reached[reached >= 0]]
    states = torch.stack([roots[k][0] for k in order]) if roots else ends[:0]
    leading = torch.stack([roots[k][1] for k in order]) if roots else ends[:0, 0].to(torch.cdouble)
    return Basins(states, leading, renamed, ends, span)
