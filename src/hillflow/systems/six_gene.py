"""A six-gene test system: a toggle switch, an oscillating ring that it controls, a reporter."""

from __future__ import annotations

from hillflow.systems.hill_terms import HillTermSystem, Term, activates, represses
from hillflow.systems.noise import Noise

TERMS = (
    Term("G0", 0.84, (represses("G1"),)),
    Term("G0", 0.5, (activates("G0"),)),
    Term("G1", 0.84, (represses("G0"),)),
    Term("G1", 0.5, (activates("G1"),)),
    Term("G2", 1.5 * 0.4, (represses("G4"),)),
    Term("G2", 1.5 * 0.6, (represses("G4"), activates("G0"))),
    Term("G3", 1.5, (represses("G2"),)),
    Term("G4", 1.5, (represses("G3"),)),
    Term("G5", 1.5, (activates("G2"), activates("G1", threshold=0.4))),
)


class SixGene(HillTermSystem):
    """Six equations, small enough to test a method in seconds.

        f₀ = .84 r(x₁) + .5 h(x₀) − x₀          f₃ = 1.5 r(x₂) − x₃
        f₁ = .84 r(x₀) + .5 h(x₁) − x₁          f₄ = 1.5 r(x₃) − x₄
        f₂ = 1.5 r(x₄)(.4 + .6 h(x₀)) − x₂      f₅ = 1.5 h(x₂) h(x₁; K = .4) − .5 x₅

    with h(x) = x⁴/(.5⁴ + x⁴) unless K is given, and r = 1 − h. Cells start from
    N((.55, .55, .9, .3, .2, .1), .12²), clipped at 0.

    Parameters
    ----------
    noise
        Intrinsic noise; by default additive with σ = 0.05.
    """

    name = "six-gene"

    def __init__(self, noise: Noise | None = None) -> None:
        super().__init__(
            tuple(f"G{i}" for i in range(6)),
            TERMS,
            decay=[1.0, 1.0, 1.0, 1.0, 1.0, 0.5],
            start=[0.55, 0.55, 0.9, 0.3, 0.2, 0.1],
            spread=0.12,
            noise=noise or Noise("additive", 0.05),
            step=0.02,
        )
