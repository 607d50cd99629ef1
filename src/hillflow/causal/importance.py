"""Exchange importance: how much a target's regulation hangs on which cell's level it sees."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.causal.replaced import with_levels_replaced
from hillflow.fields.base import Time, VectorField

EXCHANGES = 3  # random exchanges that are averaged


@torch.no_grad()
def exchange_importance(
    field: VectorField, x: Tensor, t: Time, *, seed: int = 0, memory_mb: float = 256.0
) -> Tensor:
    """Φ_ij = ± √E (r_i(x) − r_i(x with x_j of another cell))², [target, source].

    With independent regulators Φ²/2 is the total-effect variance of x_j (Sobol 2001; Jansen
    1999), the permutation importance of tree ensembles (Breiman 2001) on the fitted law. Like a
    contrast it is a finite effect over the range that cells span, and unlike one it also sees a
    regulator that acts both ways. The sign is that of E (r_i − r_i')(x_j − x_j').

    Parameters
    ----------
    field
        Whose output is r; see `Regulation` for one without decay.
    x, t
        States, [cells, genes]; a number, or one time a cell.
    seed
        Of the exchanges.
    memory_mb
        Bound on what is held at once; it sets the chunk, not the result.

    Notes
    -----
    Cost: `EXCHANGES` · cells · genes evaluations of the field.
    """
    cells, genes = x.shape
    generator = torch.Generator().manual_seed(seed)
    here = field(t, x).double()
    square = torch.zeros(genes, genes, dtype=torch.float64, device=x.device)
    slope = torch.zeros_like(square)
    for _ in range(EXCHANGES):
        other = x[torch.randperm(cells, generator=generator).to(x.device)]
        for sources, there in with_levels_replaced(field, x, t, other, memory_mb):
            change = here - there
            step = (x - other)[:, sources].double()
            square[:, sources] += change.square().mean(1).mT
            slope[:, sources] += torch.einsum("jci,cj->ij", change, step)
    return (square / EXCHANGES).sqrt() * slope.sign()
