"""Where the flow from given states comes to rest: the equilibria that it really reaches.

A root of f says nothing of who gets there. So states are carried along the ODE for longer and
longer, and count as settled once they are next to a *stable* root, found from there by Newton's
method. What never settles moves for good (a limit cycle), or very slowly.
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

NEAR = 1e-3  # of the largest level: closer than this to a stable root, and the root is reached
FIRST_SPAN = 10.0  # median lifetimes of the first look; each later one is twice as long


@dataclass(frozen=True, eq=False)
class Basins:
    """Stable equilibria, and which start leads to which.

    Attributes
    ----------
    states
        [basins, genes], the most reached first.
    leading
        Eigenvalue of the Jacobian with the largest real part, complex, [basins].
    reached
        Index of the equilibrium of each start, −1 where it did not settle, [starts].
    ends
        Where each start was last, [starts, genes].
    span
        How long the slowest were followed, in time units.
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
        Autonomous, with linear decay of rates above 0; under at most one intervention.
    starts
        [starts, genes], in the field's precision; float64 is advised.
    patience
        Longest time to follow, in lifetimes 1/γ of the longest-lived gene.

    Returns
    -------
    Basins
        Cost: an adaptive solve of at most `patience` lifetimes, and for every cluster of ends
        a few solves O(genes³).
    """
    starts = admitted(field, starts)
    x = starts.clone()
    size = float(starts.abs().amax().clamp(min=torch.finfo(starts.dtype).tiny))
    reached = torch.full((len(x),), -1, dtype=torch.long)
    roots: list[tuple[Tensor, Tensor]] = []
    left, span = torch.arange(len(x)), 0.0
    solver = Dopri5(rtol=1e-5, atol=1e-7 * size, max_steps=100_000)
    for more in _spans(_rates(field), patience):
        x[left] = integrate(field, x[left], more, t0=span, solver=solver)
        span += more
        for row, root in _settled(field, x[left], size, roots):
            reached[left[row]] = root
        left = (reached < 0).nonzero().squeeze(-1)
        if not len(left):
            break
    return _by_size(roots, reached, x, span)


def unsettled_error(
    field: VectorField, basins: Basins, time_unit: str, patience: float
) -> NumericalError:
    """What to tell of a flow that has not come to rest everywhere."""
    lost = basins.reached < 0
    ends = basins.ends[lost]
    speed = field(0.0, ends).abs().amax(0)
    gene = field.genes[int(speed.argmax())]
    name = getattr(field, "interventions", None)
    under = f" under {name[0]}" if name else ""
    time = f"{basins.span:.3g} {time_unit}".rstrip()
    found = f"{len(ends):,} of {len(lost):,} states that do not settle within {time}"
    found += f", fastest in {gene!r}"
    around = find_equilibria(field, ends[:1])
    if len(around) and not bool(around.stable[0]):
        turning = abs(float(around.leading[0].imag))
        what = "their resting point is unstable"
        if turning > 0:
            period = f"{2 * torch.pi / turning:.3g} {time_unit}".rstrip()
            what += f" and they turn around it in about {period}: a limit cycle"
        found += f" ({what})"
    return NumericalError(
        f"states that all come to rest{under}, which an equilibrium SCM needs",
        found,
        "ask the model for its course instead (model.simulate, model.predict), or for an "
        f"intervention that ends the motion; if it is only slow, pass patience={2 * patience:g}",
    )


def _rates(field: VectorField) -> Tensor:
    """γ of the genes that are not clamped, [free genes]; of one gene at rate 1 if all are."""
    rate = field.decay_rate()
    free = torch.ones(1) if rate is None else rate[rate > 0]
    return free if len(free) else torch.ones(1)


def _spans(rates: Tensor, patience: float) -> Iterator[float]:
    """Ever longer spans of time, together as long as patience allows."""
    left, more = patience / float(rates.min()), FIRST_SPAN / float(rates.median())
    while left > 0:
        yield min(more, left)
        left, more = left - more, 2 * more


def _settled(
    field: VectorField, x: Tensor, size: float, roots: list[tuple[Tensor, Tensor]]
) -> Iterator[tuple[int, int]]:
    """Which rows are next to a stable root, and its index in `roots`, to which new ones add."""
    rate = field.decay_rate()
    velocity = field(0.0, x)
    if rate is not None:
        velocity = velocity / torch.where(rate > 0, rate, torch.ones_like(rate))
    # Far off by its own equations: no need to look for a root.
    rows = (velocity.abs().amax(-1) <= 10 * NEAR * size).nonzero().squeeze(-1)
    while len(rows):
        alike = _close(x[rows], x[rows[0]], size)
        index = _root_near(field, x[rows[0]], size, roots)
        if index is not None:
            near = _close(x[rows], roots[index][0], size)
            yield from ((int(row), index) for row in rows[near & alike])
        rows = rows[~alike]


def _root_near(
    field: VectorField, x: Tensor, size: float, roots: list[tuple[Tensor, Tensor]]
) -> int | None:
    """The index of the stable root next to a state, looked for if it is not yet known."""
    for index, (root, _) in enumerate(roots):
        if bool(_close(root, x, size)):
            return index
    found = find_equilibria(field, x[None])
    if not len(found) or not bool(found.stable[0]) or not bool(_close(found.states[0], x, size)):
        return None
    roots.append((found.states[0], found.leading[0]))
    return len(roots) - 1


def _close(x: Tensor, to: Tensor, size: float) -> Tensor:
    return (x - to).abs().amax(-1) <= NEAR * size


def _by_size(
    roots: list[tuple[Tensor, Tensor]], reached: Tensor, ends: Tensor, span: float
) -> Basins:
    """The roots, the most reached first."""
    counts = torch.bincount(reached[reached >= 0], minlength=len(roots))
    order = counts.argsort(descending=True, stable=True)
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    renamed = reached.clone()
    renamed[reached >= 0] = place[reached[reached >= 0]]
    states = torch.stack([roots[k][0] for k in order]) if roots else ends[:0]
    leading = torch.stack([roots[k][1] for k in order]) if roots else ends[:0, 0].to(torch.cdouble)
    return Basins(states, leading, renamed, ends, span)
