"""Random numbers that are the same on every device: drawn where their generator is, then moved.

The generators of a GPU give other numbers than those of the CPU from the same seed. Training and
simulation therefore use generators of the CPU, whatever the device of the states. Cost on a GPU:
the transfer of the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def normal(shape: Sequence[int], like: Tensor, generator: torch.Generator) -> Tensor:
    """Draw from N(0, 1), in the precision and on the device of `like`."""
    drawn = torch.randn(
        tuple(shape), generator=generator, dtype=like.dtype, device=generator.device
    )
    return drawn.to(like.device)


def normal_along(like: Tensor, generator: torch.Generator, along: Tensor | None) -> Tensor:
    """Draw from N(0, 1), [..., genes], in the span of the orthonormal columns of `along`.

    None: in all genes.
    """
    if along is None:
        return normal(like.shape, like, generator)
    drawn = normal((*like.shape[:-1], along.shape[-1]), like, generator)
    return drawn @ along.to(like.device).T


def uniform(shape: Sequence[int], like: Tensor, generator: torch.Generator) -> Tensor:
    """Draw from the uniform distribution on [0, 1), as `normal` does."""
    drawn = torch.rand(tuple(shape), generator=generator, dtype=like.dtype, device=generator.device)
    return drawn.to(like.device)
