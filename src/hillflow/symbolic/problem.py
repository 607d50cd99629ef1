"""The problem that an engine solves: a formula of regulator levels for a production."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hillflow.errors import InputError
from hillflow.genes import check_gene_names

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class LawProblem:
    """Production of one gene at many states of its candidate regulators.

    Attributes
    ----------
    gene
        The regulated gene.
    parents
        The P candidate regulators, in the order of the columns of x.
    x, y
        Levels [n, P], not z-scored (negative levels are set to 0), and production [n].
    weights
        Weight of each state, [n]; None for equal weights.
    x_off, y_off
        States outside the range of the cells, where laws that agree inside may differ.
    x_left_out, y_left_out
        Cells that were left out.
    noise
        Standard deviation of the noise of y, if known. Smaller errors are not counted as better.
    decay
        γ, copied to the laws.
    unit
        Unit of the levels, for the parameters of the laws.
    """

    gene: str
    parents: tuple[str, ...]
    x: Array = field(repr=False)
    y: Array = field(repr=False)
    weights: Array | None = field(default=None, repr=False)
    x_off: Array | None = field(default=None, repr=False)
    y_off: Array | None = field(default=None, repr=False)
    x_left_out: Array | None = field(default=None, repr=False)
    y_left_out: Array | None = field(default=None, repr=False)
    noise: float | None = None
    decay: float | None = None
    unit: str = ""

    @property
    def spread(self) -> float:
        """Standard deviation of y, the unit of errors."""
        return float(np.sqrt(np.average((self.y - self.mean) ** 2, weights=self.weights)))

    @property
    def mean(self) -> float:
        """Mean of y."""
        return float(np.average(self.y, weights=self.weights))

    @property
    def is_constant(self) -> bool:
        """Whether y is constant up to rounding."""
        return self.spread <= 1e-9 * max(float(np.abs(self.y).max()), 1e-300)

    def check(self) -> LawProblem:
        """Return the problem with float64 arrays; raises an error if it cannot be fitted."""
        if not len(self.parents):
            raise InputError(
                f"at least one candidate regulator of {self.gene!r}", "none",
                "give parents=, select more edges of the graph, or use symbolic.constant_law",
            )  # fmt: skip
        check_gene_names(self.parents, f"the regulators of {self.gene!r}")
        checked = LawProblem(
            self.gene, tuple(self.parents), *self._pair(self.x, self.y, "x and y", True),
            self._weights(), *self._pair(self.x_off, self.y_off, "x_off and y_off"),
            *self._pair(self.x_left_out, self.y_left_out, "x_left_out and y_left_out"),
            noise=self.noise, decay=self.decay, unit=self.unit,
        )  # fmt: skip
        needed = 3 * len(self.parents) + 2
        if len(checked.y) < needed:
            raise InputError(
                f"at least {needed} states of {self.gene!r} for {len(self.parents)} regulators "
                f"(a law with all of them has {needed - 1} parameters)",
                f"{len(checked.y)}", "give more states, or fewer candidate regulators",
            )  # fmt: skip
        if checked.is_constant:
            raise InputError(
                f"production of {self.gene!r} that varies",
                f"{checked.mean:.4g} in every state",
                "leave this gene out, or use symbolic.constant_law",
            )
        return checked

    def _pair(
        self, x: Array | None, y: Array | None, names: str, needed: bool = False
    ) -> tuple[Array, Array]:
        if x is None and y is None and not needed:
            return None, None  # type: ignore[return-value]
        shape, length = np.shape(np.asarray(x)), np.shape(np.asarray(y))
        if len(length) != 1 or shape != (*length, len(self.parents)):
            raise InputError(
                f"{names} of {self.gene!r} as [n, {len(self.parents)} regulators] and [n]",
                f"shapes {shape} and {length}", "use a row per state and a column per regulator",
            )  # fmt: skip
        levels, production = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        bad = ~(np.isfinite(levels).all(1) & np.isfinite(production))
        if bad.any():
            raise InputError(
                f"finite {names} of {self.gene!r}",
                f"NaN or infinity in {bad.sum():,} of {len(bad):,} states, the first in row "
                f"{int(bad.argmax())}",
                "remove these states, or find out where they come from",
            )
        return np.maximum(levels, 0.0), production

    def _weights(self) -> Array | None:
        if self.weights is None:
            return None
        weights = np.asarray(self.weights, dtype=float)
        if weights.shape != np.shape(self.y) or not (weights >= 0).all() or not weights.sum() > 0:
            raise InputError(
                f"a weight of 0 or more for each state of {self.gene!r}",
                f"shape {weights.shape}, smallest {weights.min():.3g}",
                "give one weight per state, or leave them out",
            )
        return weights * (len(weights) / weights.sum())
