"""The units a field is trained in: every parameter of order one, whatever the data's scale.

A gene that varies by 5 % around a high level tells the optimiser mostly that level: inputs
are therefore centred and divided by their spread, and targets by their own unit of
production, w_ij = θ_ij u_i / s_j. The law in real units is the same, one learning rate suits
all genes, and an L1 cost on θ is the lasso on standardised variables. γ_i = ρ_i softplus(θ)
likewise, so that a rate per hour and a rate per day are learnt alike.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hillflow.fields.calibration import decay_rates, mean_production
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.positive import inverse_softplus, softplus


class Units(nn.Module):
    """Centre and spread of inputs, unit of production, unit of decay; 0, 1, 1, 1 at first.

    All are [genes] and constant once `calibrate_` has set them from the training states.
    """

    centre: Tensor
    spread: Tensor
    production: Tensor
    rate: Tensor

    def __init__(self, genes: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(genes, dtype=dtype))
        for name in ("spread", "production", "rate"):
            self.register_buffer(name, torch.ones(genes, dtype=dtype))
        self.raw_decay = nn.Parameter(inverse_softplus(torch.ones(genes, dtype=dtype)))

    def decay_rate(self) -> Tensor:
        """γ = ρ softplus(θ), [genes]."""
        return self.rate * softplus(self.raw_decay)

    def per_edge(self, edges: CandidateEdges) -> Tensor:
        """What θ of an edge is multiplied by, u_target / s_source, [E]."""
        return self.production[edges.target] / self.spread[edges.source]

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None, inputs: Tensor) -> Tensor:
        """Set all from states and velocities; return mean production, [genes].

        Parameters
        ----------
        x, velocity
            Training states and rough velocities, [cells, genes].
        inputs
            What regulators contribute at those states (x itself, or Hill terms), [cells, genes].
        """
        if velocity is not None:
            self.rate.copy_(decay_rates(x, velocity))
            self.raw_decay.copy_(inverse_softplus(torch.ones_like(self.rate)))
        rate = self.decay_rate()
        made = rate * x if velocity is None else velocity + rate * x
        self.centre.copy_(inputs.mean(0))
        self.spread.copy_(_or_typical(inputs.std(0)))
        # Data that relax to one level make the same at all times; what decays bounds the unit.
        least = 0.1 * rate * x.std(0)
        self.production.copy_(_or_typical(torch.maximum(made.std(0), least)))
        return mean_production(x, velocity, rate)


def _or_typical(spread: Tensor) -> Tensor:
    """The spread, or a hundredth of the median where a gene does not vary (1 if none does)."""
    some = spread[spread > 0]
    least = 0.01 * some.median() if len(some) else torch.ones_like(spread).max()
    return torch.maximum(spread, least)
