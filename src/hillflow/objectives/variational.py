"""Variational: fit a value function whose slope moves one population into the next.

    sup_S inf_μ  E S(x1, t1) − E S(x0, t0) − ∫ E_{μ_t}[∂_t S + H(t, x, ∇_x S)] dt

H is the Legendre transform of a Lagrangian L(t, x, v) (see `lagrangian`). At the saddle point μ_t
is the motion from one population to the next of least cost E ∫ L dt, S solves the Hamilton–Jacobi
equation ∂_t S + H = 0 along it, and cells move by v = ∂H/∂p at p = ∇S. If the Lagrangian has a cost
of growth λ, points have masses, H has s²/2λ besides, and mass grows at the rate g = s/λ.

Two methods are in it:

- Action matching: μ_t is given, as points on paths between coupled cells. With L = ½‖v‖², v = ∇S
  is the velocity of least kinetic energy that transports just these populations.
- Wasserstein Lagrangian flows (`moves_paths`): μ_t is learned as well. Points are on
  (1−s) x0 + s x1 + 4s(1−s) φ(x0, x1, t), with masses multiplied by exp(4s(1−s) ψ), and a step
  descends the loss in S and ascends it in φ and ψ, so that paths move where ∂_t S + H is high.
  No optimal plan is needed in principle; one is a good start.

Source: Neklyudov, Brekelmans, Severo & Makhzani 2023 (Action matching), eq. 5 and 12; Neklyudov,
Brekelmans, Tong, Atanackovic, Liu & Makhzani 2024 (Wasserstein Lagrangian flows).
Differs from the latter: S and paths take one step each at a time, with one optimiser; H must be
linear in the density, so that the Schrödinger bridge is not among its Lagrangians.
Cost per step: three evaluations of S and a second derivative; with moving paths a third one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.lagrangian import Lagrangian
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.match import projected_square
from hillflow.objectives.paths import Bridge, Linear, Path
from hillflow.objectives.problem import PairBatch

Potential = Callable[[Tensor, Tensor], Tensor]
OFF_BASIS = 0.05  # weight of motion outside of the basis, as in `Match`


@dataclass(frozen=True)
class Variational(Objective):
    """The action of the potential of the 'potential' field, or of the potential head.

    With a potential head, the field is fitted to v = ∂H/∂p at the same points, without effect on
    the potential; so is a growth head to g = s/λ.

    Parameters
    ----------
    path
        The path whose points represent the populations between two times.
    lagrangian
        The cost of motion. One with growth needs pairs with mass, from an unbalanced or WFR
        coupling.
    moves_paths
        Whether the path head moves the points to the motion of least cost.
    """

    path: Path = field(default_factory=Linear)
    lagrangian: Lagrangian = field(default_factory=Kinetic)
    moves_paths: bool = False

    @property
    def learns(self) -> tuple[str, ...]:
        """The potential, the velocity as its gradient, and growth and paths if they are free."""
        return ("velocity", "potential", "growth") + ("path",) * self.moves_paths

    @property
    def takes_interventions(self) -> bool:
        """No: interventions on the gradient of a potential are not defined."""
        return False

    @property
    def task(self) -> str:
        """What a stage with it does, in plain words."""
        return "fitting a potential to the populations"

    def check(self, training: Training) -> None:
        """Raise an error if there is no potential or no H, or if there are perturbed cells."""
        heads, cost = training.heads, self.lagrangian
        potential_of(heads)
        if self.moves_paths:
            heads.need("path")
        if not cost.has_hamiltonian:
            cost.hamiltonian(*(training.problem.states[:1],) * 3)  # which raises the error
        if _has_potential(heads) and not cost.slope_is_velocity:
            raise UnsupportedError(
                f"a field beside the potential, since with the Lagrangian {cost.name!r} cells do "
                "not move by the slope of a potential",
                f"the {heads.field.name!r} field",
                "fit another field with a method that learns 'potential', or use the Lagrangian "
                "'kinetic', 'density' or 'growth'",
            )
        cost.check(training.problem)
        done = [c for c in training.problem.conditions if not c.is_control]
        if done:
            raise UnsupportedError(
                "only control cells, because interventions on a potential are not defined",
                f"cells under {done[0].name!r}",
                "leave perturbed cells out, or use 'default', which can use them",
            )

    def prepare(self, training: Training, seed: int) -> None:
        """Prepare the path and the Lagrangian."""
        training.learnt[self.path] = self.path.learn(training.problem, seed)
        training.learnt[self.lagrangian] = self.lagrangian.learn(training.problem, seed)

    def loss(self, training: Training, cells: int, generator: torch.Generator) -> Terms:
        """The action, averaged over pairs, which may be negative; the fits of other heads."""
        heads, potential = training.heads, potential_of(training.heads)
        cost: Lagrangian = training.learnt.get(self.lagrangian, self.lagrangian)
        pairs = training.problem.draw_pairs(cells, generator)
        bridge = training.learnt.get(self.path, self.path).sample(pairs, generator)
        dt = pairs.dt.to(pairs.x0.dtype)
        s = ((bridge.t - pairs.t0) / pairs.dt).to(dt.dtype)
        end, mass = torch.ones_like(dt), torch.ones_like(dt)
        growth_cost = cost.growth_cost
        if growth_cost is not None:
            end = pairs.mass.to(dt.dtype)
            carried = bridge.growth is not None and bridge.weight is not None
            mass = bridge.weight if carried else torch.lerp(mass, end, s)
        x = bridge.x
        if self.moves_paths:
            bow, factor = self._detour(training, pairs, bridge, s)
            x = x + bow
            mass = mass if growth_cost is None else mass * factor
        value, along_t, along_x = slopes(potential, x, bridge.t)
        inside = along_t + cost.hamiltonian(bridge.t, x, along_x)
        if growth_cost is not None:
            inside = inside + value.square() / (2 * growth_cost)
        edges = potential(pairs.x0, pairs.t0) - end * potential(pairs.x1, pairs.t0 + pairs.dt)
        terms = {"action": (edges + dt * mass * inside).mean()}
        here, mass = x.detach(), mass.detach()
        if not _has_potential(heads):
            valid = here.clamp(min=0.0) if heads.field.keeps_orthant else here
            off = training.acting(bridge.t, valid) - cost.velocity(bridge.t, here, along_x)
            terms["velocity"] = projected_square(training, off, OFF_BASIS, mass)
        if heads.growth is not None and growth_cost is not None:
            off = heads.growth(here, bridge.t) - value.detach() / growth_cost
            terms["growth"] = growth_cost * (mass * off.square()).mean()
        return terms

    @staticmethod
    def _detour(
        training: Training, pairs: PairBatch, bridge: Bridge, s: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The distance of points from their path, and the factors on their mass."""
        bow, log_factor = training.heads.need("path")(pairs.x0, pairs.x1, bridge.t)
        components, share = training.problem.components, 4 * s * (1 - s)
        if components is not None:
            bow = bow @ components @ components.mT
        return ascending(share.unsqueeze(-1) * bow), ascending(share * log_factor).exp()


def ascending(value: Tensor) -> Tensor:
    """The same value with its gradient reversed, so that descent of a loss ascends in it."""
    return 2 * value.detach() - value


def _has_potential(heads: Heads) -> bool:
    """Whether the field is the gradient of its own potential."""
    return getattr(heads.field, "potential", None) is not None


def potential_of(heads: Heads) -> Potential:
    """The potential s(x, t) of the field, or the potential head."""
    own = getattr(heads.field, "potential", None)
    return heads.need("potential") if own is None else own


def slopes(potential: Potential, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """s, ∂s/∂t and ∂s/∂x at states [..., genes] and times [...], by automatic differentiation."""
    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        t = t.detach().to(x.dtype).expand(x.shape[:-1]).clone().requires_grad_()
        value = potential(x, t)
        along_t, along_x = torch.autograd.grad(
            value.sum(), (t, x), create_graph=True, materialize_grads=True
        )
    return value, along_t, along_x
