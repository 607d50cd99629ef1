"""Exchange importance: the change of a target's regulation when cells exchange a level."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.causal.replaced_levels import with_levels_replaced
from hillflow.fields.base import Time, VectorField

EXCHANGES = 3  # random exchanges to average over


@torch.no_grad()
def exchange_importance(
    field: VectorField, x: Tensor, t: Time, *, seed: int = 0, memory_mb: float = 256.0
) -> Tensor:
    """Φ_ij = ± √E (r_i(x) − r_i(x with x_j of another cell))², [target, source].

    For independent regulators Φ²/2 is the total-effect variance of x_j (Sobol 2001; Jansen 1999):
    the permutation importance of tree ensembles (Breiman 2001), applied to the fitted law. It is a
    finite effect over the range of the cells, as the contrast is, and in addition it detects a
    regulator that both activates and represses. The sign is that of E (r_i − r_i')(x_j − x_j').

    Parameters
    ----------
    field
        The field with output r; see `Regulation` for a field without its decay.
    x, t
        States, [cells, genes]; one time for all cells, or one for each.
    seed
        Seed of the random exchanges.
    memory_mb
        Bound on the memory. It sets the chunk size and does not change the result.

    Notes
    -----
    Cost: `EXCHANGES` · cells · genes evaluations of the field.
    """
    cells, genes = x.shape
    generator = torch.Generator().manual_seed(seed)
    unchanged = field(t, x).double()
    square = torch.zeros(genes, genes, dtype=torch.float64, device=x.device)
    slope = torch.zeros_like(square)
    for _ in range(EXCHANGES):
        other = x[torch.randperm(cells, generator=generator).to(x.device)]
        for sources, exchanged in with_levels_replaced(field, x, t, other, memory_mb):
            change = unchanged - exchanged
            step = (x - other)[:, sources].double()
            square[:, sources] += change.square().mean(1).mT
            slope[:, sources] += torch.einsum("jci,cj->ij", change, step)
    return (square / EXCHANGES).sqrt() * slope.sign()
