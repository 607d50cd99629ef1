"""The repressilator: an oscillating ring of repressors."""

from __future__ import annotations

import numpy as np

from hillflow.errors import InputError
from hillflow.systems.hill import Array
from hillflow.systems.hill_terms import HillTermSystem, Term, represses
from hillflow.systems.noise import Noise


class Repressilator(HillTermSystem):
    """ẋ_i = a₀ + a r(p_{i−1}) − x_i and ṗ_i = π (x_i − p_i) on a ring of genes.

    Elowitz and Leibler (2000), *Nature* 403:335, box 1, with time in mRNA lifetimes. An odd
    ring oscillates; an even one is a switch.

    Parameters
    ----------
    ring
        Number of genes, 3 in the paper.
    production, leak
        a and a₀.
    threshold, exponent
        K and n of every repressor.
    protein_rate
        π, decay rate of protein over that of mRNA.
    noise
        Intrinsic noise; by default σ √x with σ = 0.05.
    """

    name = "repressilator"

    def __init__(
        self,
        ring: int = 3,
        production: float = 4.0,
        leak: float = 0.02,
        threshold: float = 0.5,
        exponent: float = 4.0,
        protein_rate: float = 1.0,
        noise: Noise | None = None,
    ) -> None:
        genes = _ring_names(ring)
        terms = []
        for i, target in enumerate(genes):
            terms.append(Term(target, leak))
            terms.append(Term(target, production, (represses(genes[i - 1], threshold, exponent),)))
        start = np.full(len(genes), 0.2)
        start[0] = 1.5  # away from the symmetric fixed point
        super().__init__(
            genes,
            terms,
            decay=1.0,
            protein_rate=protein_rate,
            start=start,
            spread=0.1,
            noise=noise or Noise("sqrt", 0.05),
            step=0.02,
        )
        self.parameters = {
            "ring": ring, "production": production, "leak": leak, "threshold": threshold,
            "exponent": exponent, "protein_rate": protein_rate,
        }  # fmt: skip
        self._low = threshold / 2.0

    def labels(self, state: Array) -> np.ndarray:
        """Return the phase of the cycle: the gene with the highest level, if any is expressed."""
        names, x = np.array([f"{gene} high" for gene in self.genes]), self.expression(state)
        return np.where(x.max(axis=1) < self._low, "all low", names[x.argmax(axis=1)])


def _ring_names(ring: int) -> tuple[str, ...]:
    """Return lacI, tetR and cI for three genes, as in the paper, else R1, R2, …."""
    if ring < 2:
        raise InputError("a ring of 2 genes or more", f"{ring}", "use ring=3, as in the paper")
    return ("lacI", "tetR", "cI") if ring == 3 else tuple(f"R{i + 1}" for i in range(ring))
