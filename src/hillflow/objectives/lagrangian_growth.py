"""Wasserstein–Fisher–Rao: cells move, divide and die."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hillflow.errors import InputError
from hillflow.objectives.lagrangian import register_lagrangian
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.problem import Problem
from hillflow.objectives.wfr_dirac import widest_gap


@register_lagrangian(
    name="growth",
    formula="L = ½‖v‖² + λ/2 g², H = ½‖p‖² + s²/2λ, growth rate g = s/λ",
    source="Chizat et al. 2018; Liero, Mielke & Savaré 2018; WLF-UOT of Neklyudov et al. 2024",
    cost="O(genes)",
    when_not="cells neither divide nor die: motion is then explained by growth",
)
@dataclass(frozen=True)
class Growth(Kinetic):
    """½‖v‖² + λ/2 g²; mass is w, d log w/dt = g, and the cost of a cell counts w times.

    With λ = δ² it is the energy of `hillflow.transport.WassersteinFisherRao` and of `WFRDirac`.

    Parameters
    ----------
    weight
        λ, a squared length; None for the largest mean squared distance between consecutive
        populations, as in `WFRDirac`.
    """

    weight: float | None = None

    def __post_init__(self) -> None:
        if self.weight is not None and not self.weight > 0:
            raise InputError("a weight of growth above 0", f"{self.weight:g}",
                             "leave it out, or use Kinetic to conserve mass")  # fmt: skip

    @property
    def growth_cost(self) -> float:
        """λ."""
        if self.weight is None:
            raise RuntimeError("used before learn")
        return self.weight

    def learn(self, problem: Problem, seed: int) -> Growth:
        """The same with a value of λ."""
        return self if self.weight is not None else replace(self, weight=widest_gap(problem) ** 2)
