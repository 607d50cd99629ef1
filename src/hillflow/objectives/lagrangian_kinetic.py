"""The kinetic energy: optimal transport."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from hillflow.objectives.lagrangian import Lagrangian, register_lagrangian


@register_lagrangian(
    name="kinetic",
    formula="L = ½‖v‖², H = ½‖p‖²",
    source="Benamou & Brenier 2000",
    cost="O(genes)",
    when_not="straight lines between populations cross states without cells: use density",
)
@dataclass(frozen=True)
class Kinetic(Lagrangian):
    """½‖v‖²: cells move along straight lines at constant speed."""

    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """½‖v‖²."""
        return 0.5 * v.square().sum(-1)

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """½‖p‖²."""
        return 0.5 * p.square().sum(-1)
