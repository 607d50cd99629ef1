"""Lagrangians: what it costs to be at x at time t and to move with velocity v.

    cost of a motion of cells = E ∫ L(t, x, v) dt,   H(t, x, p) = sup_v ⟨p, v⟩ − L(t, x, v)

`Rollout` adds this cost to its distances, along simulated cells. `Variational` needs the Legendre
transform H instead, and moves cells by v = ∂H/∂p at p = ∇S, the slope of a value function S(t, x).
If cells divide and die at a rate g, the cost has λ/2 g² besides, and H has s²/2λ.

The registry has Lagrangians of the literature; a plugin adds others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.objectives.problem import Problem
from hillflow.options import check_options
from hillflow.registry import Registry


class Lagrangian(ABC):
    """L(t, x, v) of states [..., genes], velocities [..., genes] and times [...].

    Holds frozen options only, and after `learn` what it takes from the data.

    Attributes
    ----------
    name
        Key in `LAGRANGIANS`.
    slope_is_velocity
        Whether ∂H/∂p = p, so that the gradient field ∇S moves cells along the best paths.
    learned
        Parameters that `learn` sets, and no user.
    """

    name: ClassVar[str] = ""
    learned: ClassVar[tuple[str, ...]] = ()
    slope_is_velocity: ClassVar[bool] = True

    @property
    def growth_cost(self) -> float | None:
        """λ of the cost λ/2 g² of growth; None if mass is conserved."""
        return None

    def check(self, problem: Problem) -> None:  # noqa: B027 (most need nothing)
        """Raise an error if the data lack what it needs."""

    def learn(self, problem: Problem, seed: int) -> Lagrangian:
        """The Lagrangian to compute with: itself, unless it depends on the data."""
        return self

    @abstractmethod
    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """L at each state, [...]."""

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """H at each state, [...], if it has a closed form."""
        raise UnsupportedError(
            "a Lagrangian with a closed form of its Legendre transform",
            f"{self.name or type(self).__name__}, which defines no `hamiltonian`",
            "define it, or use the Lagrangian in Rollout, which needs none",
        )

    @property
    def has_hamiltonian(self) -> bool:
        """Whether `hamiltonian` is defined."""
        return type(self).hamiltonian is not Lagrangian.hamiltonian

    def velocity(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """∂H/∂p, the best velocity for a slope p, [..., genes]; without a gradient."""
        if self.slope_is_velocity:
            return p.detach()
        with torch.enable_grad():
            p = p.detach().requires_grad_()
            (v,) = torch.autograd.grad(self.hamiltonian(t.detach(), x.detach(), p).sum(), p)
        return v


@dataclass(frozen=True)
class LagrangianEntry:
    """A registered Lagrangian, with the information needed to choose one.

    Attributes
    ----------
    name, cls
        Key and class.
    formula, source
        L and H in one line, and the publication.
    cost
        Time for each state.
    when_not
        When to choose another Lagrangian.
    """

    name: str
    cls: type[Lagrangian]
    formula: str
    source: str
    cost: str
    when_not: str


LAGRANGIANS: Registry[LagrangianEntry] = Registry(
    "Lagrangian", "lagrangians", "Costs of motion along paths (wlf, nlsb; others in Python)",
    [f"hillflow.objectives.lagrangian_{name}" for name in (
        "kinetic", "potential", "density", "metric", "growth", "velocity",
    )],
)  # fmt: skip

AnyLagrangian = TypeVar("AnyLagrangian", bound=Lagrangian)


def register_lagrangian(
    *, name: str, formula: str, source: str, cost: str, when_not: str
) -> Callable[[type[AnyLagrangian]], type[AnyLagrangian]]:
    """Return a class decorator that registers a Lagrangian under a name.

    Parameters
    ----------
    name, formula, source, cost, when_not
        See `LagrangianEntry`.

    Returns
    -------
    callable
        It enters the class in `LAGRANGIANS`, sets ``cls.name`` and returns the class.

    Examples
    --------
    >>> import torch
    >>> from hillflow.objectives import Lagrangian, make_lagrangian, register_lagrangian
    >>> @register_lagrangian(
    ...     name="speed", formula="L = |v|", source="example", cost="O(genes)",
    ...     when_not="cells may hurry",
    ... )
    ... class Speed(Lagrangian):
    ...     def cost(self, t, x, v):
    ...         return v.norm(dim=-1)
    >>> make_lagrangian("speed").cost(torch.zeros(1), torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]))
    tensor([5.])
    """

    def enter(cls: type[AnyLagrangian]) -> type[AnyLagrangian]:
        cls.name = name
        entry = LagrangianEntry(name, cls, formula, source, cost, when_not)
        LAGRANGIANS.add(entry, cls.__module__)
        return cls

    return enter


def make_lagrangian(name: str, **options: Any) -> Lagrangian:
    """Build a Lagrangian by its name.

    Parameters
    ----------
    name
        A name in `LAGRANGIANS`.
    options
        The attributes of its class.

    Returns
    -------
    Lagrangian

    Examples
    --------
    >>> from hillflow.objectives import make_lagrangian
    >>> make_lagrangian("density", strength=2.0).strength
    2.0
    """
    cls = LAGRANGIANS[name].cls
    check_options(cls, options, f"the {name} Lagrangian", given=cls.learned)
    return cls(**options)


def mean_energy(problem: Problem, generator: torch.Generator) -> float:
    """E ½‖x1 − x0‖²/Δ² over coupled pairs, 1 if nothing moves: a unit of cost per time."""
    pairs = problem.draw_pairs(2048, generator)
    square = (pairs.x1 - pairs.x0).square().sum(-1)
    return float((0.5 * square / pairs.dt.square()).mean()) or 1.0
