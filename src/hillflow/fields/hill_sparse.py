"""Hill-Langmuir kinetics on candidate edges: PHOENIX at a cost of O(edges)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.calibration import decay_rates, mean_production
from hillflow.fields.edges import Candidates, candidate_edges
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register
from hillflow.fields.soft_sign import (
    log_soft_sign,
    log_soft_sign_slope,
    soft_sign,
    soft_sign_slope,
)  # fmt: skip
from hillflow.fields.sparsity import EdgeSparsity


@register(
    name="hill-sparse",
    formula="ẋ_i = m_i (g(α_i a_i + β_i p_i) − x_i),  a_i = Σ_j w_ij σ(x_j) + b_i,  "
    "p_i = exp(Σ_j v_ij log(1 + σ(x_j)) + c_i)",
    source="PHOENIX (Hossain et al. 2024), restricted to a candidate network",
    prior="mask",
    cost="O(E) time, O(G) memory per cell",
    when_not="no candidate network (use 'hill-dense'), or parameters are to be laws (use 'hill')",
)
class HillSparseField(VectorField):
    """ẋ_i = m_i (g(Σ_u α_iu a_iu + β_iu p_iu) − x_i), with separate units u for each target.

    a_iu = Σ_{j→i} w_uij σ(x_j) + b_iu and p_iu = exp(Σ_{j→i} v_uij log(1 + σ(x_j)) + c_iu)
    are the two blocks of Hossain et al. (2024) with parameters only on candidate edges, so the
    number of regulators is not limited by hidden units. g is softplus (production > 0, and
    x ≥ 0 is kept) or the identity.

    If the prior has signs, w and v keep them and α, β stay ≥ 0 (by projection in `proximal_`),
    so the slope of an activator is never negative.

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Candidate edges; all pairs if None.
    seed
        Seed of the initial weights.
    units
        Number of pairs of an additive and a multiplicative unit per target.
    nonnegative
        g = softplus if True, else the identity.
    l1, free_cost, proximal
        Sparsity of w and v, see :class:`~hillflow.fields.sparsity.EdgeSparsity`.
    dtype
        Precision of the parameters.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        seed: int = 0,
        units: int = 1,
        nonnegative: bool = True,
        l1: float = 0.0,
        free_cost: float = 3.0,
        proximal: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes, seed=seed, units=units, nonnegative=nonnegative,
            l1=l1, free_cost=free_cost, proximal=proximal,
        )  # fmt: skip
        if units < 1:
            raise InputError("at least 1 unit per target", f"{units}", "give units=1")
        self.edges = candidate_edges(genes, edges)
        self.sparsity = EdgeSparsity(l1, free_cost, proximal)
        self.nonnegative = self.keeps_orthant = nonnegative
        count = len(self.genes)

        generator = torch.Generator().manual_seed(seed)
        scale = 0.5 * self.edges.in_degree().clamp_min(1).rsqrt()[self.edges.target]
        shape = (2, units, len(self.edges))
        start = torch.randn(shape, generator=generator, dtype=torch.float64) * scale
        start = torch.where(self.edges.sign == 0, start, start.abs() * self.edges.sign).to(dtype)
        self.additive, self.multiplicative = (nn.Parameter(part.clone()) for part in start)
        self.additive_bias, self.multiplicative_bias = (
            nn.Parameter(torch.zeros(units, count, dtype=dtype)) for _ in range(2)
        )
        self.additive_share, self.multiplicative_share = (
            nn.Parameter(torch.full((units, count), 1 / units, dtype=dtype)) for _ in range(2)
        )
        self.raw_rate = nn.Parameter(inverse_softplus(torch.ones(count, dtype=dtype)))

    def decay_rate(self) -> Tensor:
        """Return m, the multiplier of production and decay, [genes]."""
        return softplus(self.raw_rate)

    def unscaled_production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return g(Σ_u α a + β p), which is production / m, [..., genes]."""
        drive = self._drive(x)
        return softplus(drive) if self.nonnegative else drive

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m ⊙ g(Σ_u α a + β p), [..., genes]."""
        return self.decay_rate() * self.unscaled_production(x, t)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m_i g'_i (Σ_u α_iu w_uij σ'(x_j) + β_iu p_iu v_uij σ'/(1 + σ)) − δ_ij m_i."""
        target, gather = self.edges.target, self.edges.gather
        rate, drive = self.decay_rate(), self._drive(x)
        outer = rate * torch.sigmoid(drive) if self.nonnegative else rate.expand_as(x)
        through_sum = (self.additive_share[:, target] * self.additive).sum(0)
        slope = through_sum * gather(soft_sign_slope(x))
        through_product = sum(
            (share * product).index_select(-1, target) * weights
            for share, product, weights in zip(
                self.multiplicative_share, self._products(x), self.multiplicative, strict=True
            )
        )
        slope = slope + through_product * gather(log_soft_sign_slope(x))
        return self.edges.dense(outer.index_select(-1, target) * slope) - torch.diag(rate)

    def edge_weights(self) -> Tensor:
        """Return D_ij = m_i Σ_u (α_iu w_uij + β_iu v_uij), [target, source]."""
        target = self.edges.target
        weights = self.additive_share[:, target] * self.additive
        weights = weights + self.multiplicative_share[:, target] * self.multiplicative
        return self.edges.dense(self.decay_rate()[target] * weights.sum(0))

    def penalty(self) -> Tensor:
        """Return λ Σ c (|w| + |v|) if it is a term of the loss, else 0."""
        return self.sparsity.penalty(self.edges, self.additive, self.multiplicative)

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Apply the soft threshold to w and v, and enforce known signs of w, v, and so of α, β."""
        self.sparsity.proximal_(step, self.edges, self.additive, self.multiplicative)
        signed = torch.zeros(len(self.genes), dtype=torch.bool, device=self.edges.target.device)
        signed[self.edges.target[self.edges.sign != 0]] = True
        for share in (self.additive_share, self.multiplicative_share):
            share.copy_(torch.where(signed, share.clamp_min(0.0), share))

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set m from the time scale of the data, and b from the mean production."""
        if velocity is not None:
            self.raw_rate.copy_(inverse_softplus(decay_rates(x, velocity)))
        rate = self.decay_rate()
        required = mean_production(x, velocity, rate) / rate
        required = inverse_softplus(required) if self.nonnegative else required
        share = self.additive_share.sum(0)
        missing = (required - self._drive(x).mean(0)) / torch.where(share == 0, 1.0, share)
        self.additive_bias.add_(missing)

    def _drive(self, x: Tensor) -> Tensor:
        """Return Σ_u α a + β p, [..., genes]."""
        level = soft_sign(x)
        drive = (self.additive_share * self.additive_bias).sum(0)
        for share, weights in zip(self.additive_share, self.additive, strict=True):
            drive = drive + share * self.edges.weighted_sum(weights, level)
        for share, product in zip(self.multiplicative_share, self._products(x), strict=True):
            drive = drive + share * product
        return drive

    def _products(self, x: Tensor) -> list[Tensor]:
        """Return p of each unit, [..., genes]."""
        level = log_soft_sign(x)
        return [
            (self.edges.weighted_sum(weights, level) + bias).exp()
            for weights, bias in zip(self.multiplicative, self.multiplicative_bias, strict=True)
        ]
