"""Random signed Hill networks with hub regulators, of any size."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from hillflow.errors import InputError
from hillflow.systems.hill import Array, hill, hill_slope
from hillflow.systems.noise import Noise
from hillflow.systems.system import Edge, RegulatorySystem


class ScaleFree(RegulatorySystem):
    """Hill kinetics of each edge on a random network with scale-free out-degrees.

        ẋ_i = b_i + Σ_{j→i} w_ij h(x_j; K_j, n) + Σ_{j⊣i} w_ij (1 − h(x_j; K_j, n)) − γ_i x_i

    The r-th regulator is drawn with probability ∝ r^{−a}, which gives out-degrees a power law of
    exponent 1 + 1/a (Goh, Kahng and Kim 2001); in-degrees are 1 + Poisson. Cost: one Hill function
    per gene and one multiplication per edge, for each cell.

    Parameters
    ----------
    genes
        Number of genes; the first ones, G1, G2, …, are the largest hubs.
    regulators
        Number of genes that regulate; by default a tenth, but at least 3 (or all).
    in_degree
        Mean number of regulators of a gene, at least 1.
    hub_exponent
        a, between 0 (no hubs) and 1.
    activating
        Share of activating edges.
    exponent
        n.
    seed
        Seed of the network and its rates.
    noise
        Intrinsic noise; by default σ √x with σ = 0.05.
    """

    name = "scale-free"

    def __init__(
        self,
        genes: int = 100,
        regulators: int | None = None,
        in_degree: float = 2.5,
        hub_exponent: float = 0.8,
        activating: float = 0.65,
        exponent: float = 2.0,
        seed: int = 0,
        noise: Noise | None = None,
    ) -> None:
        if genes < 1:
            raise InputError(
                "a network of 1 gene or more", f"{genes}", "write genes=100 (--genes 100)"
            )
        regulators = min(genes, max(3, genes // 10)) if regulators is None else regulators
        _check(genes, regulators, in_degree, hub_exponent, activating)
        rng = np.random.default_rng(seed)
        decay = rng.uniform(0.5, 1.5, genes)
        super().__init__(
            tuple(f"G{i + 1}" for i in range(genes)),
            decay=decay,
            start=rng.uniform(0.0, 0.6, genes),
            spread=0.1,
            noise=noise or Noise("sqrt", 0.05),
            step=0.05,
        )
        targets, sources = _draw_edges(genes, regulators, in_degree, hub_exponent, rng)
        signs = np.where(rng.random(len(targets)) < activating, 1.0, -1.0)
        # Weights of each target add up to its decay, so that expression stays near 0 … 1.
        share = rng.uniform(0.5, 1.5, len(targets))
        weights = share / np.bincount(targets, share, genes)[targets] * decay[targets]
        shape = (genes, genes)
        self.weights = sparse.csr_array((signs * weights, (targets, sources)), shape=shape)
        repressed = np.bincount(targets, weights * (signs < 0.0), genes)
        self._constant = 0.05 * decay + repressed  # b + Σ w of the repressors
        self._self_weights = self.weights.diagonal()
        self.threshold = rng.uniform(0.3, 0.7, genes)
        self.exponent = exponent
        self.parameters = {
            "genes": genes, "regulators": regulators, "in_degree": in_degree,
            "hub_exponent": hub_exponent, "activating": activating, "exponent": exponent,
            "structure_seed": seed,
        }  # fmt: skip

    def production(self, seen: Array, own: Array) -> Array:
        """Return the sparse product of the weights with the Hill functions, [cells, genes]."""
        h_seen = hill(seen, self.threshold, self.exponent)
        total = np.ascontiguousarray((self.weights @ h_seen.T).T) + self._constant
        if own is not seen:
            total += (hill(own, self.threshold, self.exponent) - h_seen) * self._self_weights
        return total

    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return the weights times the slopes of the Hill functions, [cells, target, source]."""
        weights = self.weights.toarray()
        slopes = weights * hill_slope(seen, self.threshold, self.exponent)[:, None, :]
        i = np.arange(len(self.genes))
        slopes[:, i, i] = self._self_weights * hill_slope(own, self.threshold, self.exponent)
        return slopes

    def edges(self) -> tuple[Edge, ...]:
        """Return the non-zero weights as edges."""
        entries = self.weights.tocoo()
        targets, sources = entries.row, entries.col
        return tuple(
            (self.genes[j], self.genes[i], int(np.sign(weight)))
            for i, j, weight in zip(targets, sources, entries.data, strict=True)
        )


def _draw_edges(
    genes: int, regulators: int, in_degree: float, hub_exponent: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs (target, source); a pair that is drawn twice is one edge."""
    counts = np.minimum(1 + rng.poisson(in_degree - 1.0, genes), regulators)
    weight = np.arange(1, regulators + 1) ** -hub_exponent
    targets = np.repeat(np.arange(genes), counts)
    sources = rng.choice(regulators, size=len(targets), p=weight / weight.sum())
    pairs = np.unique(targets * genes + sources)
    return np.divmod(pairs, genes)


def _check(
    genes: int, regulators: int, in_degree: float, hub_exponent: float, activating: float
) -> None:
    usable = (
        1 <= regulators <= genes
        and in_degree >= 1.0
        and hub_exponent >= 0.0
        and 0.0 <= activating <= 1.0
    )
    if not usable:
        raise InputError(
            "1 ≤ regulators ≤ genes, in_degree ≥ 1, hub_exponent ≥ 0 and 0 ≤ activating ≤ 1",
            f"genes={genes}, regulators={regulators}, in_degree={in_degree}, "
            f"hub_exponent={hub_exponent}, activating={activating}",
            "use for example genes=100 and the defaults of the others",
        )
