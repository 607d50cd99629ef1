"""The state in which a field comes to rest, f(x*) = 0, and its gradient by the implicit function.

Relaxation follows the flow in steps of the decay times of the genes,

    x ← x + h f(x) / γ,    h = 1, then 1/2, … where that does not settle,

so that its stable equilibria are those of the flow. With P(x; θ) = x + h f(x; θ) / γ, the gradient
of a loss L of x* = P(x*; θ) is

    dL/dθ = zᵀ ∂P/∂θ,    z = ∂L/∂x* + (∂P/∂x)ᵀ z,

and z is found by the same relaxation (Pineda 1987; Almeida 1987). Nothing is stored along the way.

Cost: one evaluation of the field per step, and one vector–Jacobian product per step backwards.
When not: all equilibria, or unstable ones, are wanted (use `find_equilibria`); the field
oscillates, so that it never rests.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import VectorField
from hillflow.fields.states import admitted

STEPS = (1.0, 0.5, 0.25, 0.0625)  # h, in decay times
MOST = 40.0  # decay times that are followed with each h


def rest_state(
    field: VectorField, start: Tensor, *, tolerance: float | None = None
) -> tuple[Tensor, Tensor]:
    """Follow a field to the state in which it rests, with gradients to its parameters.

    Parameters
    ----------
    field
        A field with linear decay, under any interventions.
    start
        States to start from, [..., genes].
    tolerance
        A state rests if |f| / γ is below tolerance · (1 + max|x|) in every gene; by default the
        2/3 power of the precision, 2e-5 in float32.

    Returns
    -------
    tuple
        The states, [..., genes], and whether each rests, [...]. One that does not is where
        relaxation stopped, and its gradient is not that of an equilibrium.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import make_field
    >>> from hillflow.solve import rest_state
    >>> field = make_field("linear", ["GATA1", "SPI1"], seed=0)
    >>> state, rests = rest_state(field, torch.ones(1, 2))
    >>> bool(rests), bool(field(0.0, state).abs().max() < 1e-4)
    (True, True)
    """
    rate = field.decay_rate()
    if rate is None:
        raise UnsupportedError(
            "a field with production and linear decay, whose rest depends on their ratio alone",
            f"the {field._title()} field", "fit 'linear', 'hill', 'logic' or 'sparse'",
        )  # fmt: skip
    per_decay = torch.where(rate > 0, rate, torch.ones_like(rate)).detach()  # 0: clamped
    start = admitted(field, start)
    if tolerance is None:
        tolerance = torch.finfo(start.dtype).eps ** (2 / 3)

    def step(x: Tensor, h: Tensor) -> Tensor:
        return field.admit(x + h * field(0.0, x) / per_decay)

    with torch.no_grad():
        x, h = start, start.new_full((*start.shape[:-1], 1), STEPS[0])
        rests = torch.zeros_like(h, dtype=torch.bool)
        for size in STEPS:
            h = torch.where(rests, h, torch.full_like(h, size))
            x = torch.where(torch.isfinite(x).all(-1, keepdim=True), x, start)
            for _ in range(round(MOST / size)):
                after = step(x, h)
                change = (after - x).abs().amax(-1, keepdim=True) / h
                rests = change <= tolerance * (1 + x.abs().amax(-1, keepdim=True))
                x = after
                if bool(rests.all()):
                    break
            if bool(rests.all()):
                break
        x = torch.where(torch.isfinite(x).all(-1, keepdim=True), x, start)
    if torch.is_grad_enabled():
        x = _with_gradient(step, x, h, tolerance)
    return x, rests.squeeze(-1)


def _with_gradient(
    step: Callable[[Tensor, Tensor], Tensor], x: Tensor, h: Tensor, tolerance: float
) -> Tensor:
    """Return x as P(x; θ), whose gradient is carried on by z; see the module."""
    state = step(x, h)
    if not state.requires_grad:
        return state
    at = x.clone().requires_grad_()
    after = step(at, h)

    def implicit(grad: Tensor) -> Tensor:
        z = grad
        for _ in range(round(MOST / STEPS[-1])):
            (back,) = torch.autograd.grad(
                after, at, z, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            again = grad + back
            done = bool((again - z).abs().max() <= tolerance * h.min() * grad.abs().max())
            z = again
            if done:
                break
        return z

    state.register_hook(implicit)
    return state
