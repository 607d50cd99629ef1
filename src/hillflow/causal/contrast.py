"""The in-silico contrast: what removing one regulator does to every target's velocity, at once."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.causal.replaced import with_levels_replaced
from hillflow.fields.base import Time, VectorField


@torch.no_grad()
def contrast(
    field: VectorField, x: Tensor, t: Time, absent: Tensor, *, memory_mb: float = 256.0
) -> Tensor:
    """Δ_ij = E_x [r_i(x) − r_i(x with x_j := absent_j)], [target, source], expression a time.

    A finite effect, so it sees what a regulator does over the range that cells span; a slope
    only sees what the next molecule does, and of a saturating law that is mostly nothing, or,
    near zero, everything. Positive where the regulator's presence speeds its target up.

    Parameters
    ----------
    field
        Whose output is r; see `Regulation` for one without decay.
    x, t
        States, [cells, genes]; a number, or one time a cell.
    absent
        The level that stands for absence, [genes].
    memory_mb
        Bound on what is held at once; it sets the chunk, not the result.

    Notes
    -----
    Cost: cells × genes evaluations of the field.
    """
    genes = x.shape[1]
    present = field(t, x).double().mean(0)
    found = torch.empty(genes, genes, dtype=torch.float64, device=x.device)
    for sources, without in with_levels_replaced(field, x, t, absent, memory_mb):
        found[:, sources] = (present - without.mean(1)).mT
    return found
