"""The chemical Langevin equation: the noise of a gene grows with what it makes and loses."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from hillflow.draws import normal
from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.fields.with_protein import WithProtein
from hillflow.solve.base import Instant, Step, Stepper, with_gene_axis
from hillflow.solve.phi import step_weights
from hillflow.solve.registry import register


@register(
    name="langevin",
    formula="x⁺ = e^{−γh}x + hφ₁(−γh)P(x) + √(ν (P(x) + γx) hφ₁(−2γh)) ⊙ ξ, ξ ~ N(0, 1)",
    source="Gillespie 2000 (chemical Langevin); decay integrated exactly",
    cost="1 evaluation of production, 1 normal draw per gene",
    when_not="a field without linear decay (use 'euler-maruyama'); or for the path without noise",
)
class Langevin(Stepper):
    """dx = (P(x) − γ ⊙ x) dt + √(ν ⊙ (P(x) + γ ⊙ x)) dW, in the sense of Itô.

    ν is the size of one event in units of expression: a gene made and lost one by one, counted in
    steps of ν, has this variance. Within a step P is constant and decay exact, so that mean and
    variance of a gene with constant production are exact for any step but for the state in the
    variance, which is that of the step's start. Levels below 0 are set to 0 if the field keeps
    x ≥ 0.

    If the field has proteins (`hillflow.fields.WithProtein`), only levels have noise, and a protein
    follows the mean of its level before and after the step. Of spliced and unspliced mRNA
    (`hillflow.fields.WithUnspliced`) both have noise, of the same ν.

    Parameters
    ----------
    noise
        ν, [genes]; zeros give the path without noise.
    generator
        Random generator of ξ; the same state gives the same path, bit for bit.
    common
        Whether all entries of the first axis of x, the interventions, get the same ξ, so that a
        difference between them is due to the intervention.
    """

    order = 1
    needs = "linear decay"

    def __init__(self, *, noise: Tensor, generator: torch.Generator, common: bool = False) -> None:
        self.noise, self.common = noise, common
        self.generator: torch.Generator = generator

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return a Langevin step."""
        self.check(field)
        if bool((torch.as_tensor(h) < 0).any()):
            raise InputError(
                "a positive span for a stochastic solver",
                "a negative span",
                "use a deterministic solver such as 'exponential' to integrate backwards in time",
            )
        # Of a field with proteins, the levels alone have noise, and proteins act.
        delayed = isinstance(field, WithProtein)
        count = len(field.genes) if delayed else field.state_size
        makers = field.base if isinstance(field, WithProtein) else field
        rate, width = cast(Tensor, field.decay_rate()), with_gene_axis(h)
        weights = step_weights(rate, width)
        kept, whole = weights.kept, width * weights.mean
        rate = rate[..., :count]
        noise_of = self.noise.repeat(count // len(field.genes))
        variance = noise_of * width * step_weights(2 * rate, width).mean
        of_levels, of_proteins = slice(count), slice(count, 2 * count)

        def step(t: Instant, x: Tensor) -> Tensor:
            level, acting = x[..., of_levels], x[..., -count:]
            production = makers.production(acting, t)
            shape = level.shape[1:] if self.common else level.shape
            noise = normal(shape, x, self.generator)
            spread = (variance * (production + rate * level)).clamp_min(_LEAST).sqrt()
            end = kept[..., of_levels] * level + whole[..., of_levels] * production + spread * noise
            if field.keeps_orthant:
                end = end.clamp_min(0.0)
            if delayed:
                stays = kept[..., of_proteins]
                protein = stays * x[..., of_proteins] + (1 - stays) * (level + end) / 2
                end = torch.cat((end, protein), -1)
            return field.admit(end)  # clamped genes have no noise

        return step


_LEAST = 1e-12  # of a variance, so that its root has a gradient
