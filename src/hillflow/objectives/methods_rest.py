"""The method of cells at rest: fixed points matched with the means of a screen."""

from __future__ import annotations

from hillflow.objectives.equilibrium import Equilibrium
from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.transport import ExactOT

register(
    Method(
        name="equilibrium",
        formula="½ mean ((x* − mean) / error)² + λ mean |effects| / error,  f(x*) = 0 under each "
        "perturbation",
        source="Yuan et al. 2021 (CellBox), by implicit differentiation, with sparse effects",
        learns=("velocity",),
        trains="any",
        data="screens",
        cost="about 15 s for 500 genes and 33 conditions",
        when_not="cells were measured at several times: use 'default', which also gives rates",
        coupling=ExactOT(),
        stages=(Stage(Equilibrium(), steps=400, rate=5e-2, clip=100.0),),
    ),
    module=__name__,
)
