"""Resolve names: of a method, and "auto" where a method trains one field only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.objectives.registry import Method, make_method
from hillflow.objectives.stage import Stage
from hillflow.train.setting import Setting
from hillflow.transport import ExactOT

Stages: TypeAlias = str | Method | Sequence[Stage]


def resolve_method(stages: Stages, setting: Setting, genes: int) -> Method:
    """Return a method from its name, from itself, or from stages (with exact couplings).

    The batches of a method, not those of stages that were given, suit the number of genes.
    """
    if isinstance(stages, str):
        stages = make_method(stages)
    if isinstance(stages, Method):
        return stages.sized(genes).scaled(setting.effort)
    stages = tuple(stages)
    if not stages or not all(isinstance(stage, Stage) for stage in stages):
        raise InputError(
            "the name of a method, a Method, or a list of Stage",
            "an empty list" if not stages else f"a list with {type(stages[0]).__name__}",
            "write stages='default', or [Stage(Match(), steps=500)]",
        )
    given = Method(
        name="custom", formula="as given", source="", learns=("velocity",), trains="any",
        data="both", cost="", when_not="", coupling=ExactOT(), stages=stages,
    )  # fmt: skip
    return given.scaled(setting.effort)


def resolve_field(field: VectorField | str, method: Method) -> VectorField | str:
    """Replace "auto" by the field of a method that trains only one; else return `field`."""
    if isinstance(field, str) and field == "auto" and method.trains != "any":
        return method.trains
    return field
