"""Where cells are after some time, and on the way there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from hillflow.errors import InputError, TimeError
from hillflow.fields.base import VectorField
from hillflow.fields.states import admitted
from hillflow.findings import warn
from hillflow.solve.base import Instant, Solver
from hillflow.solve.gradient_checkpointing import rewound
from hillflow.solve.nonfinite import all_finite, all_within, bound_on
from hillflow.solve.registry import make_solver

_ROUNDING = 1e-6  # a level this small beside the largest is 0


def integrate(
    field: VectorField,
    x0: Tensor,
    span: float | Tensor,
    *,
    t0: float | Tensor = 0.0,
    solver: str | Solver = "auto",
    steps: int = 10,
    checkpoint: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """Carry states along ẋ = f(t, x), from t0 to t0 + span.

    Parameters
    ----------
    field
        The law of motion. It first admits x0, so that what it clamps starts at its level.
    x0
        States, [..., genes].
    span, t0
        A number, or one a cell: a tensor that broadcasts against x0[..., 0]. A negative span
        goes back in time.
    solver
        A name (see `SOLVERS`), a solver built with its options, such as
        ``EulerMaruyama(diffusion=0.1, generator=g)``, or "auto": exponential where decay is
        linear, else rk4.
    steps
        Equal steps over the span, of solvers that take such.
    checkpoint
        Keep only the states between steps for gradients, and compute each step twice.
    check_finite
        Stop with an error that names the first cell, gene and time that is not finite, or
        10¹² times as large as anything at the start; warn of states below 0 where the field
        never goes there. Turn it off inside ``torch.func.vmap``, which cannot look at values.

    Returns
    -------
    Tensor
        x(t0 + span), [..., genes]; gradients flow to parameters, x0 and span.
    """
    chosen = choose_solver(field, solver)
    _check_steps(steps)
    x = admitted(field, x0)
    bound = _looked_at(field, x) if check_finite else None
    span, t0 = _instant(span, x, "span"), _instant(t0, x, "t0")
    return _advance(chosen, field, t0, x, span, steps, checkpoint, bound)


def trajectory(
    field: VectorField,
    x0: Tensor,
    times: Sequence[float] | Tensor,
    *,
    solver: str | Solver = "auto",
    steps: int = 10,
    max_step: float | None = None,
    checkpoint: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """States at each of `times`, the first of which is the time of x0.

    Parameters
    ----------
    times
        Rising (or falling) times, [T].
    steps
        Equal steps in each interval …
    max_step
        … or the longest step to take: as many steps as each interval then needs.
    field, x0, solver, checkpoint, check_finite
        As in :func:`integrate`.

    Returns
    -------
    Tensor
        [T, ..., genes]; the first entry is x0 as the field admits it.
    """
    chosen = choose_solver(field, solver)
    _check_steps(steps)
    if max_step is not None and not max_step > 0:
        raise InputError("a max_step above 0", str(max_step), "give it in the unit of the times")
    instants = np.asarray(
        times.detach().cpu() if isinstance(times, Tensor) else times, dtype=np.float64
    )
    gaps = np.diff(instants) if instants.ndim == 1 else instants
    if instants.ndim != 1 or not len(instants) or not np.isfinite(instants).all():
        raise TimeError("a list of finite times", f"{times!r}", "give one time at least")
    if not ((gaps > 0).all() or (gaps < 0).all()):
        raise TimeError(
            "times that rise (or fall) throughout", f"{instants.tolist()}", "sort them, each once"
        )
    x = admitted(field, x0)
    bound = _looked_at(field, x) if check_finite else None
    path = [x]
    for start, gap in zip(instants[:-1].tolist(), gaps.tolist(), strict=True):
        count = steps if max_step is None else max(1, math.ceil(abs(gap) / max_step - 1e-9))
        x = _advance(chosen, field, start, x, gap, count, checkpoint, bound)
        path.append(x)
    return torch.stack(path)


def choose_solver(field: VectorField, solver: str | Solver = "auto") -> Solver:
    """The solver meant by a name, with "auto" settled by what the field knows of its decay."""
    if isinstance(solver, Solver):
        chosen = solver
    elif solver == "auto":
        chosen = make_solver("rk4" if field.decay_rate() is None else "exponential")
    elif solver == "euler-maruyama":
        raise InputError(
            "the size of the noise for 'euler-maruyama'",
            "its name alone",
            "pass solver=make_solver('euler-maruyama', diffusion=0.1, "
            "generator=torch.Generator().manual_seed(0))",
        )
    else:
        chosen = make_solver(solver)
    chosen.check(field)
    return chosen


def _advance(
    solver: Solver, field: VectorField, t: Instant, x: Tensor, span: Instant, steps: int,
    checkpoint: bool, bound: Tensor | None,
) -> Tensor:  # fmt: skip
    before = None if solver.generator is None else solver.generator.get_state()
    end = solver.advance(field, t, x, span, steps=steps, checkpoint=checkpoint)
    if bound is None or all_within(end, bound):
        return end
    if not all_finite(x):
        raise InputError(
            "finite states to start from", "NaN or infinite entries", "remove those cells first"
        )
    with rewound(solver.generator, before):
        raise solver.explain(field, t, x, span, steps=steps, bound=bound)


def _looked_at(field: VectorField, x: Tensor) -> Tensor:
    """The bound on all later states; with a word on levels that the field never comes to."""
    if field.keeps_orthant and bool((x < -_ROUNDING * x.detach().abs().amax()).any()):
        below = int((x < 0).any(-1).sum())
        warn(
            f"{below:,} of the states start below 0, where the {field._title()} field means "
            "nothing: give expression levels, not scaled or centred values.",
            "solve.below-zero",
        )
    return bound_on(x)


def _instant(value: float | Tensor, x: Tensor, name: str) -> Instant:
    """A number as a float, a tensor like x; refuse what does not fit the cells."""
    if not isinstance(value, Tensor) or not (value.ndim or value.requires_grad):
        number = float(value)
        if not math.isfinite(number):
            raise TimeError(f"a finite {name}", str(number), "correct it")
        return number
    try:
        fits = torch.broadcast_shapes(value.shape, x.shape[:-1]) == x.shape[:-1]
    except RuntimeError:
        fits = False
    if not fits:
        raise TimeError(
            f"a {name} that is a number or one a cell, {list(x.shape[:-1])}",
            f"shape {list(value.shape)}",
            "give as many as there are rows in x0",
        )
    return value.to(x)


def _check_steps(steps: int) -> None:
    if not isinstance(steps, int) or steps < 1:
        raise InputError("at least one step", f"steps={steps!r}", "write steps=10")
