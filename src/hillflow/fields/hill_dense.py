"""Hill-Langmuir kinetics with hidden units: PHOENIX as published, with its decay term."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.errors import InputError, did_you_mean
from hillflow.fields.base import Time, VectorField
from hillflow.fields.calibration import decay_rates, mean_production
from hillflow.fields.edges import Candidates
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register
from hillflow.fields.soft_sign import (
    log_soft_sign,
    log_soft_sign_slope,
    soft_sign,
    soft_sign_slope,
)  # fmt: skip

_MULTIPLIERS = ("softplus", "relu")


@register(
    name="hill-dense",
    formula="ẋ = m ⊙ (C [a; p] − x),  a = W_a σ(x) + b_a,  p = exp(W_p log(1 + σ(x)) + b_p)",
    source="PHOENIX (Hossain et al. 2024)",
    prior="soft",
    cost="O(G H)",
    when_not="many genes, or a candidate network is available: 'hill' and 'hill-sparse' cost "
    "O(E); overexpression by a factor (production may be negative unless nonnegative=True)",
)
class HillDenseField(VectorField):
    """ẋ = m ⊙ (C [a; p] − x), with a and p of H hidden units each.

    σ(x) = (x − ½) / (1 + |x − ½|); a = W_a σ(x) + b_a is the additive block,
    p = exp(W_p log(1 + σ(x)) + b_p) the multiplicative one (Hossain et al. 2024). The rate
    m multiplies production and decay, so decay is m ⊙ x. The network has rank at most 2 H:
    with few hidden units, genes must share regulators.

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Must be None: this field accepts a prior only as a soft loss, see
        :class:`~hillflow.fields.production_prior.ProductionPrior`.
    hidden
        H, number of units in each block.
    multiplier
        "softplus" (m > 0 always), or "relu" as published, with which a gene whose parameter
        falls below 0 never changes again.
    nonnegative
        True: production m ⊙ softplus(C [a; p]), which keeps x ≥ 0. False: the published form,
        whose production can be negative, so that overexpression by a factor can lower a gene.
    seed
        Seed of the initial weights.
    dtype
        Precision of the parameters.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        seed: int = 0,
        hidden: int = 40,
        multiplier: str = "softplus",
        nonnegative: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes, seed=seed, hidden=hidden, multiplier=multiplier, nonnegative=nonnegative
        )
        if edges is not None:
            raise InputError(
                "no candidate edges, because every gene enters every hidden unit",
                f"{len(edges):,} edges",
                "use the field 'hill' or 'hill-sparse', or give the prior as ProductionPrior",
            )
        if hidden < 1:
            raise InputError("at least 1 hidden unit", f"{hidden}", "give hidden=40, for example")
        if multiplier not in _MULTIPLIERS:
            raise InputError(
                f"a multiplier among {', '.join(_MULTIPLIERS)}",
                repr(multiplier),
                did_you_mean(multiplier, _MULTIPLIERS),
            )
        self.multiplier, self.nonnegative = multiplier, nonnegative
        self.keeps_orthant = nonnegative

        count, generator = len(self.genes), torch.Generator().manual_seed(seed)

        def normal(rows: int, columns: int, scale: float) -> Tensor:
            return scale * torch.randn(rows, columns, generator=generator, dtype=torch.float64)

        additive, multiplicative = (normal(hidden, count, count**-0.5) for _ in range(2))
        combine = normal(count, 2 * hidden, 0.1 * (2 * hidden) ** -0.5)
        self.additive = nn.Parameter(additive.to(dtype))
        self.additive_bias = nn.Parameter(torch.zeros(hidden, dtype=dtype))
        # Centred, so that a constant production with all p ≈ 1 implies no edges.
        self.multiplicative = nn.Parameter((multiplicative - multiplicative.mean(0)).to(dtype))
        self.multiplicative_bias = nn.Parameter(torch.zeros(hidden, dtype=dtype))
        self.combine = nn.Parameter(combine.to(dtype))
        self.raw_rate = nn.Parameter(self._raw(torch.ones(count, dtype=dtype)))

    def decay_rate(self) -> Tensor:
        """Return m, the multiplier of production and decay, [genes]."""
        return torch.relu(self.raw_rate) if self.multiplier == "relu" else softplus(self.raw_rate)

    def unscaled_production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return C [a; p], which is production / m, [..., genes]."""
        combined = self._hidden(x) @ self.combine.mT
        return softplus(combined) if self.nonnegative else combined

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m ⊙ C [a; p], [..., genes]."""
        return self.decay_rate() * self.unscaled_production(x, t)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return m_i (C_a W_a σ' + C_p diag(p) W_p σ'/(1 + σ) − 1)_ij, [..., target, source]."""
        additive, multiplicative = self.combine.chunk(2, dim=-1)
        hidden = self._hidden(x)
        product = hidden[..., additive.shape[-1] :]
        through_sum = (additive @ self.additive) * soft_sign_slope(x).unsqueeze(-2)
        through_product = (multiplicative * product.unsqueeze(-2)) @ self.multiplicative
        matrix = through_sum + through_product * log_soft_sign_slope(x).unsqueeze(-2)
        if self.nonnegative:
            matrix = torch.sigmoid(hidden @ self.combine.mT).unsqueeze(-1) * matrix
        rate = self.decay_rate()
        return rate.unsqueeze(-1) * matrix - torch.diag(rate)

    def edge_weights(self, normalised: bool = False) -> Tensor:
        """Return D_ij = m_i (C_a W_a + C_p W_p)_ij, [target, source].

        This is the transpose of the published (W_aᵀ C_aᵀ + W_pᵀ C_pᵀ) diag(m), which is [source,
        target]. Its sign is that of the slope of production if both blocks have the same sign.
        `normalised` divides each target's row by its Σ |D|, to compare targets.
        """
        blocks = torch.cat([self.additive, self.multiplicative])
        matrix = self.decay_rate().unsqueeze(-1) * (self.combine @ blocks)
        if normalised:
            matrix = matrix / matrix.abs().sum(-1, keepdim=True).clamp_min(1e-12)
        return matrix

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set m from the time scale of the data, and C from the mean production."""
        if velocity is not None:
            self.raw_rate.copy_(self._raw(decay_rates(x, velocity)))
        rate = self.decay_rate()
        required = mean_production(x, velocity, rate) / rate
        if self.nonnegative:
            required = inverse_softplus(required)
        mean = self._hidden(x).mean(0)
        missing = required - self.combine @ mean
        product = mean[mean.numel() // 2 :]
        self.combine[:, product.numel() :] += torch.outer(missing, product / product.dot(product))

    def _hidden(self, x: Tensor) -> Tensor:
        """Return [a; p], [..., 2 H]."""
        total = soft_sign(x) @ self.additive.mT + self.additive_bias
        product = log_soft_sign(x) @ self.multiplicative.mT + self.multiplicative_bias
        return torch.cat([total, product.exp()], dim=-1)

    def _raw(self, rate: Tensor) -> Tensor:
        return rate if self.multiplier == "relu" else inverse_softplus(rate)
