"""A method: a coupling, heads and stages under one name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from torch import Tensor

from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.fields import CandidateEdges, VectorField
from hillflow.interventions import Intervention
from hillflow.objectives.stage import Stage
from hillflow.objectives.velocity import WithVelocity
from hillflow.objectives.with_prior import WithPrior
from hillflow.transport import Coupling


@dataclass(frozen=True)
class Method:
    """A named composition of a coupling and stages.

    Attributes
    ----------
    name, formula, source
        Name in the registry, loss in one line, and publication.
    learns
        "velocity", and any of "score", "growth", "diffusion" (a given number, or one per gene that
        is trained, see `sigmas`), "potential", "path", "noise", "protein" and "splicing", for
        spliced and unspliced mRNA.
    trains
        The fields it can train: "any" (first-order fields), or the name of one field.
    field_options
        Options that the one field must have, as pairs of name and value.
    data
        "snapshots", "trajectories" or "both"; "screens" for perturbed cells of one time.
    cost, when_not
        Cost of a step, and when to choose another method.
    coupling
        Coupling of snapshots. Series need none.
    stages
        Stages of training, in order.
    barycentric
        Pair each cell with the mean of the cells it is coupled to.
    sparsity
        Factors on the stages' `penalty`, one member of a fit after the other: an edge that is
        found at every sparsity is more certain than one that is not (see `of_member`).
    own_coupling
        Why no other coupling may take the place of its own; "": one may (see `with_coupling`).
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
    sparsity: tuple[float, ...] = (1.0,)
    own_coupling: str = ""
    field_options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.stages:
            raise InputError("one stage or more", f"none in {self.name!r}", "add a Stage")
        taught = set(chain.from_iterable(stage.objective.learns for stage in self.stages))
        untaught = [what for what in self.learns if what not in taught | {"diffusion"}]
        if untaught:
            raise InputError(
                f"a stage of {self.name!r} that fits {listing(untaught)}",
                f"stages that fit {listing(sorted(taught))}",
                "remove it from `learns`, or add a stage (Match on a path that carries it)",
            )
        bridging = any(stage.objective.bridges for stage in self.stages)
        if bridging and not self.coupling.bridges:
            raise InputError(
                f"the coupling of a Schrödinger bridge for {self.name!r}, whose paths are Brownian "
                "bridges of the same σ",
                f"coupling={type(self.coupling).__name__}",
                "write coupling=Schrodinger()",
            )

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads that a model needs; the 'potential' field needs none for the potential."""
        own = {"velocity", "potential"} if self.trains == "potential" else {"velocity"}
        return tuple(name for name in self.learns if name not in own)

    def sigmas(self, genes: int) -> int:
        """Numbers of a diffusion head: one per gene if a stage trains it, otherwise one."""
        trained = any("diffusion" in stage.objective.learns for stage in self.stages)
        return genes if trained else 1

    @property
    def prior(self) -> CandidateEdges | None:
        """The prior network of the stages; None if there is none, or more than one."""
        given = {s.objective.edges for s in self.stages if isinstance(s.objective, WithPrior)}
        return given.pop() if len(given) == 1 else None

    @property
    def at_rest(self) -> bool:
        """Whether all stages fit cells at rest, of one time."""
        return all(stage.objective.at_rest for stage in self.stages)

    @property
    def couples(self) -> bool:
        """Whether a stage needs pairs of cells of consecutive times."""
        return any(stage.objective.couples for stage in self.stages)

    @property
    def beside_velocity(self) -> bool:
        """Whether a stage has RNA velocities beside snapshots."""
        inner = (
            s.objective.objective if isinstance(s.objective, WithPrior) else s.objective
            for s in self.stages
        )  # fmt: skip
        return any(isinstance(objective, WithVelocity) for objective in inner)

    @property
    def takes_interventions(self) -> bool:
        """Whether all stages can train on perturbed cells."""
        return all(stage.objective.takes_interventions for stage in self.stages)

    def check_unspliced(self) -> None:
        """Raise an error if this method cannot use spliced and unspliced mRNA."""
        own = set(self.heads) - {"splicing", "noise", "protein"}
        if own or not all(stage.objective.takes_unspliced for stage in self.stages):
            raise UnsupportedError(
                "a method for spliced and unspliced mRNA", repr(self.name),
                "use 'splicing', 'default', 'law', 'ot-cfm', 'endpoint' or 'network', or leave "
                "unspliced_layer (--unspliced-layer) out",
            )  # fmt: skip

    def check_conditions(self, conditions: Iterable[Intervention]) -> None:
        """Raise an error for perturbed cells if this method cannot use them."""
        done = [condition.name for condition in conditions if not condition.is_control]
        if done and not self.takes_interventions:
            raise UnsupportedError(
                f"only control cells: {self.name!r} cannot learn from perturbed cells",
                f"cells under {listing(done, 3)}",
                "use a method that can, such as 'default', 'ot-cfm' or 'endpoint', or leave the "
                "perturbed cells out",
            )

    def with_coupling(self, coupling: Coupling) -> Method:
        """The same method on another coupling; refused where it would not be that method."""
        if self.own_coupling and not (coupling.bridges and self.coupling.bridges):
            raise UnsupportedError(
                "a method on whose coupling nothing else depends",
                f"{self.name!r}: {self.own_coupling}",
                "use 'ot-cfm' or 'default', or leave the coupling out",
            )
        if not any(stage.objective.takes_pairs for stage in self.stages):
            raise UnsupportedError(
                "a method that learns from coupled cells",
                f"{self.name!r}, which learns from populations or velocities",
                "use 'default', 'law' or 'ot-cfm', or leave the coupling out",
            )
        return replace(self, coupling=coupling)

    def scaled(self, effort: float) -> Method:
        """The same method with `effort` times the number of steps in each stage."""
        return replace(self, stages=tuple(stage.scaled(effort) for stage in self.stages))

    def sized(self, genes: int) -> Method:
        """The same method with batches that suit the number of genes, see `Stage.sized`."""
        return replace(self, stages=tuple(stage.sized(genes) for stage in self.stages))

    def of_member(self, number: int, perturbed: float = 0.0) -> Method:
        """The method for one member of a fit, with its own factor of `sparsity`.

        With perturbations in the data, sparsity is less needed: a factor f above 1 becomes
        f^(1 − perturbed), where `perturbed` is the share of genes that were perturbed.
        """
        factor = self.sparsity[number % len(self.sparsity)]
        if factor > 1:
            factor **= 1 - perturbed
        stages = (replace(stage, penalty=factor * stage.penalty) for stage in self.stages)
        return replace(self, stages=tuple(stages), sparsity=(1.0,))

    def with_prior(
        self, edges: CandidateEdges, weights: Tensor | None = None, strength: float = 0.03
    ) -> Method:
        """The same method with a prior network as a soft target for production in each stage."""
        stages = (
            replace(stage, objective=WithPrior(stage.objective, edges, weights, strength))
            for stage in self.stages
        )
        return replace(self, stages=tuple(stages))

    def with_velocity(self, weight: float = 1.0) -> Method:
        """The same method with RNA velocities beside the snapshots in each stage."""
        stages = (
            replace(stage, objective=WithVelocity(stage.objective, weight)) for stage in self.stages
        )
        return replace(self, stages=tuple(stages))

    def options_of(self, field: str) -> dict[str, Any]:
        """The options with which it needs a field of this name to be built."""
        return dict(self.field_options) if field == self.trains else {}

    def check_field(self, field: VectorField) -> None:
        """Raise an error for a field that this method cannot train."""
        if field.state_size != len(field.genes):
            raise UnsupportedError(
                "a field of first order, whose states are the measured levels",
                f"the {field.name!r} field, which also needs velocities",
                "fit 'sparse' instead",
            )
        if self.trains in ("any", field.name):
            for name, value in self.field_options:
                if field.options.get(name) != value:
                    raise UnsupportedError(
                        f"a {field.name!r} field with {name}={value!r} for {self.name!r}",
                        f"{name}={field.options.get(name)!r}",
                        f"name the field, or build it with {name}={value!r}",
                    )
            return
        fix = "train your field with 'default' or 'ot-cfm'"
        if self.trains == "potential":
            fix = (
                f"a regulatory law is no gradient: fit the 'potential' field with {self.name!r} "
                "first and train yours on it, train(field, data, [Stage(Teach(landscape.field))]), "
                "or use 'default'"
            )
        raise UnsupportedError(
            f"the {self.trains!r} field for {self.name!r}", f"the {field.name!r} field", fix
        )
