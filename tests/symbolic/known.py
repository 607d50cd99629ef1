"""A ring of three genes with a known law, as laws, as a Hill field and as trajectories.

production of NKX2-5: .1 + 1.5 (1 − h(E2F1; .6, 3)); of S: .1 + 1.2 h(NKX2-5; .7, 2); of E2F1:
.05 + 1.4 h(S; .5, 3); decay .8, 1 and .6. Names are those that make trouble.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from hillflow.data import Trajectories
from hillflow.symbolic import Law, complexity, parse

GENES = ("NKX2-5", "S", "E2F1")
DECAY = (0.8, 1.0, 0.6)
FORMULAS = (
    "0.1 + 1.5*0.216/(0.216 + E2F1**3.0)",
    "0.1 + 1.2*`NKX2-5`**2.0/(0.49 + `NKX2-5`**2.0)",
    "0.05 + 1.4*S**3.0/(0.125 + S**3.0)",
)
PARENTS = (("E2F1",), ("NKX2-5",), ("S",))
SIGNS = (-1, 1, 1)


def law_of(gene: str, formula: str, parents: tuple[str, ...], decay: float | None, **more) -> Law:
    """A law with no errors measured."""
    parts = {"family": "single", "engine": "by hand", "error": 0.0, "bic": 0.0, **more}
    production = parse(formula)
    return Law(
        gene=gene, production=production, parents=parents, decay=decay, parameters=(),
        complexity=complexity(production), error_off=None, error_left_out=None, **parts,
    )  # fmt: skip


def ring() -> dict[str, Law]:
    """The three laws."""
    rows = zip(GENES, FORMULAS, PARENTS, DECAY, SIGNS, strict=True)
    return {g: law_of(g, f, p, d, signs=(s,)) for g, f, p, d, s in rows}


def _hill(x: float, half: float, n: float) -> float:
    return x**n / (half**n + x**n)


def velocity(_: float, x: np.ndarray) -> np.ndarray:
    """dx/dt, written out for SciPy."""
    a, b, c = x
    return np.array(
        [
            0.1 + 1.5 * (1 - _hill(c, 0.6, 3)) - 0.8 * a,
            0.1 + 1.2 * _hill(a, 0.7, 2) - b,
            0.05 + 1.4 * _hill(b, 0.5, 3) - 0.6 * c,
        ]
    )


def solved(start: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The course from one state, [times, 3]."""
    span = (float(times[0]), float(times[-1]))
    return solve_ivp(velocity, span, start, t_eval=times, rtol=1e-10, atol=1e-12).y.T


def courses(units: int = 8, points: int = 40, noise: float = 0.0, seed: int = 0) -> Trajectories:
    """Units followed for 12 h, with noise as a share of each gene's spread."""
    random = np.random.default_rng(seed)
    times = np.linspace(0, 12, points)
    x = np.stack([solved(random.uniform(0.05, 2, 3), times) for _ in range(units)])
    x = x + noise * x.std((0, 1)) * random.normal(size=x.shape)
    return Trajectories.from_arrays(x.clip(0), times, GENES, unit="h", scale="log1p")
