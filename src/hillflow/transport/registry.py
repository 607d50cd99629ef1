"""The registry of couplings, which the command line, the docs and the benchmarks list."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hillflow.errors import InputError, listing
from hillflow.options import check_options
from hillflow.registry import Registry
from hillflow.transport.coupling import Coupling

AnyCoupling = TypeVar("AnyCoupling", bound=Coupling)


@dataclass(frozen=True)
class CouplingEntry:
    """A registered coupling, with the information needed to choose one.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        The formula of its plan in one line, and its publication.
    cost
        Time and memory for n cells per population.
    when_not
        When to choose another coupling.
    """

    name: str
    cls: type[Coupling]
    formula: str
    source: str
    cost: str
    when_not: str


COUPLINGS: Registry[CouplingEntry] = Registry(
    "coupling", "couplings", "Couplings of cells between consecutive times",
    [f"hillflow.transport.{name}" for name in (
        "independent", "exact", "sinkhorn", "schrodinger", "unbalanced", "wfr", "moslin", "given",
    )],
)  # fmt: skip


def register(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[type[AnyCoupling]], type[AnyCoupling]]:
    """Return a class decorator that registers a coupling under a name.

    Parameters
    ----------
    name, formula, source, cost, when_not
        See `CouplingEntry`.

    Returns
    -------
    callable
        It enters the class in `COUPLINGS`, sets ``cls.name`` and returns the class.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.transport import Coupling, Pairs, make_coupling, register
    >>> @register(
    ...     name="by-order", formula="γ_ii = a_i", source="example", cost="O(n)",
    ...     when_not="populations differ in size",
    ... )
    ... class ByOrder(Coupling):
    ...     def _couple(self, z0, z1, a, b, rng):
    ...         i = np.arange(len(z0))
    ...         return Pairs.measured(i, i, a, z0, z1)
    >>> make_coupling("by-order").couple(np.zeros((3, 1)), np.ones((3, 1))).cost
    1.0
    """

    def enter(cls: type[AnyCoupling]) -> type[AnyCoupling]:
        cls.name = name
        COUPLINGS.add(CouplingEntry(name, cls, formula, source, cost, when_not), cls.__module__)
        return cls

    return enter


def make_coupling(name: str, **options: Any) -> Coupling:
    """Build a coupling by its name.

    Parameters
    ----------
    name
        A name in `COUPLINGS`.
    options
        The attributes of its class.

    Returns
    -------
    Coupling

    Examples
    --------
    >>> from hillflow.transport import make_coupling
    >>> make_coupling("sinkhorn", epsilon=0.1).epsilon
    0.1
    """
    cls = COUPLINGS[name].cls
    required = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
    if not set(required) <= set(options):
        raise InputError(
            f"{', '.join(required)} for the {name} coupling",
            f"only {listing(options)}" if options else "none of them",
            f"build it from your data, as with {cls.__name__}.from_table(…)",
        )
    check_options(cls, options, f"the {name} coupling")
    return cls(**options)
