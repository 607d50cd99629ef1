"""A method: a coupling, heads and stages under the name of the paper that put them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from torch import Tensor

from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.fields import CandidateEdges, VectorField
from hillflow.interventions import Intervention
from hillflow.objectives.stage import Stage
from hillflow.objectives.with_prior import WithPrior
from hillflow.transport import Coupling


@dataclass(frozen=True)
class Method:
    """A named composition.

    Attributes
    ----------
    name, formula, source
        Key, the loss in one line, and where it was published.
    learns
        "velocity", and what else: "score", "growth", "diffusion" (a given number, not
        learnt), "potential".
    trains
        Which fields: "any" (of first order), or the name of the one it is for.
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
    sparsity
        What the members of an ensemble multiply the stages' `penalty` by, in turn: an edge that
        stays whatever sparsity costs is surer than one that hangs on it (see `of_member`).
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

    def __post_init__(self) -> None:
        if not self.stages:
            raise InputError("one stage or more", f"none in {self.name!r}", "give a Stage")
        taught = set(chain.from_iterable(stage.objective.learns for stage in self.stages))
        untaught = [what for what in self.learns if what not in taught | {"diffusion"}]
        if untaught:
            raise InputError(
                f"a stage of {self.name!r} that teaches {listing(untaught)}",
                f"stages that teach {listing(sorted(taught))}",
                "take it out of `learns`, or add a stage (Match on a path that carries it)",
            )

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads a model needs beside its field; the 'potential' field needs none for s."""
        own = {"velocity", "potential"} if self.trains == "potential" else {"velocity"}
        return tuple(name for name in self.learns if name not in own)

    @property
    def prior(self) -> CandidateEdges | None:
        """The network that the stages pull production towards; None without one, or with two."""
        given = {s.objective.edges for s in self.stages if isinstance(s.objective, WithPrior)}
        return given.pop() if len(given) == 1 else None

    @property
    def takes_interventions(self) -> bool:
        """Whether it can train on perturbed cells, in every stage."""
        return all(stage.objective.takes_interventions for stage in self.stages)

    def check_conditions(self, conditions: Iterable[Intervention]) -> None:
        """Refuse perturbed cells where this method has no use for them."""
        done = [condition.name for condition in conditions if not condition.is_control]
        if done and not self.takes_interventions:
            raise UnsupportedError(
                f"untouched cells alone: {self.name!r} cannot learn from perturbed ones",
                f"cells under {listing(done, 3)}",
                "use a method that takes them, such as 'default', 'ot-cfm' or 'endpoint', or "
                "leave the perturbed cells out",
            )

    def scaled(self, effort: float) -> Method:
        """The same method with `effort` times as many steps in each stage."""
        return replace(self, stages=tuple(stage.scaled(effort) for stage in self.stages))

    def of_member(self, number: int, perturbed: float = 0.0) -> Method:
        """What an ensemble's member `number` does: its own `sparsity`.

        What interventions tell need not be guessed from sparsity, so a factor f above 1 becomes
        f^(1 − perturbed), `perturbed` being the share of the genes that were perturbed.
        """
        factor = self.sparsity[number % len(self.sparsity)]
        if factor > 1:
            factor **= 1 - perturbed
        stages = (replace(stage, penalty=factor * stage.penalty) for stage in self.stages)
        return replace(self, stages=tuple(stages), sparsity=(1.0,))

    def with_prior(
        self, edges: CandidateEdges, weights: Tensor | None = None, strength: float = 0.1
    ) -> Method:
        """The same method with a prior network as a soft target for production, in each stage."""
        stages = (
            replace(stage, objective=WithPrior(stage.objective, edges, weights, strength))
            for stage in self.stages
        )
        return replace(self, stages=tuple(stages))

    def check_field(self, field: VectorField) -> None:
        """Refuse a field that this method cannot train, and name a way round."""
        if field.state_size != len(field.genes):
            raise UnsupportedError(
                "a field of first order, whose states are what was measured",
                f"the {field.name!r} field, which also needs velocities",
                "fit 'sparse' instead",
            )
        if self.trains in ("any", field.name):
            return
        fix = "train your field with 'default' or 'ot-cfm'"
        if self.trains == "potential":
            fix = (
                f"a regulatory law is no gradient: fit the 'potential' field with {self.name!r} "
                "first and let it teach yours, fit(field, data, [Stage(Teach(model.field))]), "
                "or use 'default'"
            )
        raise UnsupportedError(
            f"the {self.trains!r} field for {self.name!r}", f"the {field.name!r} field", fix
        )
