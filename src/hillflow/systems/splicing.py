"""A small system of which unspliced and spliced mRNA are measured."""

from __future__ import annotations

import numpy as np

from hillflow.systems.hill import Array
from hillflow.systems.noise import Noise
from hillflow.systems.system import Edge, RegulatorySystem

EDGES = (
    ("A", "B", 2.0), ("A", "C", 1.5), ("B", "C", -2.5), ("B", "D", 2.0), ("C", "E", 2.5),
    ("D", "E", -2.0), ("D", "A", -2.0), ("E", "F", 2.0), ("C", "F", -1.5),
)  # fmt: skip
BASAL = (1.0, -1.0, 0.0, -1.0, 0.0, 0.0)
START = (0.8, 0.2, 0.5, 0.2, 0.5, 0.4)


class Splicing(RegulatorySystem):
    """u̇_i = softplus(b_i + Σ_j W_ij s_j) − β_i u_i,  ṡ_i = β_i u_i − γ_i s_i; states are [s, u].

    Transcription as in RegVelo (Wang et al. 2024), splicing and degradation as in La Manno et al.
    (2018). Spliced mRNA acts. Cells start with splicing in balance, u = γ s/β. A knockout ends
    transcription, and the unspliced mRNA that is there is still spliced. A clamp holds both.

    Parameters
    ----------
    noise
        Intrinsic noise of both; by default σ √x with σ = 0.1.
    """

    name = "splicing"

    def __init__(self, noise: Noise | None = None) -> None:
        self.splicing_rate = np.array([3.0, 2.0, 2.5, 2.0, 3.0, 2.5])
        super().__init__(
            tuple("ABCDEF"),
            decay=[1.0, 0.8, 1.2, 0.7, 1.0, 0.9],
            start=START,
            spread=0.35,
            noise=noise or Noise("sqrt", 0.1),
            step=0.02,
        )
        self.weights = np.zeros((len(self.genes), len(self.genes)))
        for source, target, weight in EDGES:
            self.weights[self.genes.index(target), self.genes.index(source)] = weight
        self.parameters = {
            "weights": self.weights, "basal": np.array(BASAL), "splicing_rate": self.splicing_rate,
        }  # fmt: skip

    @property
    def n_states(self) -> int:
        """Spliced, then unspliced mRNA of each gene."""
        return 2 * len(self.genes)

    def unspliced(self, state: Array) -> Array:
        """Return levels of unspliced mRNA, [cells, genes]."""
        return state[:, len(self.genes) :]

    def production(self, seen: Array, own: Array) -> Array:
        """Return the transcription of each gene, [cells, genes]."""
        return np.logaddexp(0.0, self._drive(seen, own))

    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return W_ij σ(b_i + Σ_j W_ij s_j), [cells, target, source]."""
        return self.weights / (1.0 + np.exp(-self._drive(seen, own)))[:, :, None]

    def edges(self) -> tuple[Edge, ...]:
        """Return the nine regulations."""
        return tuple((source, target, int(np.sign(weight))) for source, target, weight in EDGES)

    def drift(self, state: Array, t: float = 0.0) -> Array:
        """Return the noise-free rate of change of [s, u], [cells, states]."""
        state = self.hold(state)
        s, u = self.expression(state), self.unspliced(state)
        made = self._production(s) * self.effects.production_factor
        spliced = self.splicing_rate * u
        change = np.concatenate([spliced - self._total_decay * s, made - spliced], axis=1)
        return change if self._free is None else change * self._free

    def jacobian(self, state: Array) -> Array:
        """Return the derivative of the drift, [cells, target state, source state]."""
        base, n = super().jacobian(state), len(self.genes)
        i, jacobian = np.arange(n), np.zeros_like(base)
        free = 1.0 if self._free is None else self._free[:, :n]
        jacobian[:, :n, :n] = base[:, :n, :n]  # decay of s
        jacobian[:, n:, :n] = base[:, :n, n:]  # what transcribes, which the base class has last
        jacobian[:, i, n + i] = self.splicing_rate * free
        jacobian[:, n + i, n + i] = -self.splicing_rate * free
        return jacobian

    def initial_states(self, cells: int, rng: np.random.Generator) -> Array:
        """Draw the cells at time 0, [cells, states]; unspliced mRNA is in balance."""
        s = np.maximum(rng.normal(self.start, self.spread, (cells, len(self.genes))), 0.0)
        return self.hold(np.concatenate([s, s * self.decay / self.splicing_rate], axis=1))

    def _drive(self, seen: Array, own: Array) -> Array:
        itself = np.diag(self.weights)
        return BASAL + seen @ (self.weights - np.diag(itself)).T + own * itself

    def _regulator(self, state: Array) -> Array:
        return state[:, : len(self.genes)]

    def _tile(self, rows: Array) -> Array:
        return np.concatenate([rows, rows], axis=1)
