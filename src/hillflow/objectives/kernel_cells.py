"""Landmark cells with a Gaussian kernel: how dense cells are, and means over near cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from hillflow.objectives.problem import Problem

NEAREST = 10  # the distance of a cell to its so many nearest cell is the unit of the width


@dataclass(frozen=True, eq=False)
class KernelCells:
    """Cells z_i in the coordinates of the basis and k_i(x) = exp(−‖z(x) − z_i‖²/2ς²).

    Attributes
    ----------
    rows
        The cells, as rows of `Problem.states`.
    cells, components
        Their coordinates, [landmarks, d], and the basis, [genes, d] (None: the whole space).
    width
        ς.
    usual
        Mean of `log_density` over the landmarks.
    """

    rows: Tensor
    cells: Tensor
    components: Tensor | None
    width: float
    usual: float = 0.0

    @classmethod
    @torch.no_grad()
    def of(
        cls, problem: Problem, landmarks: int, width: float, generator: torch.Generator
    ) -> KernelCells:
        """At most `landmarks` cells of all populations, ς in units of the usual distance."""
        every = torch.cat([rows for data in problem.by_condition for rows in data.rows]).unique()
        rows = every[torch.randperm(len(every), generator=generator)[:landmarks]]
        cells = problem.project(problem.states[rows.to(problem.states.device)])
        near = torch.cdist(cells, cells).topk(min(NEAREST + 1, len(cells)), largest=False)
        usual = float(near.values[:, -1].median())
        made = cls(rows, cells, problem.components, width * usual if usual > 0 else 1.0)
        mean = float(made.log_density(problem.states[rows.to(problem.states.device)]).mean())
        return cls(rows, cells, problem.components, made.width, mean)

    def log_density(self, x: Tensor) -> Tensor:
        """log mean_i k_i(x) at states [..., genes], [...]; cost O(landmarks · d) per state."""
        return torch.logsumexp(self._exponents(x), dim=-1) - math.log(len(self.cells))

    def shares(self, x: Tensor) -> Tensor:
        """k_i(x) / Σ_j k_j(x), [..., landmarks]: the weights of a mean over near cells."""
        return torch.softmax(self._exponents(x), dim=-1)

    def _exponents(self, x: Tensor) -> Tensor:
        z = x if self.components is None else x @ self.components
        square = z.square().sum(-1, keepdim=True) + self.cells.square().sum(-1)
        square = (square - 2 * z @ self.cells.T).clamp(min=0.0)
        return -square / (2 * self.width**2)
