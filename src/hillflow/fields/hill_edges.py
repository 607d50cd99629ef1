"""Hill regulation of each edge; the parameters of the field are those of the law."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.edges import Candidates, candidate_edges
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register
from hillflow.fields.sparsity import EdgeSparsity
from hillflow.fields.units import Units

EXPONENTS = (1.0, 8.0)  # data cannot distinguish steeper curves from a step
_START_EXPONENT = 2.0


@register(
    name="hill",
    formula="ẋ_i = b_i + Σ_j [w_ij h(x_j; K, n) + relu(−w_ij)] − γ_i x_i,  h = xⁿ / (Kⁿ + xⁿ)",
    source="Hill (1910) curves on a candidate network; additive combination of regulators",
    prior="mask",
    cost="O(E) time, O(G) memory per cell; O(E) memory with per_edge",
    when_not="log-normalised data with few cells per time, where the linear field is more accurate",
)
class HillField(VectorField):
    """ẋ_i = b_i + Σ_j [w_ij h(x_j) + relu(−w_ij)] − γ_i x_i on candidate edges.

    For w > 0 an edge contributes w h (activation), for w < 0 |w| (1 − h) (repression), so
    production is never negative and x ≥ 0 is kept. b, γ > 0 by a softplus; K = exp(θ);
    n = 1 + 7 sigmoid(θ), between 1 and 8. Levels below `floor`, where Hill slopes would diverge,
    count as `floor`, and the slope there is 0.

    Slopes are steep where x is small, so rank edges by |w| or by an in-silico contrast: the
    ranking by the mean |Jacobian| of this field can be as poor as a random one.

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Candidate edges; all pairs if None.
    seed
        Seed of the initial weights.
    per_edge
        K and n for every edge, instead of one of each for every source gene. Slower
        (O(E) memory per cell) and less stable; for data with many perturbations.
    floor
        Least level that Hill functions are evaluated at.
    l1, free_cost, proximal
        Sparsity of w, see :class:`~hillflow.fields.sparsity.EdgeSparsity`.
    dtype
        Precision of the parameters.

    Attributes
    ----------
    strength
        w in the field's own units (see `units`), [E], to which the L1 penalty applies.
    raw_level
        Determines mean production, [genes]; basal production is what remains after the mean
        share of the regulators. So a regulator can appear or vanish without a change of the
        target's mean production.
    """

    edge_scale = "terms"

    keeps_orthant = True

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        seed: int = 0,
        per_edge: bool = False,
        floor: float = 1e-3,
        l1: float = 0.0,
        free_cost: float = 3.0,
        proximal: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes, seed=seed, per_edge=per_edge, floor=floor,
            l1=l1, free_cost=free_cost, proximal=proximal,
        )  # fmt: skip
        if not floor > 0:
            raise InputError("a floor above 0", f"{floor}", "give a small level such as 1e-3")
        self.edges = candidate_edges(genes, edges)
        self.sparsity = EdgeSparsity(l1, free_cost, proximal)
        self.per_edge, self.floor = per_edge, floor

        generator = torch.Generator().manual_seed(seed)
        strength = torch.randn(len(self.edges), generator=generator, dtype=torch.float64)
        strength = torch.where(self.edges.sign == 0, strength, strength.abs() * self.edges.sign)
        strength *= 0.1 * self.edges.in_degree().clamp_min(1).rsqrt()[self.edges.target]
        curves, count = len(self.edges) if per_edge else len(self.genes), len(self.genes)
        low, high = EXPONENTS
        start = math.log((_START_EXPONENT - low) / (high - _START_EXPONENT))
        self.units = Units(count, dtype)
        self.strength = nn.Parameter(strength.to(dtype))
        self.log_threshold = nn.Parameter(torch.zeros(curves, dtype=dtype))
        self.raw_exponent = nn.Parameter(torch.full((curves,), start, dtype=dtype))
        self.raw_level = nn.Parameter(inverse_softplus(torch.full((count,), 0.5, dtype=dtype)))

    @property
    def weights(self) -> Tensor:
        """w of each edge in expression per time, [E]."""
        return self.strength * self.units.per_edge(self.edges)

    def threshold(self) -> Tensor:
        """Return K, the level of half-maximal effect: [genes], or [E] with `per_edge`."""
        return self.log_threshold.exp()

    def exponent(self) -> Tensor:
        """Return n, the steepness: [genes], or [E] with `per_edge`."""
        low, high = EXPONENTS
        return low + (high - low) * torch.sigmoid(self.raw_exponent)

    def basal(self) -> Tensor:
        """Return b, the production without regulators, [genes].

        b = u softplus(level − Σ_j mean share of j / u), where the mean share of an edge is its
        contribution at the mean Hill level of its source in the data for calibration.
        """
        share = self.edges.sum_to_targets(self._share(self.weights))
        return self.units.production * softplus(self.raw_level - share / self.units.production)

    def _share(self, weights: Tensor) -> Tensor:
        """Return w h̄ + relu(−w), the contribution of each edge at its mean source level, [E]."""
        return weights * self.units.centre[self.edges.source] + torch.relu(-weights)

    def hill(self, x: Tensor) -> Tensor:
        """Return h(x) = xⁿ / (Kⁿ + xⁿ) = sigmoid(n (log x − log K)), [..., genes] or [..., E]."""
        log_x = x.clamp_min(self.floor).log()
        if self.per_edge:
            log_x = self.edges.gather(log_x)
        return torch.sigmoid(self.exponent() * (log_x - self.log_threshold))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return b_i + Σ_j [w_ij h(x_j) + relu(−w_ij)] ≥ 0, [..., genes]."""
        h, weights = self.hill(x), self.weights
        if self.per_edge:
            regulated = self.edges.sum_to_targets(weights * h)
        else:
            regulated = self.edges.weighted_sum(weights, h)
        unrepressed = self.edges.sum_to_targets(torch.relu(-weights))
        share = self.edges.sum_to_targets(self._share(weights))
        unit = self.units.production
        basal = unit * softplus(self.raw_level - share / unit)
        # Each term is ≥ 0; only rounding, with every repressor saturated, can give less.
        return basal + (regulated + unrepressed).clamp_min(0.0)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ, [genes]."""
        return self.units.decay_rate()

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return w_ij h'(x_j) − δ_ij γ_i with h' = n h (1 − h) / x, and 0 below the floor."""
        h = self.hill(x)
        inverse = torch.where(x >= self.floor, 1 / x.clamp_min(self.floor), torch.zeros_like(x))
        if self.per_edge:
            slope = self.exponent() * h * (1 - h) * self.edges.gather(inverse)
        else:
            slope = self.edges.gather(self.exponent() * h * (1 - h) * inverse)
        return self.edges.dense(self.weights * slope) - torch.diag(self.decay_rate())

    def edge_weights(self) -> Tensor:
        """Return w, signed, [target, source]."""
        return self.edges.dense(self.weights)

    def penalty(self) -> Tensor:
        """Return λ Σ c |θ| if it is a term of the loss, else 0."""
        return self.sparsity.penalty(self.edges, self.strength)

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Apply the soft threshold to θ, and enforce known signs."""
        self.sparsity.proximal_(step, self.edges, self.strength)

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set K to the median positive level, units and γ from the data, b from production."""
        positive = torch.where(x > self.floor, x, torch.full_like(x, math.nan))
        median = positive.nanmedian(0).values.nan_to_num(nan=1.0).clamp_min(10 * self.floor)
        self.log_threshold.copy_((self.edges.gather(median) if self.per_edge else median).log())
        # With per_edge, all curves of a source start equal.
        exponent = _START_EXPONENT
        h = torch.sigmoid(exponent * (x.clamp_min(self.floor).log() - median.log()))
        production = self.units.calibrate_(x, velocity, h)
        self.raw_level.copy_(inverse_softplus(production / self.units.production))

    def law_parameters(self) -> list[dict[str, str | float]]:
        """Return source, target, w, K and n of each edge with w ≠ 0."""
        pick = (lambda a: a) if self.per_edge else self.edges.gather
        with torch.no_grad():
            columns = (
                self.edges.source, self.edges.target,
                self.weights, pick(self.threshold()), pick(self.exponent()),
            )  # fmt: skip
            rows = zip(*(column.tolist() for column in columns), strict=True)
        return [
            {"source": self.genes[j], "target": self.genes[i], "w": w, "K": K, "n": n}
            for j, i, w, K, n in rows
            if w != 0
        ]
