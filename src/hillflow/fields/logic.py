"""Logic laws: each gene's production is a soft truth table of its regulators' Hill curves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.fields.calibration import decay_rates
from hillflow.fields.edges import CandidateEdges, Candidates, candidate_edges
from hillflow.fields.interpolation import Interpolate
from hillflow.fields.positive import inverse_softplus, softplus
from hillflow.fields.registry import register
from hillflow.genes import SMALL_PANEL

MOST_REGULATORS = 6  # a table of 2^6 rows; laws that are read have at most four
EXPONENTS = (1.0, 10.0)  # data cannot distinguish steeper curves from a step
_START_EXPONENT = 3.0
MANY = 1 << 13  # levels from which the form for many cells is the faster one
FLOOR = 1e-3  # least level a curve is evaluated at, as a share of the gene's top level
_RIDGE = 1e-3  # of the least squares of a table whose regulator is dropped
_TOP = 0.98  # quantile that defines a gene's top level


@register(
    name="logic",
    formula="ẋ_i = s_i Σ_T a_iT Π_{j∈T} h_ij Π_{j∉T} (1 − h_ij) − γ_i x_i,  0 < a_iT < 1,  "
    "h_ij = x_jⁿ / (Kⁿ + x_jⁿ)",
    source="Boolean rules interpolated with Hill curves: Plahte 1998; Wittmann et al. 2009",
    prior="mask",
    cost="O(G 2^R) time and memory per cell, with R regulators per gene",
    when_not="a gene has more than six candidate regulators: choose them first (method 'law')",
)
class LogicField(VectorField):
    """ẋ_i = s_i A_i(h_i1, …, h_iR) − γ_i x_i, where A_i interpolates a truth table.

    h_ij = x_jⁿ / (Kⁿ + x_jⁿ) is the probability that regulator j of gene i is "on", with its own
    K and n. The 2^R rows T of the table, one for each set of regulators that are on, have
    production s_i a_iT with 0 < a_iT < 1, and

        A_i(h) = Σ_T a_iT Π_{j∈T} h_j Π_{j∉T} (1 − h_j).

    With all h at 0 or 1 this is a Boolean rule (AND, OR, "A but not B", …), which no sum of single
    effects can be. a_i∅ is the basal level. A gene may regulate itself. If the sign of an edge
    is known, the table is monotone in it (a_T ≤ a_{T∪j} for an activator), by projection in
    `proximal_`. Production is never negative, so x ≥ 0 is kept. A is evaluated by interpolating
    in one regulator after the other, which halves the table each time.

    Parameters
    ----------
    genes
        Names of the G genes.
    edges
        Candidate edges, at most six for each target; all pairs if None.
    seed
        Seed of the initial tables.
    l1
        Weight of the penalty, the mean over genes of Σ_j ‖effect of j on the table‖ (root mean
        square over the other regulators): a group lasso on regulators.
    dtype
        Precision of the parameters.

    Attributes
    ----------
    table
        Logits of a, [G, 2^R]; row T in binary, the first regulator as its highest bit.
    log_threshold, raw_exponent
        Determine K and n, [G, R].
    raw_scale, raw_decay
        Determine s and γ in units that `calibrate_` sets, [G].
    regulator, used
        Index of each regulator, and whether there is one that was not dropped, [G, R].
    """

    keeps_orthant = True
    edge_scale = "terms"
    edges_change = True
    default_readout = ("law", "the law says which regulators suffice; regressions rank the others")
    regulator: Tensor
    used: Tensor
    _slot: Tensor
    top: Tensor
    scale_unit: Tensor
    decay_unit: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        *,
        edges: Candidates = None,
        seed: int = 0,
        l1: float = 0.0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(genes, seed=seed, l1=l1)
        if not (math.isfinite(l1) and l1 >= 0):
            raise InputError("l1 finite and not negative", f"{l1}", "give l1=0 for none")
        self.edges = candidate_edges(genes, edges)
        self.l1 = l1
        count = len(self.genes)
        self.register_buffer("regulator", slots_of(self.edges, self.genes), persistent=False)
        self.register_buffer("used", self.regulator >= 0)
        self.register_buffer("_slot", self.used.clone(), persistent=False)
        self.regulator.clamp_(min=0)
        slots = self.regulator.shape[1]
        for name in ("top", "scale_unit", "decay_unit"):
            self.register_buffer(name, torch.ones(count, dtype=dtype))
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(count, 2**slots, generator=generator, dtype=torch.float64)
        low, high = EXPONENTS
        start = math.log((_START_EXPONENT - low) / (high - _START_EXPONENT))
        one = inverse_softplus(torch.ones(count, dtype=dtype))
        self.table = nn.Parameter((0.1 * noise - 0.5).to(dtype))
        self.log_threshold = nn.Parameter(torch.zeros(count, slots, dtype=dtype))
        self.raw_exponent = nn.Parameter(torch.full((count, slots), start, dtype=dtype))
        self.raw_scale, self.raw_decay = nn.Parameter(one.clone()), nn.Parameter(one)

    # The law -----------------------------------------------------------------------------

    def threshold(self) -> Tensor:
        """Return K, the level of half-maximal effect of each regulator, [G, R]."""
        return self.log_threshold.exp()

    def exponent(self) -> Tensor:
        """Return n, the steepness of each curve, [G, R]."""
        low, high = EXPONENTS
        return low + (high - low) * torch.sigmoid(self.raw_exponent)

    def rows(self) -> Tensor:
        """Return a, the production of each row of the table as a share of s, [G, 2^R]."""
        return torch.sigmoid(self.table)

    def scale(self) -> Tensor:
        """Return s, the largest production a gene can have, [G]."""
        return self.scale_unit * softplus(self.raw_scale)

    def hill(self, x: Tensor) -> Tensor:
        """Return h of each regulator of each gene, [..., G, R]; 0 where there is none."""
        log_x = torch.maximum(x, FLOOR * self.top).log()
        z = self.exponent() * (log_x[..., self.regulator] - self.log_threshold)
        return torch.sigmoid(z) * self.used

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return s A(h(x)) ≥ 0, [..., genes]."""
        if len(self.genes) > SMALL_PANEL or (x.numel() >= MANY and not torch.is_grad_enabled()):
            return self._production_of_many(x)
        return self.scale() * interpolated(self.rows(), self.hill(x))

    def _production_of_many(self, x: Tensor) -> Tensor:
        """Return the same with cells on the last axis, see `hillflow.fields.interpolation`.

        Two to three times as fast, with the same values to the last bit, and another order of sums
        in the gradient; so small panels are trained by the plain form.
        """
        levels = x.reshape(-1, len(self.genes)).t().contiguous()
        log_x = torch.maximum(levels, FLOOR * self.top[:, None]).log()
        slots = self.regulator.shape[1]
        sources = log_x.index_select(0, self.regulator.t().flatten()).unflatten(0, (slots, -1))
        exponent, threshold, used = (
            value.t().unsqueeze(-1) for value in (self.exponent(), self.log_threshold, self.used)
        )
        h = torch.sigmoid(exponent * (sources - threshold)) * used
        rows = self.rows().t()
        share = Interpolate.apply(rows, h) if slots else rows.t().expand(-1, levels.shape[1])
        return (self.scale()[:, None] * share).t().reshape(x.shape)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ ⊙ x, [..., genes]."""
        return self.decay_rate() * x

    def decay_rate(self) -> Tensor:
        """Return γ, [genes]."""
        return self.decay_unit * softplus(self.raw_decay)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return s_i ∂A_i/∂h_ij · n h (1 − h) / x_j − δ_ij γ_i; slopes are 0 below the floor."""
        h = self.hill(x)
        above = x >= FLOOR * self.top
        inverse = torch.where(above, 1 / torch.where(above, x, torch.ones_like(x)), 0.0)
        slope = self.exponent() * h * (1 - h) * inverse[..., self.regulator]
        effect = self.scale()[:, None] * slopes(self.rows(), h) * slope
        return self.edges.dense(effect[..., self._slot]) - torch.diag(self.decay_rate())

    # The network -------------------------------------------------------------------------

    def edge_weights(self) -> Tensor:
        """Return each regulator's mean effect on the table, over all its rows, [target, source].

        s_i · mean over the other regulators of (a with j on − a with j off): the sign of an edge,
        and its size if all rows were visited equally often. `mean_edge_weights` weights rows
        by the cells.
        """
        half = torch.full_like(self.log_threshold, 0.5) * self.used
        # Rows of a dropped regulator may differ, though none with it on is ever visited.
        effect = self.scale()[:, None] * slopes(self.rows(), half) * self.used
        return self.edges.dense(effect[self._slot])

    def mean_edge_weights(self, x: Tensor, t: Time = None) -> Tensor:
        """Return s_i · effect of h_ij on A_i over the cells · sd(h_ij), [target, source].

        The effect is the root of the mean of (∂A_i/∂h_ij)², with the sign of its mean: a regulator
        that activates in some cells and represses in others does not count as none.
        """
        h = self.hill(x)
        slope = slopes(self.rows(), h)
        size = slope.square().mean(0).sqrt() * slope.mean(0).sign()
        effect = self.scale()[:, None] * size * h.std(0, correction=0)
        return self.edges.dense(effect[self._slot])

    def penalty(self) -> Tensor:
        """Return l1 times the mean over genes of Σ_j root mean square effect of j."""
        if not self.l1:
            return self.table.new_zeros(())
        return self.l1 * (self.influence() * self.used).sum() / len(self.genes)

    def influence(self) -> Tensor:
        """Return the root mean square over rows of (a with j on − a with j off), [G, R]."""
        rows, slots = self.rows(), self.regulator.shape[1]
        cube = rows.unflatten(-1, (2,) * slots) if slots else rows
        parts = [
            (cube.select(k + 1, 1) - cube.select(k + 1, 0)).flatten(1).square().mean(1)
            for k in range(slots)
        ]
        return (torch.stack(parts, -1) + 1e-6).sqrt() if parts else rows[:, :0]

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Make tables monotone in regulators of known sign, by averaging rows out of order."""
        sign = self._slots(self.edges.sign)
        if not sign.any():
            return
        slots = self.regulator.shape[1]
        cube = self.table.data.unflatten(-1, (2,) * slots)
        # An average for one regulator can undo another's order: R sweeps settle nearly all tables,
        # and the running maximum below the rest.
        for _ in range(slots):
            for k in range(slots):
                off, on = cube.select(k + 1, 0), cube.select(k + 1, 1)
                s = sign[:, k].reshape(-1, *(1,) * (slots - 1))
                wrong, mean = s * (on - off) < 0, (on + off) / 2
                off.copy_(torch.where(wrong, mean, off))
                on.copy_(torch.where(wrong, mean, on))
        for k in range(slots):
            off, on = cube.select(k + 1, 0), cube.select(k + 1, 1)
            s = sign[:, k].reshape(-1, *(1,) * (slots - 1))
            on.copy_(
                torch.where(
                    s > 0, torch.maximum(on, off), torch.where(s < 0, torch.minimum(on, off), on)
                )
            )

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set K to half the top level, s to what the top level needs, and γ from velocities."""
        top = x.quantile(_TOP, dim=0)
        typical = top[top > 0].median() if bool((top > 0).any()) else top.new_ones(())
        self.top.copy_(torch.where(top > 0, top, x.amax(0)).clamp_min(1e-3 * typical))
        self.log_threshold.copy_((0.5 * self.top).log()[self.regulator])
        if velocity is not None:
            self.decay_unit.copy_(decay_rates(x, velocity))
        self.scale_unit.copy_(1.1 * self.decay_rate() * self.top)

    def law_parameters(self) -> list[dict[str, str | float]]:
        """Return source, target, K, n and the mean effect on the table (w) of each regulator."""
        with torch.no_grad():
            half = torch.full_like(self.log_threshold, 0.5) * self.used
            weight = self.scale()[:, None] * slopes(self.rows(), half)
            columns = (weight, self.threshold(), self.exponent())
            target, _ = self.used.nonzero(as_tuple=True)
            rows = zip(
                self.regulator[self.used].tolist(), target.tolist(),
                *(column[self.used].tolist() for column in columns), strict=True,
            )  # fmt: skip
        return [
            {"source": self.genes[j], "target": self.genes[i], "w": w, "K": K, "n": n}
            for j, i, w, K, n in rows
        ]

    @property
    def acting(self) -> frozenset[str]:
        """Genes that are among the kept regulators of another."""
        return frozenset(source for source, target in self.regulations if source != target)

    @property
    def regulations(self) -> frozenset[tuple[str, str]]:
        """Kept regulators with their targets, (source, target)."""
        target, slot = self.used.nonzero(as_tuple=True)
        pairs = zip(self.regulator[target, slot].tolist(), target.tolist(), strict=True)
        return frozenset((self.genes[source], self.genes[gene]) for source, gene in pairs)

    @property
    def without_regulation(self) -> bool:
        """Whether no gene has another among the regulators that were kept."""
        return not self.acting

    @torch.no_grad()
    def drop_(self, gene: int, slot: int, x: Tensor) -> None:
        """Drop a regulator for good; the table of the others comes closest to the old one at x.

        Regulators that are left take over what they can: the new rows are the least squares fit to
        A over the states, [cells, genes], with a ridge of `_RIDGE` towards the mean over the
        dropped regulator, and kept between 0 and 1.
        """
        slots, many = self.regulator.shape[1], len(self.genes) > SMALL_PANEL
        # Equal but for rounding, which a small panel keeps.
        h = (self._hill_of(gene, x) if many else self.hill(x)[:, gene]).double()
        rows = self.rows()[gene].double()
        old = interpolated(rows[None], h[:, None])[:, 0]
        rest = [k for k in range(slots) if k != slot]
        cube, level = rows.unflatten(-1, (2,) * slots), h[:, slot].mean()
        mean = torch.lerp(cube.select(slot, 0), cube.select(slot, 1), level).flatten()
        shares = corners(h[:, rest])
        gram = shares.mT @ shares / len(x)
        gram += _RIDGE * torch.eye(len(mean), dtype=gram.dtype, device=gram.device)
        new = mean + torch.linalg.solve(gram, shares.mT @ (old - shares @ mean) / len(x))
        # A probability of exactly 0 or 1 has no logit.
        new = new.clamp(1e-6, 1 - 1e-6).logit().reshape((2,) * (slots - 1))
        self.table[gene] = new.unsqueeze(slot).expand_as(cube).flatten().to(self.table.dtype)
        self.used[gene, slot] = False

    def _hill_of(self, gene: int, x: Tensor) -> Tensor:
        """Return h of the regulators of one gene, [cells, R], without those of others."""
        sources = self.regulator[gene]
        log_x = torch.maximum(x[:, sources], FLOOR * self.top[sources]).log()
        z = self.exponent()[gene] * (log_x - self.log_threshold[gene])
        return torch.sigmoid(z) * self.used[gene]

    def _slots(self, values: Tensor) -> Tensor:
        """Return values of edges [E] by gene and slot, [G, R]; 0 where there is no regulator."""
        result = values.new_zeros(self.used.shape)
        result[self._slot] = values
        return result


