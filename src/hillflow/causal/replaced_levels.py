"""The output of a field after the level of one regulator is replaced, for finite effects."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField

_NUMBERS_PER_LEVEL = 64  # numbers that a field may hold for each input level


def with_levels_replaced(
    field: VectorField, x: Tensor, t: Time, levels: Tensor, memory_mb: float
) -> Iterator[tuple[Tensor, Tensor]]:
    """The field at x with x_j := levels_j, for a few regulators j at a time.

    Parameters
    ----------
    x, t
        States, [cells, genes]; one time for all cells, or one for each.
    levels
        The new level of each regulator, [genes] or, for each cell, [cells, genes].
    memory_mb
        Bound on the memory. It sets how many regulators are replaced at a time and does not change
        the result.

    Yields
    ------
    tuple
        The regulators, [j], and the output of the field, [j, cells, target], in double precision.
    """
    cells, genes = x.shape
    chunk = max(1, int(memory_mb * 2**20 / (8 * _NUMBERS_PER_LEVEL * genes * cells)))
    levels = levels.expand(cells, genes)
    for first in range(0, genes, chunk):
        sources = torch.arange(first, min(first + chunk, genes), device=x.device)
        count = len(sources)
        states = x.expand(count, cells, genes).clone()
        states[torch.arange(count), :, sources] = levels[:, sources].mT
        time = t
        if isinstance(t, Tensor) and t.ndim:
            time = t.expand(count, cells).reshape(-1)
        output = field(time, states.reshape(-1, genes)).reshape(count, cells, genes)
        yield sources, output.double()
