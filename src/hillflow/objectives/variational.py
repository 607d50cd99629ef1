"""Variational: fit a potential whose gradient moves one population into the next.

    E s(x0, t0) − E s(x1, t1) + ∫ E[∂_t s + ½‖∇_x s‖²] dt        (action matching)

The minimum over s is reached when ∇s is the velocity field that transports the populations p_t
with the least kinetic energy: v = ∇s. Only samples of each p_t are needed, no velocities; they come
from a path between coupled cells. If mass changes, samples have the weight m_t, the integral has an
additional term s²/2α, and cells grow at the rate g = s/α.

A Lagrangian L(x, v, t) other than ½‖v‖² (Wasserstein Lagrangian flows, Neklyudov et al. 2024)
replaces ½‖∇s‖² by its Legendre transform H(x, p, t) = sup_v ⟨p, v⟩ − L, and then v = ∂H/∂p at
p = ∇s. Such a method only overrides `Variational.hamiltonian`.

Source: Neklyudov, Brekelmans, Severo & Makhzani 2023 (Action matching), eq. 5 and 12.
Cost per step: three evaluations of s and a second derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hillflow.errors import InputError, UnsupportedError
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.paths import Linear, Path

Potential = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Variational(Objective):
    """Action matching for the potential of the 'potential' field, or for the potential head.

    Parameters
    ----------
    path
        The path whose points represent the populations between two times.
    growth_cost
        α, the cost of growth relative to motion (a squared length); None if mass is conserved.
        Needs pairs with mass, from an unbalanced or WFR coupling.
    """

    path: Path = field(default_factory=Linear)
    growth_cost: float | None = None

    def __post_init__(self) -> None:
        if self.growth_cost is not None and not self.growth_cost > 0:
            raise InputError("growth_cost above 0", f"{self.growth_cost:g}",
                             "leave it out to conserve mass")  # fmt: skip

    @property
    def learns(self) -> tuple[str, ...]:
        """The potential, and the velocity as its gradient."""
        return ("velocity", "potential")

    @property
    def takes_interventions(self) -> bool:
        """No: interventions on the gradient of a potential are not defined."""
        return False

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "fitting a potential to the populations"

    def check(self, training: Training) -> None:
        """Raise an error if there is no potential, or if there are perturbed cells."""
        potential_of(training.heads)
        done = [c for c in training.problem.conditions if not c.is_control]
        if done:
            raise UnsupportedError(
                "only control cells, because interventions on a potential are not defined",
                f"cells under {done[0].name!r}",
                "leave perturbed cells out, or use 'default', which can use them",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the path."""
        training.learnt[self.path] = self.path.learn(training.problem, seed)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The action, averaged over pairs; it may be negative."""
        potential = potential_of(training.heads)
        pairs = training.problem.draw_pairs(cells, generator)
        bridge = training.learnt.get(self.path, self.path).sample(pairs, generator)
        dt = pairs.dt.to(pairs.x0.dtype)
        end, here = torch.ones_like(dt), torch.ones_like(dt)
        if self.growth_cost is not None:
            end = pairs.mass.to(dt.dtype)
            s = ((bridge.t - pairs.t0) / pairs.dt).to(dt.dtype)
            carried = bridge.growth is not None and bridge.weight is not None
            here = bridge.weight if carried else torch.lerp(here, end, s)
        value, along_t, along_x = slopes(potential, bridge.x, bridge.t)
        inside = along_t + self.hamiltonian(along_x)
        if self.growth_cost is not None:
            inside = inside + value.square() / (2 * self.growth_cost)
        edges = potential(pairs.x0, pairs.t0) - end * potential(pairs.x1, pairs.t0 + pairs.dt)
        return {"action": (edges + dt * here * inside).mean()}

    def hamiltonian(self, slope: Tensor) -> Tensor:
        """½‖p‖², the Legendre transform of the kinetic energy ½‖v‖², [..., genes] → [...]."""
        return 0.5 * slope.square().sum(-1)


def potential_of(heads: Heads) -> Potential:
    """The potential s(x, t) of the field, or the potential head."""
    own = getattr(heads.field, "potential", None)
    return heads.need("potential") if own is None else own


def slopes(potential: Potential, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """s, ∂s/∂t and ∂s/∂x at states [..., genes] and times [...], by automatic differentiation."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        t = t.detach().to(x.dtype).expand(x.shape[:-1]).clone().requires_grad_()
        value = potential(x, t)
        along_t, along_x = torch.autograd.grad(
            value.sum(), (t, x), create_graph=True, materialize_grads=True
        )
    return value, along_t, along_x
