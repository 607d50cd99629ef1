"""How the cells of a model move: by its field, its proteins or splicing, and its noise."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField
from hillflow.fields.intervened import IntervenedField
from hillflow.fields.with_protein import WithProtein
from hillflow.fields.with_unspliced import WithUnspliced
from hillflow.genes import SMALL_PANEL
from hillflow.objectives.exact_flow import ExactFlow, knows_flow
from hillflow.objectives.heads import Heads
from hillflow.objectives.score_drift import ScoreDrift
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
    coarse = is_plain(heads) and heads.diffusion is None
    return None if coarse else (times[-1] - times[0]) / steps or None


def is_plain(heads: Heads) -> bool:
    """Whether cells follow the field alone, but for the noise of a diffusion head."""
    return heads.noise is None and heads.protein is None


def is_random(heads: Heads, intervened: bool) -> bool:
    """Whether cells of this model follow random paths.

    Noise with a score keeps the populations of the flow, and the score is known of control cells
    only: under an intervention these cells follow the flow.
    """
    of_diffusion = heads.diffusion is not None and (heads.score is None or not intervened)
    return heads.noise is not None or of_diffusion


def moving(
    heads: Heads,
    acting: VectorField,
    generator: torch.Generator | None = None,
    *,
    common: bool = False,
    along: Tensor | None = None,
    end: float | None = None,
) -> tuple[VectorField, Solver | str]:
    """The field and the solver that move cells; the field of `acting`, often an intervention.

    With a protein head the field is that of levels and proteins, with a splicing head that of
    spliced and unspliced mRNA. With a noise head and a generator
    the solver draws random paths, with `common` the same ones for all entries of the first axis of
    the states; without a generator cells follow the path without noise. With a diffusion head
    noise is along the columns of `along` (None: in all genes). With a score head too, the drift is
    that of `ScoreDrift`, from a time `end` backwards if that is given.
    """
    if heads.noise is not None and acting.decay_rate() is None:
        raise UnsupportedError(
            "a field with production and linear decay, whose noise can be learned",
            f"the {acting._title()} field",
            "fit 'logic', 'hill', 'linear' or 'sparse', or leave noise out",
        )
    field = acting if heads.protein is None else WithProtein(acting, heads.protein())
    if heads.splicing is not None and not isinstance(acting, WithUnspliced):
        field = WithUnspliced(acting, heads.splicing)
    if heads.noise is not None and generator is not None:
        noise = heads.noise()
        return field, make_solver("langevin", noise=noise, generator=generator, common=common)
    if generator is not None and is_random(heads, isinstance(acting, IntervenedField)):
        sigma = heads.need("diffusion")()
        if heads.score is not None:
            field = ScoreDrift(field, heads.score, sigma, along, end)
        solver = make_solver(
            "euler-maruyama", diffusion=sigma, generator=generator, common=common, along=along
        )
        return field, solver
    return field, ExactFlow() if knows_flow(field) else "auto"
