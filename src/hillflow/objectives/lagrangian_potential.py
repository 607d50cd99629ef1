"""A potential that is given as a function: cells avoid the states where it is high."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from hillflow.objectives.lagrangian import register_lagrangian
from hillflow.objectives.lagrangian_kinetic import Kinetic


@register_lagrangian(
    name="potential",
    formula="L = ½‖v‖² + V(t, x), H = ½‖p‖² − V(t, x)",
    source="Neklyudov et al. 2024 (WLF-OT with a potential, −V); Koshizuka & Sato 2023",
    cost="that of V and its gradient",
    when_not="no potential is known: density makes one from the cells",
)
@dataclass(frozen=True)
class Potential(Kinetic):
    """½‖v‖² + V(t, x): the best paths obey ẍ = +∇V, since V is a cost and not a mechanical energy.

    Parameters
    ----------
    function
        V of times [...] and states [..., genes], [...]; in squared expression per squared time
        unit.
    """

    function: Callable[[Tensor, Tensor], Tensor]

    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """½‖v‖² + V."""
        return super().cost(t, x, v) + self.function(t, x)

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """½‖p‖² − V."""
        return super().hamiltonian(t, x, p) - self.function(t, x)
