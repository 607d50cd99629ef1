"""The genetic toggle switch: two genes that repress each other."""

from __future__ import annotations

import numpy as np

from hillflow.systems.hill import Array
from hillflow.systems.hill_terms import HillTermSystem, Term, represses
from hillflow.systems.noise import Noise


class Toggle(HillTermSystem):
    """ẋ_A = ε + (1 − ε) r(x_B) − x_A, and the same with A and B exchanged.

    Gardner, Cantor and Collins (2000), *Nature* 403:339, equation 1, in units where the
    full level is 1. Two stable states (A high, B high); cells start between them.

    Parameters
    ----------
    threshold, exponent
        K and n of both repressors; bistable for n = 4 and K = 0.5.
    leak
        ε, the production under full repression.
    noise
        Intrinsic noise; by default σ √x with σ = 0.1.
    """

    name = "toggle"

    def __init__(
        self,
        threshold: float = 0.5,
        exponent: float = 4.0,
        leak: float = 0.02,
        noise: Noise | None = None,
    ) -> None:
        terms = []
        for target, source in (("A", "B"), ("B", "A")):
            terms.append(Term(target, leak))
            terms.append(Term(target, 1.0 - leak, (represses(source, threshold, exponent),)))
        super().__init__(
            ("A", "B"),
            terms,
            decay=1.0,
            start=0.5,
            spread=0.1,
            noise=noise or Noise("sqrt", 0.1),
            step=0.02,
        )
        self.parameters = {"threshold": threshold, "exponent": exponent, "leak": leak}
        self._low = threshold / 2.0  # with n = 4, too little to repress by more than 6 %

    def labels(self, state: Array) -> np.ndarray:
        """Return ``A high`` or ``B high`` if one gene has twice the level of the other.

        Otherwise ``undecided``; ``both low`` if neither gene is expressed.
        """
        a, b = self.expression(state).T
        ahead = np.where(a > 2.0 * b, "A high", np.where(b > 2.0 * a, "B high", "undecided"))
        return np.where(np.maximum(a, b) < self._low, "both low", ahead)
