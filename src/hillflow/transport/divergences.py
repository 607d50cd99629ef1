"""The registry of divergences, which the objectives, the docs and the benchmarks use.

They compare measured cells with one of two things, in torch, and are differentiable:

==========  =====================================================================================
"cells"     simulated cells: clouds x [n, d] and y [m, d], with optional masses wx [n] and wy [m]
"density"   the density of a model: log p of each measured cell [m], with optional masses wy [m]
==========  =====================================================================================

`hillflow.objectives.Rollout` takes the first, `hillflow.objectives.Likelihood` the second.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Generator, Tensor

from hillflow.errors import InputError, listing
from hillflow.options import check_options
from hillflow.registry import Registry

CELLS, DENSITY = "cells", "density"
_GIVEN = {CELLS: ("x", "y", "wx", "wy"), DENSITY: ("log_p", "wy")}  # arguments, by what is compared
_OBJECT = {CELLS: "simulated cells", DENSITY: "the density of a model"}

Divergence = Callable[..., Tensor]
AnyDivergence = TypeVar("AnyDivergence", bound=Divergence)


@dataclass(frozen=True)
class DivergenceEntry:
    """A registered divergence, with the information needed to choose one.

    Attributes
    ----------
    name, function
        Key and function of (x, y, wx, wy, **options) or of (log_p, wy, **options).
    compares
        What measured cells are compared with: simulated "cells" or a "density".
    formula, source
        The formula in one line, and its publication.
    cost
        Time and memory for n points per cloud, in d dimensions.
    when_not
        When to choose another divergence.
    """

    name: str
    function: Divergence
    formula: str
    source: str
    cost: str
    when_not: str
    compares: str = CELLS

    def __post_init__(self) -> None:
        if self.compares not in _GIVEN:
            raise InputError(
                f"compares, one of {listing(_GIVEN)}", repr(self.compares), "correct it"
            )


DIVERGENCES: Registry[DivergenceEntry] = Registry(
    "divergence", "divergences", "Divergences of a model from measured cells",
    [f"hillflow.transport.{name}" for name in (
        "energy", "mean_discrepancy", "debiased_sinkhorn", "earth_mover", "sliced", "likelihood",
    )],
)  # fmt: skip


def register_divergence(
    *, name: str, formula: str, source: str, cost: str, when_not: str, compares: str = CELLS
) -> Callable[[AnyDivergence], AnyDivergence]:
    """Return a function decorator that registers a divergence under a name.

    Parameters
    ----------
    name, formula, source, cost, when_not, compares
        See `DivergenceEntry`.

    Returns
    -------
    callable
        It enters the function in `DIVERGENCES` and returns it.

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import make_divergence, register_divergence
    >>> @register_divergence(
    ...     name="mean-shift", formula="|E x − E y|", source="example", cost="time O(n d)",
    ...     when_not="populations differ in shape",
    ... )
    ... def mean_shift(x, y, wx=None, wy=None):
    ...     return (x.mean(0) - y.mean(0)).norm()
    >>> make_divergence("mean-shift")(torch.zeros(5, 1), torch.ones(5, 1)).item()
    1.0
    """

    def enter(function: AnyDivergence) -> AnyDivergence:
        entry = DivergenceEntry(name, function, formula, source, cost, when_not, compares)
        DIVERGENCES.add(entry, function.__module__)
        return function

    return enter


def make_divergence(
    name: str, *, generator: Generator | None = None, compares: str = CELLS, **options: Any
) -> Divergence:
    """Return a divergence by its name, with its options set.

    Parameters
    ----------
    name
        A name in `DIVERGENCES`.
    generator
        Random generator of a divergence that draws; others make no use of it.
    compares
        What it must compare measured cells with: "cells" or "density".
    options
        Options of its function.

    Returns
    -------
    callable
        Function of (x, y, wx, wy), or of (log_p, wy).

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import make_divergence
    >>> x = torch.tensor([[0.0], [1.0]])
    >>> make_divergence("wasserstein", p=1)(x, x + 2).item()
    2.0
    """
    entry = DIVERGENCES[name]
    if entry.compares != compares:
        fitting = [one.name for one in DIVERGENCES.values() if one.compares == compares]
        other = "Likelihood" if entry.compares == DENSITY else "Rollout"
        raise InputError(
            f"a divergence that compares measured cells with {_OBJECT[compares]}",
            f"{name!r}, which compares them with {_OBJECT[entry.compares]}",
            f"choose {listing(fitting)}, or use it in hillflow.objectives.{other}",
        )
    function = entry.function
    check_options(function, options, f"the {name} divergence", given=_GIVEN[compares])
    if generator is not None and "generator" in inspect.signature(function).parameters:
        options["generator"] = generator
    return functools.partial(function, **options)
