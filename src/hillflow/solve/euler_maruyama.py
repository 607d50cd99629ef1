"""Euler–Maruyama: an Euler step of the field, and noise of a given size."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from hillflow.draws import normal
from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, add_step, with_gene_axis
from hillflow.solve.registry import register

Diffusion = float | Tensor | Callable[[Instant, Tensor], Tensor]


@register(
    name="euler-maruyama",
    formula="x⁺ = x + h f(t, x) + √h g(t, x) ⊙ ξ, ξ ~ N(0, 1)",
    source="Maruyama 1955 (Itô)",
    cost="1 evaluation, 1 normal draw per gene",
    when_not="motion without noise",
)
class EulerMaruyama(Stepper):
    """Weak order 1, strong order ½ (1 if g is constant).

    Levels below 0 are set to 0 if the field keeps x ≥ 0.

    Parameters
    ----------
    diffusion
        g, in expression units per √time: a number, a tensor that broadcasts against x, or a
        function of (t, x). Noise is independent between genes.
    generator
        Random generator of ξ; the same state gives the same path, bit for bit. An integration
        draws once per step, and the next one continues with the state it leaves.
    common
        Whether all entries of the first axis of x, the interventions, get the same ξ.
    along
        Orthonormal columns, [states, d], in whose span there is noise; None: in all states.
    """

    order = 1

    def __init__(
        self,
        *,
        diffusion: Diffusion,
        generator: torch.Generator,
        common: bool = False,
        along: Tensor | None = None,
    ) -> None:
        if not callable(diffusion):
            size = torch.as_tensor(diffusion)
            if not bool(((size >= 0) & torch.isfinite(size)).all()):
                raise InputError(
                    "a diffusion that is finite and not negative",
                    f"{float(size.min()):g}",
                    "give the size of the noise in expression units per √time, such as 0.1",
                )
        self.diffusion, self.common, self.along = diffusion, common, along
        self.generator: torch.Generator = generator

    def bind(self, field: VectorField, h: Instant) -> Step:
        """Return an Euler–Maruyama step."""
        if bool((torch.as_tensor(h) < 0).any()):
            raise InputError(
                "a positive span for a stochastic solver",
                "a negative span",
                "use a deterministic solver such as 'rk4' to integrate backwards in time",
            )
        width = with_gene_axis(h)
        root = width.sqrt() if isinstance(width, Tensor) else math.sqrt(width)
        g = self.diffusion

        def step(t: Instant, x: Tensor) -> Tensor:
            size = g(t, x) if callable(g) else g
            end = add_step(x, field(t, x), width) + self._draw(x) * (root * size)
            if field.keeps_orthant:
                end = end.clamp_min(0.0)
            return field.admit(end)  # clamped genes have no noise

        return step

    def _draw(self, x: Tensor) -> Tensor:
        """ξ, or its projection on `along`, [..., states]."""
        shape = tuple(x.shape[1:] if self.common else x.shape)
        if self.along is not None:
            shape = (*shape[:-1], self.along.shape[-1])
        noise = normal(shape, x, self.generator)
        return noise if self.along is None else noise @ self.along.to(x.device).T
