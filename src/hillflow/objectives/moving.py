"""How the cells of a model move: by its field, through its proteins and with its noise."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField
from hillflow.fields.with_protein import WithProtein
from hillflow.genes import SMALL_PANEL
from hillflow.objectives.exact_flow import ExactFlow, knows_flow
from hillflow.objectives.heads import Heads
from hillflow.solve import Solver, make_solver

# Steps over the time span of the data by which cells with noise or proteins are moved: decay is
# exact in a step, so that only production and the state in the noise are held constant.
STEPS_PER_SPAN = 32


def steps_per_span(genes: int) -> int:
    """Steps over the time span of the data, in training and in predictions alike.

    Half as many for large panels, whose cost they are.
    """
    return STEPS_PER_SPAN if genes <= SMALL_PANEL else STEPS_PER_SPAN // 2


def step_of(heads: Heads, times: Sequence[float]) -> float | None:
    """Largest step for cells with noise or proteins, from the times of the data; else None."""
    steps = steps_per_span(len(heads.field.genes))
    return None if is_plain(heads) else (times[-1] - times[0]) / steps or None


def is_plain(heads: Heads) -> bool:
    """Whether cells follow the field alone, without noise or proteins."""
    return heads.noise is None and heads.protein is None


def moving(
    heads: Heads,
    acting: VectorField,
    generator: torch.Generator | None = None,
    *,
    common: bool = False,
) -> tuple[VectorField, Solver | str]:
    """The field and the solver that move cells; the field of `acting`, often an intervention.

    With a protein head the field is that of levels and proteins. With a noise head and a generator
    the solver draws random paths, with `common` the same ones for all entries of the first axis of
    the states; without a generator cells follow the path without noise.
    """
    if heads.noise is not None and acting.decay_rate() is None:
        raise UnsupportedError(
            "a field with production and linear decay, whose noise can be learned",
            f"the {acting._title()} field",
            "fit 'logic', 'hill', 'linear' or 'sparse', or leave noise out",
        )
    field = acting if heads.protein is None else WithProtein(acting, heads.protein())
    if heads.noise is not None and generator is not None:
        noise = heads.noise()
        return field, make_solver("langevin", noise=noise, generator=generator, common=common)
    return field, ExactFlow() if knows_flow(field) else "auto"
