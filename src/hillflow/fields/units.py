"""The scaled units in which a field is trained, so that every parameter is of order one.

For a gene that varies by 5 % around a high level, gradients reflect mostly that level. Inputs are
therefore centred and divided by their spread, and targets by a unit of production:
w_ij = θ_ij u_i / s_j. The law in real units is the same, one learning rate suits all genes, and an
L1 penalty on θ is the lasso on standardised variables. Decay rates are γ_i = ρ_i softplus(θ), so
that the unit of time does not affect training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hillflow.fields.calibration import decay_rates, mean_production
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.positive import inverse_softplus, softplus


class Units(nn.Module):
    """Centre and spread of inputs, unit of production, unit of decay; initially 0, 1, 1, 1.

    All are [genes], and constant after `calibrate_` has set them from the training states.
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
        """Return γ = ρ softplus(θ), [genes]."""
        return self.rate * softplus(self.raw_decay)

    def per_edge(self, edges: CandidateEdges) -> Tensor:
        """Return the factor on θ of each edge, u_target / s_source, [E]."""
        return self.production[edges.target] / self.spread[edges.source]

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None, inputs: Tensor) -> Tensor:
        """Set all from states and velocities; return mean production, [genes].

        Parameters
        ----------
        x, velocity
            Training states and rough velocities, [cells, genes].
        inputs
            Inputs of the regulators at those states (x itself, or Hill terms), [cells, genes].
        """
        if velocity is not None:
            self.rate.copy_(decay_rates(x, velocity))
            self.raw_decay.copy_(inverse_softplus(torch.ones_like(self.rate)))
        rate = self.decay_rate()
        production = rate * x if velocity is None else velocity + rate * x
        self.centre.copy_(inputs.mean(0))
        self.spread.copy_(_or_typical(inputs.std(0)))
        # If cells relax to one level, production is constant; the spread of decay bounds the unit.
        least = 0.1 * rate * x.std(0)
        self.production.copy_(_or_typical(torch.maximum(production.std(0), least)))
        return mean_production(x, velocity, rate)


def _or_typical(spread: Tensor) -> Tensor:
    """Return the spread, at least a hundredth of the median (1 if no gene varies)."""
    positive = spread[spread > 0]
    least = 0.01 * positive.median() if len(positive) else torch.ones_like(spread).max()
    return torch.maximum(spread, least)
