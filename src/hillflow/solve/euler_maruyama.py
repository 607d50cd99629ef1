"""Euler–Maruyama: the field drives, noise of a given size shakes."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import VectorField
from hillflow.solve.base import Instant, Step, Stepper, beside_genes, moved
from hillflow.solve.registry import register

Diffusion = float | Tensor | Callable[[Instant, Tensor], Tensor]


@register(
    name="euler-maruyama",
    formula="x⁺ = x + h f(t, x) + √h g(t, x) ⊙ ξ, ξ ~ N(0, 1)",
    source="Maruyama 1955 (Itô)",
    cost="1 evaluation, 1 normal draw a gene",
    when_not="noise-free motion; noise may carry a state below 0 even where the field would not",
)
class EulerMaruyama(Stepper):
    """Weak order 1, strong order ½ (1 where g is constant).

    Parameters
    ----------
    diffusion
        g, in expression units per √time: a number, a tensor that broadcasts against x, or a
        function of (t, x). Noise is independent from gene to gene.
    generator
        Source of ξ; two with the same state give the same path, bit for bit. A solve draws
        once a step, in order, so it also says where the next solve begins.
    """

    order = 1

    def __init__(self, *, diffusion: Diffusion, generator: torch.Generator) -> None:
        if not callable(diffusion):
            size = torch.as_tensor(diffusion)
            if not bool(((size >= 0) & torch.isfinite(size)).all()):
                raise InputError(
                    "a diffusion that is finite and not negative",
                    f"{float(size.min()):g}",
                    "give the size of the noise in expression units per √time, such as 0.1",
                )
        self.diffusion = diffusion
        self.generator: torch.Generator = generator

    def bind(self, field: VectorField, h: Instant) -> Step:
        """One Euler–Maruyama step."""
        if bool((torch.as_tensor(h) < 0).any()):
            raise InputError(
                "time that runs forward for a stochastic solver",
                "a negative span",
                "use a deterministic solver such as 'rk4' to go back in time",
            )
        width = beside_genes(h)
        root = width.sqrt() if isinstance(width, Tensor) else math.sqrt(width)
        g = self.diffusion

        def step(t: Instant, x: Tensor) -> Tensor:
            noise = torch.randn(x.shape, generator=self.generator, dtype=x.dtype, device=x.device)
            size = g(t, x) if callable(g) else g
            moved_on = moved(x, field(t, x), width) + noise * (root * size)
            return field.admit(moved_on)  # noise does not move what is held

        return step
