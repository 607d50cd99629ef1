"""The in-silico contrast: the immediate effect of removing a regulator on every velocity."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.causal.replaced_levels import with_levels_replaced
from hillflow.fields.base import Time, VectorField


@torch.no_grad()
def contrast(
    field: VectorField, x: Tensor, t: Time, absent: Tensor, *, memory_mb: float = 256.0
) -> Tensor:
    """Δ_ij = E_x [r_i(x) − r_i(x with x_j := absent_j)], [target, source], expression per time.

    This is a finite effect: it covers what a regulator does over the range of levels in the cells.
    A slope covers only an infinitesimal change, which in a saturating law is nearly 0 at high
    levels and large near 0. The contrast is positive where the presence of the regulator raises the
    velocity of its target.

    Parameters
    ----------
    field
        The field with output r; see `Regulation` for a field without its decay.
    x, t
        States, [cells, genes]; one time for all cells, or one for each.
    absent
        The level that stands for absence, [genes].
    memory_mb
        Bound on the memory. It sets the chunk size and does not change the result.

    Notes
    -----
    Cost: cells × genes evaluations of the field.
    """
    genes = x.shape[1]
    present = field(t, x).double().mean(0)
    effect = torch.empty(genes, genes, dtype=torch.float64, device=x.device)
    for sources, without in with_levels_replaced(field, x, t, absent, memory_mb):
        effect[:, sources] = (present - without.mean(1)).mT
    return effect
