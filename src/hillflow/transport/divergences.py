"""The divergences by name: one table feeds the objectives, the docs and the benchmarks.

Each compares clouds x [n, d] and y [m, d], with optional masses wx [n] and wy [m], in torch,
and is differentiable in x and y.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from hillflow.errors import InputError, did_you_mean

# The modules that register divergences; a new one adds its module here.
_MODULES = ("energy", "mean_discrepancy", "debiased_sinkhorn", "earth_mover", "sliced")
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


_ENTRIES: dict[str, DivergenceEntry] = {}


def register_divergence(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[AnyDivergence], AnyDivergence]:
    """Function decorator: give a divergence its name and its row in the table."""

    def enter(function: AnyDivergence) -> AnyDivergence:
        _ENTRIES[name] = DivergenceEntry(name, function, formula, source, cost, when_not)
        return function

    return enter


def divergence_entries() -> tuple[DivergenceEntry, ...]:
    """All divergences, the default first."""
    for module in _MODULES:
        importlib.import_module(f"hillflow.transport.{module}")
    order = [f"hillflow.transport.{module}" for module in _MODULES]
    return tuple(sorted(_ENTRIES.values(), key=lambda e: order.index(e.function.__module__)))


def make_divergence(name: str, **options: Any) -> Divergence:
    """A function of (x, y, wx, wy), by name, with its options set."""
    entries = {entry.name: entry for entry in divergence_entries()}
    if name not in entries:
        raise InputError("the name of a divergence", repr(name), did_you_mean(name, tuple(entries)))
    function = entries[name].function
    known = [option for option in inspect.signature(function).parameters if option not in _CLOUDS]
    for option in options:
        if option not in known:
            raise InputError(
                f"an option of the {name} divergence", repr(option), did_you_mean(option, known)
            )
    return functools.partial(function, **options)
