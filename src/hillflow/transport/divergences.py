"""The divergences by name: one table feeds the objectives, the docs and the benchmarks.

Each compares clouds x [n, d] and y [m, d], with optional masses wx [n] and wy [m], in torch,
and is differentiable in x and y.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from hillflow.options import check_options
from hillflow.registry import Registry

_CLOUDS = ("x", "y", "wx", "wy")

Divergence = Callable[..., Tensor]
AnyDivergence = TypeVar("AnyDivergence", bound=Divergence)


@dataclass(frozen=True)
class DivergenceEntry:
    """What a user needs to know to choose a divergence.

    Attributes
    ----------
    name, function
        Key and function of (x, y, wx, wy, **options).
    formula, source
        In one line, and where it was published.
    cost
        Time and memory for n points a cloud, in d dimensions.
    when_not
        When to choose another one.
    """

    name: str
    function: Divergence
    formula: str
    source: str
    cost: str
    when_not: str


DIVERGENCES: Registry[DivergenceEntry] = Registry(
    "divergence", "divergences", "How far two populations are apart",
    [f"hillflow.transport.{name}" for name in (
        "energy", "mean_discrepancy", "debiased_sinkhorn", "earth_mover", "sliced",
    )],
)  # fmt: skip


def register_divergence(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[AnyDivergence], AnyDivergence]:
    """Function decorator: give a divergence its name and its row in the table."""

    def enter(function: AnyDivergence) -> AnyDivergence:
        entry = DivergenceEntry(name, function, formula, source, cost, when_not)
        DIVERGENCES.add(entry, function.__module__)
        return function

    return enter


def make_divergence(name: str, **options: Any) -> Divergence:
    """A function of (x, y, wx, wy), by name, with its options set."""
    function = DIVERGENCES[name].function
    check_options(function, options, f"the {name} divergence", given=_CLOUDS)
    return functools.partial(function, **options)
