"""Methods of the Variational family: gradient flows, with given or learned paths."""

from __future__ import annotations

from dataclasses import replace

from hillflow.objectives.lagrangian_density import Density
from hillflow.objectives.lagrangian_growth import Growth
from hillflow.objectives.method import Method
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.objectives.variational import Variational
from hillflow.objectives.wfr_dirac import WFRDirac
from hillflow.transport import ExactOT, WassersteinFisherRao

_FLOWS = "Neklyudov et al. 2024 (Wasserstein Lagrangian flows), potential and paths step at once"
_COST = "three evaluations of s, a second and a third derivative per step"
_WLF = Stage(Variational(), steps=2000, cells=512, rate=3e-3)

register(
    Method(
        name="action-matching",
        formula="E s(x0, t0) − E s(x1, t1) + ∫E[∂_t s + ½‖∇s‖²]dt, velocity ∇s",
        source="Neklyudov, Brekelmans, Severo & Makhzani 2023 (Action matching)",
        learns=("velocity", "potential"),
        trains="potential",
        data="snapshots",
        cost="three evaluations of s and a second derivative per step",
        when_not="you want a regulatory law (no gradient), or have little noise: use ot-cfm",
        coupling=ExactOT(),
        stages=(Stage(Variational(), steps=2000, cells=1024, rate=3e-3),),
    ),
    Method(
        name="wlf",
        formula="action-matching on paths that a network bends to the motion of least ∫½‖v‖²",
        source=_FLOWS,
        learns=("velocity", "potential", "path"),
        trains="potential",
        data="snapshots",
        cost=_COST,
        when_not="the plan is optimal, as by default: action-matching is cheaper; the paths matter "
        "with other couplings",
        coupling=ExactOT(),
        stages=(replace(_WLF, objective=Variational(moves_paths=True)),),
    ),
    Method(
        name="wlf-pot",
        formula="wlf of least ∫½‖v‖² + V, V low where cells are dense: ½‖∇s‖² − V for ½‖∇s‖²",
        source=_FLOWS + "; the potential is a kernel density of all cells",
        learns=("velocity", "potential", "path"),
        trains="potential",
        data="snapshots",
        cost=f"{_COST}, and 300 distances a point",
        when_not="few cells were measured between the populations: use wlf",
        coupling=ExactOT(),
        stages=(replace(_WLF, objective=Variational(lagrangian=Density(), moves_paths=True)),),
    ),
    Method(
        name="wlf-uot",
        formula="wlf of least ∫½‖v‖² + λ/2 g²: ½‖∇s‖² + s²/2λ, growth g = s/λ up to a constant",
        source=_FLOWS + "; starts from the geodesics of Diracs of Chizat et al. 2018",
        learns=("velocity", "potential", "path", "growth"),
        trains="potential",
        data="snapshots",
        cost=_COST,
        when_not="growth must be absolute (use tigon), or cells neither divide nor die",
        coupling=WassersteinFisherRao(),
        stages=(
            replace(
                _WLF,
                objective=Variational(WFRDirac(), lagrangian=Growth(), moves_paths=True),
            ),
        ),
        own_coupling="the masses of its paths are those of the WFR plan",
    ),
    module=__name__,
)
