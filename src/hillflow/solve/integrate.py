"""Integrate states along a field, to one time or to several."""

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

_ROUNDING = 1e-6  # levels smaller than this, relative to the largest, count as 0


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
    """Integrate ẋ = f(t, x) from t0 to t0 + span.

    Parameters
    ----------
    field
        The vector field. Clamped genes start at their level.
    x0
        States, [..., genes].
    span, t0
        A number, or one per cell: a tensor that broadcasts against x0[..., 0]. A negative span
        integrates backwards in time.
    solver
        A name (see `SOLVERS`), a solver built with its options, such as
        ``EulerMaruyama(diffusion=0.1, generator=g)``, or "auto": exponential if decay is
        linear, else rk4.
    steps
        Number of equal steps over the span, for solvers with fixed steps.
    checkpoint
        Store only the states between steps for gradients, and compute each step twice.
    check_finite
        Raise an error that names the first cell, gene and time with a value that is not finite,
        or 10¹² times larger than the start; warn of states below 0 if the field keeps x ≥ 0.
        Must be False inside ``torch.func.vmap``, which does not allow tests of values.

    Returns
    -------
    Tensor
        x(t0 + span), [..., genes], differentiable in parameters, x0 and span.

    Examples
    --------
    >>> import math
    >>> import torch
    >>> from hillflow.fields import VectorField
    >>> from hillflow.solve import integrate
    >>> class Decay(VectorField):
    ...     def forward(self, t, x):
    ...         return -x
    >>> x = integrate(Decay(["GATA1"]), torch.tensor([[2.0]]), span=math.log(2))
    >>> round(x.item(), 4)
    1.0
    """
    chosen = choose_solver(field, solver)
    _check_steps(steps)
    x = admitted(field, x0)
    bound = _bound_of_start(field, x) if check_finite else None
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
    """Return the states at each of `times`, the first of which is the time of x0.

    Parameters
    ----------
    field, x0, solver, checkpoint, check_finite
        As in :func:`integrate`.
    times
        Rising (or falling) times, [T].
    steps
        Number of equal steps in each interval, unless `max_step` is given.
    max_step
        Largest step; each interval has as few equal steps as possible.

    Returns
    -------
    Tensor
        [T, ..., genes]; the first entry is x0 with clamped genes at their level.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import make_field
    >>> from hillflow.solve import integrate, trajectory
    >>> field, x0 = make_field("hill", ["GATA1", "SPI1"]), torch.rand(5, 2)
    >>> path = trajectory(field, x0, [0.0, 1.0, 2.0])
    >>> torch.equal(path[1], integrate(field, x0, 1.0))
    True
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
        raise TimeError("a list of finite times", f"{times!r}", "give at least one time")
    if not ((gaps > 0).all() or (gaps < 0).all()):
        raise TimeError(
            "times that rise (or fall) throughout", f"{instants.tolist()}", "sort them, each once"
        )
    x = admitted(field, x0)
    bound = _bound_of_start(field, x) if check_finite else None
    path = [x]
    for start, gap in zip(instants[:-1].tolist(), gaps.tolist(), strict=True):
        count = steps if max_step is None else max(1, math.ceil(abs(gap) / max_step - 1e-9))
        x = _advance(chosen, field, start, x, gap, count, checkpoint, bound)
        path.append(x)
    return torch.stack(path)


def choose_solver(field: VectorField, solver: str | Solver = "auto") -> Solver:
    """Return a solver by its name; "auto" depends on whether the field has linear decay."""
    if isinstance(solver, Solver):
        chosen = solver
    elif solver == "auto":
        chosen = make_solver("rk4" if field.decay_rate() is None else "exponential")
    elif solver == "euler-maruyama":
        raise InputError(
            "a diffusion for the solver 'euler-maruyama'",
            "its name alone",
            "pass solver=make_solver('euler-maruyama', diffusion=0.1, "
            "generator=torch.Generator().manual_seed(0))",
        )
    elif solver == "langevin":
        raise InputError(
            "the noise of each gene for the solver 'langevin'",
            "its name alone",
            "pass solver=make_solver('langevin', noise=torch.full((genes,), 0.05), "
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


def _bound_of_start(field: VectorField, x: Tensor) -> Tensor:
    """Return the bound on all later states; warn of negative levels if the field keeps x ≥ 0."""
    if field.keeps_orthant and bool((x < -_ROUNDING * x.detach().abs().amax()).any()):
        below = int((x < 0).any(-1).sum())
        warn(
            f"{below:,} of the states start below 0, where the {field._title()} field is not "
            "defined: give expression levels, not scaled or centred values.",
            "solve.below-zero",
        )
    return bound_on(x)


def _instant(value: float | Tensor, x: Tensor, name: str) -> Instant:
    """Return a float, or a tensor like x; refuse a shape that does not match the cells."""
    if not isinstance(value, Tensor) or not (value.ndim or value.requires_grad):
        number = float(value)
        if not math.isfinite(number):
            raise TimeError(f"a finite {name}", str(number), "correct it")
        return number
    try:
        # As `torch.broadcast_shapes`, which also imports torch's compiler and sympy: 1 s a process.
        fits = np.broadcast_shapes(value.shape, x.shape[:-1]) == x.shape[:-1]
    except ValueError:
        fits = False
    if not fits:
        raise TimeError(
            f"a {name} that is a number or one per cell, {list(x.shape[:-1])}",
            f"shape {list(value.shape)}",
            "give one value per row of x0",
        )
    return value.to(x)


def _check_steps(steps: int) -> None:
    if not isinstance(steps, int) or steps < 1:
        raise InputError("at least one step", f"steps={steps!r}", "write steps=10")
