"""A potential that is low where cells were measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.objectives.kernel_cells import KernelCells
from hillflow.objectives.lagrangian import mean_energy, register_lagrangian
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.problem import Problem


@register_lagrangian(
    name="density",
    formula="L = ½‖v‖² + V(x), H = ½‖p‖² − V(x), V = −c log Σ_i exp(−‖x − x_i‖²/2ς²)",
    source="hillflow; potentials that are low near the cells as in Koshizuka & Sato 2023",
    cost="O(landmarks · coordinates)",
    when_not="few cells were measured between the populations: they draw all paths to themselves",
)
@dataclass(frozen=True)
class Density(Kinetic):
    """½‖v‖² + V(x), V the negative logarithm of a kernel density of all measured cells.

    V is quadratic far from the cells, so that its slope leads back to them from everywhere. Its
    unit is the mean kinetic energy of straight lines between coupled cells, c = strength ·
    E ½‖x1 − x0‖²/Δ². Distances are in the coordinates of the basis.

    Parameters
    ----------
    strength
        At 1, a state whose density is a factor e below the usual costs as much as the motion.
    width
        ς, as a multiple of the median distance of a cell to its tenth nearest.
    landmarks
        Number of cells, drawn from all populations.
    """

    strength: float = 1.0
    width: float = 1.0
    landmarks: int = 300
    kernel: KernelCells | None = field(default=None, compare=False, repr=False)
    unit: float = field(default=0.0, compare=False, repr=False)
    learned: ClassVar[tuple[str, ...]] = ("kernel", "unit")

    def __post_init__(self) -> None:
        for name in ("strength", "width", "landmarks"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} above 0", f"{getattr(self, name)}", f"raise {name}")

    def learn(self, problem: Problem, seed: int) -> Density:
        """The potential of the cells of a problem; the same seed gives the same landmarks."""
        generator = torch.Generator().manual_seed(seed)
        kernel = KernelCells.of(problem, self.landmarks, self.width, generator)
        return replace(self, kernel=kernel, unit=self.strength * mean_energy(problem, generator))

    def potential(self, x: Tensor) -> Tensor:
        """V, [...], 0 on average over the landmarks."""
        if self.kernel is None:
            raise RuntimeError("used before learn")
        return self.unit * (self.kernel.usual - self.kernel.log_density(x))

    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """½‖v‖² + V."""
        return super().cost(t, x, v) + self.potential(x)

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """½‖p‖² − V."""
        return super().hamiltonian(t, x, p) - self.potential(x)
