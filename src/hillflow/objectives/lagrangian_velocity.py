"""A velocity that is expected beforehand, such as RNA velocity."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.findings import warn
from hillflow.objectives.kernel_cells import KernelCells
from hillflow.objectives.lagrangian import Lagrangian, register_lagrangian
from hillflow.objectives.measured_velocity import no_velocity
from hillflow.objectives.problem import Problem


@register_lagrangian(
    name="velocity",
    formula="L = ½‖v − c v₀(x)‖², H = ½‖p‖² + c⟨p, v₀(x)⟩, v₀ the mean RNA velocity of near cells",
    source="Koshizuka & Sato 2023 (Neural LSB)",
    cost="O(landmarks · genes)",
    when_not="RNA velocities contradict the order of the populations",
)
@dataclass(frozen=True)
class PriorVelocity(Lagrangian):
    """½‖v − c v₀(x)‖², v₀(x) the mean of the measured velocities of cells near x.

    c is the number of units of the velocities' own time in one unit of the time of the data. Then
    v = p + c v₀, which is no gradient: `Variational` fits a field of its own beside the potential.

    Parameters
    ----------
    scale
        c; None for the least squares of the displacements of coupled cells,
        ⟨(x1 − x0)/Δ, v₀⟩/⟨v₀, v₀⟩, or 0, with a warning, if that is negative.
    width
        Width of the Gaussian kernel of the mean, as a multiple of the median distance of a cell to
        its tenth nearest.
    landmarks
        Number of cells, drawn from all populations.
    """

    slope_is_velocity: ClassVar[bool] = False
    learned: ClassVar[tuple[str, ...]] = ("kernel", "velocities", "known")

    scale: float | None = None
    width: float = 0.5
    landmarks: int = 1000
    kernel: KernelCells | None = field(default=None, compare=False, repr=False)
    velocities: Tensor | None = field(default=None, compare=False, repr=False)
    known: Tensor | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("width", "landmarks"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} above 0", f"{getattr(self, name)}", f"raise {name}")

    def check(self, problem: Problem) -> None:
        """Raise an error for cells without velocities."""
        if problem.velocities is None:
            raise no_velocity()

    @torch.no_grad()
    def learn(self, problem: Problem, seed: int) -> PriorVelocity:
        """v₀ and c of the cells of a problem."""
        if problem.velocities is None:
            raise no_velocity()
        generator = torch.Generator().manual_seed(seed)
        kernel = KernelCells.of(problem, self.landmarks, self.width, generator)
        rows = kernel.rows.to(problem.states.device)
        value, known = problem.velocities.value[rows], problem.velocities.known[rows]
        learned = replace(self, scale=1.0, kernel=kernel, velocities=value, known=known)
        if self.scale is not None:
            return replace(learned, scale=self.scale)
        pairs = problem.draw_pairs(2048, generator)
        expected = learned.expected(pairs.x0)
        moved = (pairs.x1 - pairs.x0) / pairs.dt.unsqueeze(-1).to(expected.dtype)
        size = float(expected.square().sum())
        along = float((expected * moved).sum()) / size if size > 0 else 0.0
        if along <= 0:
            warn(
                "the RNA velocities point against the motion from one population to the next: "
                "they are not used (c = 0)",
                code="fit.opposed-velocities",
            )
        return replace(learned, scale=max(along, 0.0))

    def expected(self, x: Tensor) -> Tensor:
        """c v₀ at states, [..., genes]; 0 for a gene whose velocity no near cell has."""
        if self.kernel is None or self.velocities is None or self.known is None:
            raise RuntimeError("used before learn")
        shares = self.kernel.shares(x)
        mean = shares @ self.velocities / (shares @ self.known).clamp(min=1e-6)
        return (1.0 if self.scale is None else self.scale) * mean

    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """½‖v − c v₀‖²."""
        return 0.5 * (v - self.expected(x)).square().sum(-1)

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """½‖p‖² + c⟨p, v₀⟩."""
        return 0.5 * p.square().sum(-1) + (p * self.expected(x)).sum(-1)
