"""The length in a metric of the cells: motion is cheap where cells were measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from hillflow.objectives.lagrangian import Lagrangian, register_lagrangian
from hillflow.objectives.metric import Metric
from hillflow.objectives.problem import Problem


@register_lagrangian(
    name="metric",
    formula="L = ½ Σ_α v_α²/h_α(x), H = ½ Σ_α h_α(x) p_α², h large near cells (LAND, RBF)",
    source="Kapuśniak et al. 2024; Arvanitidis et al. 2016, 2021; Koshizuka & Sato 2023",
    cost="O(landmarks · coordinates)",
    when_not="populations are close together in time: straight lines stay near the cells too",
)
@dataclass(frozen=True)
class Riemannian(Lagrangian):
    """½ vᵀ G(x) v, with the diagonal metric G = 1/h of `Metric` in the coordinates of the basis.

    h is divided by its mean over the cells, so that G is about 1 where cells are; motion outside
    of the basis costs ½‖v‖². Then v = G⁻¹p, which is no gradient: `Variational` fits a field of
    its own beside the potential.

    Parameters
    ----------
    metric
        The options of the metric: kernel, width, clusters, reach, epsilon and landmarks.
    """

    slope_is_velocity: ClassVar[bool] = False
    learned: ClassVar[tuple[str, ...]] = ("inverse", "components")

    metric: Metric = field(default_factory=Metric)
    inverse: Callable[[Tensor], Tensor] | None = field(default=None, compare=False, repr=False)
    components: Tensor | None = field(default=None, compare=False, repr=False)

    def learn(self, problem: Problem, seed: int) -> Riemannian:
        """The metric of the cells of a problem."""
        h = self.metric.inverse_metric(problem, torch.Generator().manual_seed(seed), seed)
        rows = torch.cat([rows for data in problem.by_condition for rows in data.rows])
        with torch.no_grad():
            cells = problem.project(problem.states[rows.to(problem.states.device)])
            usual = float(h(cells).mean())
        return replace(self, inverse=lambda z: h(z) / usual, components=problem.components)

    def cost(self, t: Tensor, x: Tensor, v: Tensor) -> Tensor:
        """½ Σ v_α²/h_α, and ½‖v‖² outside of the basis."""
        inside = self._project(v)
        within = (inside.square() / self._h(x)).sum(-1)
        return 0.5 * (within + self._outside(v, inside))

    def hamiltonian(self, t: Tensor, x: Tensor, p: Tensor) -> Tensor:
        """½ Σ h_α p_α², and ½‖p‖² outside of the basis."""
        inside = self._project(p)
        within = (inside.square() * self._h(x)).sum(-1)
        return 0.5 * (within + self._outside(p, inside))

    def _h(self, x: Tensor) -> Tensor:
        if self.inverse is None:
            raise RuntimeError("used before learn")
        return self.inverse(self._project(x))

    def _project(self, x: Tensor) -> Tensor:
        return x if self.components is None else x @ self.components

    def _outside(self, x: Tensor, inside: Tensor) -> Tensor | float:
        if self.components is None:
            return 0.0
        return (x - inside @ self.components.mT).square().sum(-1)
