"""A field's answer where one regulator's level is replaced: what finite effects are made of."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField

_NUMBERS_A_LEVEL = 64  # what a field may hold for each level that it is asked about


def with_levels_replaced(
    field: VectorField, x: Tensor, t: Time, levels: Tensor, memory_mb: float
) -> Iterator[tuple[Tensor, Tensor]]:
    """For a few regulators j at a time, the field at x with x_j := levels_j, all else as it is.

    Parameters
    ----------
    x, t
        States, [cells, genes]; a number, or one time a cell.
    levels
        What stands in for each regulator: [genes], or for each cell, [cells, genes].
    memory_mb
        Bound on what is held at once; it sets how many regulators come together, not the result.

    Yields
    ------
    tuple
        Which regulators, [j], and the field's answer, [j, cells, target], in double precision.
    """
    cells, genes = x.shape
    chunk = max(1, int(memory_mb * 2**20 / (8 * _NUMBERS_A_LEVEL * genes * cells)))
    levels = levels.expand(cells, genes)
    for first in range(0, genes, chunk):
        sources = torch.arange(first, min(first + chunk, genes), device=x.device)
        count = len(sources)
        states = x.expand(count, cells, genes).clone()
        states[torch.arange(count), :, sources] = levels[:, sources].mT
        time = t
        if isinstance(t, Tensor) and t.ndim:
            time = t.expand(count, cells).reshape(-1)
        answer = field(time, states.reshape(-1, genes)).reshape(count, cells, genes)
        yield sources, answer.double()
