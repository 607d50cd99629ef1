"""Intrinsic noise: the diffusion coefficient as a function of the state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError, did_you_mean
from hillflow.systems.hill import Array

KINDS = ("additive", "sqrt", "proportional")


@dataclass(frozen=True)
class Noise:
    """Diagonal diffusion of dx = f(x) dt + g(x) dW, in the sense of Itô.

    ================  ============  ====================================================
    kind              g(x)          meaning
    ================  ============  ====================================================
    ``additive``      σ             independent of the level
    ``sqrt``          σ √x          chemical Langevin equation: variance proportional to
                                    the level (Gillespie 2000)
    ``proportional``  σ x           fluctuating rates; geometric Brownian motion
    ================  ============  ====================================================

    Attributes
    ----------
    kind
        One of the three.
    size
        σ ≥ 0; 0 makes the system deterministic.
    """

    kind: str = "sqrt"
    size: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(
                f"one of the noise kinds {', '.join(KINDS)}",
                repr(self.kind),
                did_you_mean(self.kind, KINDS),
            )
        if not (np.isfinite(self.size) and self.size >= 0.0):
            raise InputError(
                "a finite noise size of 0 or more", f"{self.size}", "use 0 for no noise"
            )

    @property
    def is_zero(self) -> bool:
        """Whether the system is deterministic."""
        return self.size == 0.0

    def amplitude(self, state: Array) -> Array:
        """Return g(x), [cells, states]."""
        if self.kind == "additive":
            return np.full_like(state, self.size)
        if self.kind == "sqrt":
            return self.size * np.sqrt(np.maximum(state, 0.0))
        return self.size * np.maximum(state, 0.0)
