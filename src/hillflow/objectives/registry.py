"""Methods by name: each paper's method is a composition of a coupling, heads and stages.

One table feeds the command line, the docs and the benchmarks. What is not here yet is
composed from the same parts, without a change of contract:

=================  ================================================================
``jkonet-star``    Match on a path that stands at x1 (s = 1) with the potential's gradient;
                   coupling exact, head potential
``vgfm``           Match(linear path with growth) on an unbalanced coupling, then Rollout(mass)
``wfr-fm``         Match(WFR Dirac path) on the WFR coupling, head growth
``trajectorynet``  Rollout(energy > 0, divergence by likelihood: `solve.flow_with_log_density`)
``nlsb``           Rollout(solver Euler–Maruyama, divergence sinkhorn, energy > 0), head diffusion
``wlf``            Variational with the Lagrangian's cost in place of ½‖∇s‖²
=================  ================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.fields import VectorField
from hillflow.objectives.match import Match, Shooting
from hillflow.objectives.paths import BrownianBridge
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.transport import Coupling, ExactOT, Independent, Sinkhorn


@dataclass(frozen=True)
class Method:
    """A named composition.

    Attributes
    ----------
    name, formula, source
        Key, the loss in one line, and where it was published.
    learns
        "velocity", and what heads it fills.
    trains
        Which fields: "any", or the name of the one it is for.
    data
        "snapshots", "trajectories" or "both".
    cost, when_not
        Of a step, and when to choose another one.
    coupling
        Of snapshots; trajectories carry their own.
    stages
        What is done in turn.
    barycentric
        Pair each cell with the mean of what it is coupled to.
    """

    name: str
    formula: str
    source: str
    learns: tuple[str, ...]
    trains: str
    data: str
    cost: str
    when_not: str
    coupling: Coupling
    stages: tuple[Stage, ...]
    barycentric: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads a model needs beside its field."""
        return tuple(name for name in self.learns if name != "velocity")

    def scaled(self, effort: float) -> Method:
        """The same method with `effort` times as many steps in each stage."""
        return replace(self, stages=tuple(stage.scaled(effort) for stage in self.stages))

    def check_field(self, field: VectorField) -> None:
        """Refuse a field that this method cannot train, and name a way round."""
        if self.trains in ("any", field.name):
            return
        fix = "train your field with 'default' or 'ot-cfm'"
        if self.trains == "potential":
            fix = (
                f"a regulatory law is no gradient: fit the 'potential' field with {self.name!r} "
                "first, and let it teach yours (hillflow.fit.teach), or use 'default'"
            )
        raise UnsupportedError(
            f"the {self.trains!r} field for {self.name!r}", f"the {field.name!r} field", fix
        )


def _methods() -> tuple[Method, ...]:
    match = Stage(Match(), steps=1500, cells=1024, rate=1e-2)
    rollout = Stage(Rollout(starts="every", horizon=1), steps=250, cells=2048, rate=1e-2)
    return (
        Method(
            name="default",
            formula="E‖f(x_s) − (x1 − x0)/Δ‖² on optimal-transport pairs, then Σ D(rollout, data)",
            source="hillflow: flow matching, then rollout to undo its bias at few time points",
            learns=("velocity",),
            trains="any",
            data="snapshots",
            cost="about 15 s for 6,000 cells and 10 genes",
            when_not="more than a few hundred genes on one core: use ot-cfm alone",
            coupling=ExactOT(),
            stages=(match, rollout),
        ),
        Method(
            name="cfm",
            formula="E‖f(x_s) − (x1 − x0)/Δ‖², x_s on the line between independent x0, x1",
            source="Lipman et al. 2023; Tong et al. 2024",
            learns=("velocity",),
            trains="any",
            data="snapshots",
            cost="one field evaluation a step",
            when_not="an autonomous law is wanted: paths cross; use ot-cfm",
            coupling=Independent(),
            stages=(match,),
        ),
        Method(
            name="ot-cfm",
            formula="E‖f(x_s) − (x1 − x0)/Δ‖², (x0, x1) from the optimal plan",
            source="Tong et al. 2024 (OT-CFM)",
            learns=("velocity",),
            trains="any",
            data="snapshots",
            cost="one field evaluation a step",
            when_not="few time points and an autonomous field: biased; use default",
            coupling=ExactOT(),
            stages=(match,),
        ),
        Method(
            name="sb-cfm",
            formula="E 4s(1−s)‖f(x_s) − flow of the Brownian bridge‖², entropic plan",
            source="Tong et al. 2024 (SB-CFM)",
            learns=("velocity",),
            trains="any",
            data="snapshots",
            cost="one field evaluation a step",
            when_not="the noise is small against the step: ot-cfm is the same and cheaper",
            coupling=Sinkhorn(),
            stages=(replace(match, objective=Match(BrownianBridge())),),
        ),
        Method(
            name="sf2m",
            formula="sb-cfm and E‖σ_s s(x_s) + ε‖² for the score",
            source="Tong et al. 2024 ([SF]²M)",
            learns=("velocity", "score"),
            trains="any",
            data="snapshots",
            cost="one field and one score evaluation a step",
            when_not="only the velocity is wanted: sb-cfm",
            coupling=Sinkhorn(),
            stages=(replace(match, objective=Match(BrownianBridge())),),
        ),
        Method(
            name="endpoint",
            formula="E‖(flow of f from x0 over Δ) − x1‖²/Δ², x1 the mean of the entropic plan",
            source="multiple shooting (Bock 1981), on optimal-transport pairs",
            learns=("velocity",),
            trains="any",
            data="both",
            cost="four solver steps and their gradients",
            when_not="branching within one interval: a mean endpoint lies between branches",
            coupling=Sinkhorn(),
            stages=(Stage(Match(Shooting()), steps=500, cells=512, rate=1e-2),),
            barycentric=True,
        ),
        Method(
            name="mioflow",
            formula="Σ W₂(rollout, data) + λ∫‖f‖² + density hinge",
            source="Huguet et al. 2022 (MIOFlow), without its geodesic autoencoder",
            learns=("velocity",),
            trains="any",
            data="snapshots",
            cost="an exact plan a time and step: about 20 ms at 256 cells",
            when_not="a fast first answer is wanted: default",
            coupling=ExactOT(),
            stages=(
                Stage(
                    Rollout("wasserstein", energy=1e-3, density=0.1), steps=400, cells=256,
                    rate=3e-3,
                ),
            ),
        ),
        Method(
            name="tigon",
            formula="Σ D(weighted rollout, data) + (mass − cells)² + λ∫‖f‖²; growth g(x, t)",
            source="Sha et al. 2024 (TIGON); its density loss replaced by the energy distance",
            learns=("velocity", "growth"),
            trains="any",
            data="snapshots",
            cost="four solver steps of field and growth an interval",
            when_not="numbers of cells say nothing about growth (sorted or sampled to equal size)",
            coupling=ExactOT(),
            stages=(
                Stage(Rollout(mass=0.1, energy=1e-3), steps=600, cells=512, rate=3e-3),
            ),
        ),
    )  # fmt: skip


def method_entries() -> tuple[Method, ...]:
    """All methods, the default first."""
    return _methods()


def make_method(name: str, *, effort: float = 1.0) -> Method:
    """A method by name, with `effort` times its usual number of steps."""
    entries = {entry.name: entry for entry in method_entries()}
    if name not in entries:
        raise InputError("the name of a method", repr(name), did_you_mean(name, tuple(entries)))
    return entries[name] if effort == 1.0 else entries[name].scaled(effort)
