"""Methods of the Match family: regression on coupled pairs."""

from __future__ import annotations

from dataclasses import replace

from hillflow.objectives.match import Match, Shooting
from hillflow.objectives.method import Method
from hillflow.objectives.metric import Metric
from hillflow.objectives.paths import Arrival, BrownianBridge
from hillflow.objectives.registry import register
from hillflow.objectives.stage import Stage
from hillflow.objectives.wfr_dirac import WFRDirac
from hillflow.transport import ExactOT, Independent, Schrodinger, Sinkhorn, WassersteinFisherRao

MATCH = Stage(Match(), steps=1500, cells=1024, rate=1e-2)
_BRIDGES = "its paths are Brownian bridges of the σ of its own plan, 'schrodinger'"

register(
    Method(
        name="cfm",
        formula="E‖f(x_s) − (x1 − x0)/Δ‖², x_s on the line between independent x0, x1",
        source="Lipman et al. 2023; Tong et al. 2024",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="one field evaluation per step",
        when_not="you want an autonomous field: paths cross; use ot-cfm",
        coupling=Independent(),
        stages=(MATCH,),
        own_coupling="its pairs are independent",
    ),
    Method(
        name="ot-cfm",
        formula="E‖f(x_s) − (x1 − x0)/Δ‖², (x0, x1) from the optimal plan",
        source="Tong et al. 2024 (OT-CFM)",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="one field evaluation per step",
        when_not="there are few time points and the field is autonomous: biased; use default",
        coupling=ExactOT(),
        stages=(MATCH,),
    ),
    Method(
        name="sb-cfm",
        formula="E 4s(1−s)‖f(x_s) − flow of the Brownian bridge‖², plan of ε = 2σ²Δ",
        source="Tong et al. 2024 (SB-CFM)",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="one field evaluation per step",
        when_not="the noise is small compared with the motion: use ot-cfm, which is cheaper",
        coupling=Schrodinger(),
        stages=(replace(MATCH, objective=Match(BrownianBridge())),),
        own_coupling=_BRIDGES,
    ),
    Method(
        name="sf2m",
        formula="sb-cfm and E‖σ_s s(x_s, t) + ε‖²; cells move by dx = (f + σ²s/2) dt + σ dW",
        source="Tong et al. 2024 ([SF]²M)",
        learns=("velocity", "score", "diffusion"),
        trains="any",
        data="snapshots",
        cost="one field and one score evaluation per step",
        when_not="you need only the velocity: use sb-cfm; or field='logic' for noise of each gene",
        coupling=Schrodinger(),
        stages=(replace(MATCH, objective=Match(BrownianBridge())),),
        own_coupling=_BRIDGES,
    ),
    Method(
        name="mfm",
        formula="ot-cfm along x_s + 2s(1−s) φ(x0, x1, s), φ bending paths towards the data",
        source="Kapuśniak et al. 2024 (Metric flow matching; LAND metric, in more than 20 "
        "coordinates its RBF metric)",
        learns=("velocity",),
        trains="any",
        data="snapshots",
        cost="300 steps of a small network first; then one evaluation of it and the field per step",
        when_not="populations are close together in time: straight lines stay near the cells too",
        coupling=ExactOT(),
        stages=(replace(MATCH, objective=Match(Metric())),),
    ),
    Method(
        name="wfr-fm",
        formula="E m_s(‖f(x_s) − ẋ_s‖² + (g(x_s) − ṁ_s/m_s)²) on Diracs; g up to a constant",
        source="Chizat et al. 2018 (geodesics); flow matching as in Lipman et al. 2023",
        learns=("velocity", "growth"),
        trains="any",
        data="snapshots",
        cost="one field and one growth evaluation per step",
        when_not="growth must be absolute (use tigon), or cells neither divide nor die",
        coupling=WassersteinFisherRao(),
        stages=(replace(MATCH, objective=Match(WFRDirac())),),
        own_coupling="its paths are geodesics for the mass and the δ of the WFR plan",
    ),
    Method(
        name="endpoint",
        formula="E‖(flow of f from x0 over Δ) − x1‖²/Δ², x1 the mean of the entropic plan",
        source="multiple shooting (Bock 1981), on optimal-transport pairs",
        learns=("velocity",),
        trains="any",
        data="both",
        cost="four solver steps and their gradients",
        when_not="cells branch within one interval: the mean endpoint lies between the branches",
        coupling=Sinkhorn(),
        stages=(Stage(Match(Shooting()), steps=500, cells=512, rate=1e-2),),
        barycentric=True,
    ),
    Method(
        name="network",
        formula="endpoint with a more diffuse plan; members differ in sparsity",
        source="hillflow; tuned on seven simulated systems for the accuracy of the network",
        learns=("velocity",),
        trains="any",
        data="both",
        cost="four solver steps and their gradients",
        when_not="you want to predict cells: use default, which has no extra sparsity",
        coupling=Sinkhorn(epsilon=0.2),
        stages=(Stage(Match(Shooting()), steps=500, cells=256, rate=3e-2),),
        barycentric=True,
        sparsity=(0.25, 1.0, 2.5, 5.0, 10.0),
    ),
    Method(
        name="phoenix",
        formula="E‖(flow of f from x_k over Δ) − x_{k+1}‖² + λ E‖production(x) − x P‖²",
        source="Hossain et al. 2024 (PHOENIX); the prior P by `with_prior`, otherwise without it",
        learns=("velocity",),
        trains="any",
        data="trajectories",
        cost="four solver steps and their gradients; with a prior, 256 more productions",
        when_not="each cell is measured once: use endpoint or default",
        coupling=Independent(),
        stages=(Stage(Match(Shooting()), steps=2000, cells=256, rate=1e-2),),
    ),
    Method(
        name="jkonet-star",
        formula="E‖∇s(x1) − (x1 − x0)/Δ‖², (x0, x1) from the optimal plan",
        source="Terpin et al. 2024 (JKOnet*), with its potential energy only",
        learns=("velocity",),
        trains="potential",
        data="snapshots",
        cost="one field evaluation per step",
        when_not="intervals are long: an implicit step uses only its end",
        coupling=ExactOT(),
        stages=(replace(MATCH, objective=Match(Arrival())),),
    ),
    module=__name__,
)  # fmt: skip