def slots_of(edges: CandidateEdges, genes: Sequence[str]) -> Tensor:
    """Return the sources of each target in the order of the edges, [G, R]; −1 where none is left.

    More than `MOST_REGULATORS` for a gene are refused, since a table doubles with each.
    """
    degree = edges.in_degree().long()
    slots = int(degree.max()) if len(edges) else 0
    if slots > MOST_REGULATORS:
        gene = genes[int(degree.argmax())]
        raise InputError(
            f"at most {MOST_REGULATORS} candidate regulators for each gene of the 'logic' field",
            f"{slots} for {gene}",
            "let them be chosen (hillflow.fit(…, field='logic')), or give fewer edges=",
        )
    result = torch.full((len(genes), slots), -1, dtype=torch.long)
    result[torch.arange(slots) < degree[:, None]] = edges.source
    return result


def interpolated(rows: Tensor, h: Tensor) -> Tensor:
    """Return Σ_T a_T Π_{j∈T} h_j Π_{j∉T} (1 − h_j); rows [G, 2^R], h [..., G, R] → [..., G]."""
    value = rows.expand(*h.shape[:-1], rows.shape[-1]) if not h.shape[-1] else rows
    for k in range(h.shape[-1]):
        off, on = value.chunk(2, dim=-1)
        value = torch.lerp(off, on, h[..., k : k + 1]) if k else off + h[..., :1] * (on - off)
    return value.squeeze(-1)


def corners(h: Tensor) -> Tensor:
    """Return Π_{j∈T} h_j Π_{j∉T} (1 − h_j) of each row T of a table, [..., R] → [..., 2^R]."""
    result = h.new_ones(*h.shape[:-1], 1)
    for k in range(h.shape[-1]):
        on = h[..., k : k + 1]
        result = torch.stack((result * (1 - on), result * on), -1).flatten(-2)
    return result


def slopes(rows: Tensor, h: Tensor) -> Tensor:
    """Return ∂A/∂h_j, the interpolated effect of each regulator, [..., G, R]."""
    parts = []
    for k in range(h.shape[-1]):
        off, on = h.clone(), h.clone()
        off[..., k], on[..., k] = 0, 1
        parts.append(interpolated(rows, on) - interpolated(rows, off))
    return torch.stack(parts, dim=-1) if parts else torch.zeros_like(h)
