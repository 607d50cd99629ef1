"""The problem that an engine solves: which formula of these levels gives this production."""

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
        Whose production it is.
    parents
        The P candidate regulators, in the order of the columns of x.
    x, y
        Levels [n, P] in their own unit, never z-scored (those below 0 are read as 0), and the
        production at them, [n].
    weights
        Weight of each state, [n]; all the same if None.
    x_off, y_off
        States beyond the data's support, where laws that agree within it part.
    x_held, y_held
        Cells that were left out.
    noise
        Standard deviation of y about the truth, where it is known. No law is then held to be
        better than it.
    decay
        γ, passed on to the laws.
    unit
        Of the levels, passed on to the laws' parameters.
    """

    gene: str
    parents: tuple[str, ...]
    x: Array = field(repr=False)
    y: Array = field(repr=False)
    weights: Array | None = field(default=None, repr=False)
    x_off: Array | None = field(default=None, repr=False)
    y_off: Array | None = field(default=None, repr=False)
    x_held: Array | None = field(default=None, repr=False)
    y_held: Array | None = field(default=None, repr=False)
    noise: float | None = None
    decay: float | None = None
    unit: str = ""

    @property
    def spread(self) -> float:
        """Standard deviation of y, the unit of all errors."""
        return float(np.sqrt(np.average((self.y - self.mean) ** 2, weights=self.weights)))

    @property
    def mean(self) -> float:
        """Mean of y."""
        return float(np.average(self.y, weights=self.weights))

    @property
    def is_constant(self) -> bool:
        """Whether y does not vary beyond rounding."""
        return self.spread <= 1e-9 * max(float(np.abs(self.y).max()), 1e-300)

    def check(self) -> LawProblem:
        """Return the problem as float64 arrays if it can be fitted, or say why it cannot."""
        if not len(self.parents):
            raise InputError(
                f"at least one candidate regulator of {self.gene!r}", "none",
                "name parents=, lower the graph's threshold, or write its law as "
                "symbolic.constant_law",
            )  # fmt: skip
        check_gene_names(self.parents, f"the regulators of {self.gene!r}")
        checked = LawProblem(
            self.gene, tuple(self.parents), *self._pair(self.x, self.y, "x and y", True),
            self._weights(), *self._pair(self.x_off, self.y_off, "x_off and y_off"),
            *self._pair(self.x_held, self.y_held, "x_held and y_held"),
            noise=self.noise, decay=self.decay, unit=self.unit,
        )  # fmt: skip
        needed = 3 * len(self.parents) + 2
        if len(checked.y) < needed:
            raise InputError(
                f"at least {needed} states of {self.gene!r} for {len(self.parents)} regulators "
                f"(a law of all has {needed - 1} parameters)",
                f"{len(checked.y)}", "give more states, or fewer candidate regulators",
            )  # fmt: skip
        if checked.is_constant:
            raise InputError(
                f"production of {self.gene!r} that varies",
                f"{checked.mean:.4g} in every state",
                "leave this gene out, or write its law as symbolic.constant_law",
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
                f"shapes {shape} and {length}", "give a row a state and a column a regulator",
            )  # fmt: skip
        levels, production = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        bad = ~(np.isfinite(levels).all(1) & np.isfinite(production))
        if bad.any():
            raise InputError(
                f"finite {names} of {self.gene!r}",
                f"NaN or infinity in {bad.sum():,} of {len(bad):,} states, the first in row "
                f"{int(bad.argmax())}",
                "drop these states, or look for where they come from",
            )
        return np.maximum(levels, 0.0), production

    def _weights(self) -> Array | None:
        if self.weights is None:
            return None
        weights = np.asarray(self.weights, dtype=float)
        if weights.shape != np.shape(self.y) or not (weights >= 0).all() or not weights.sum() > 0:
            raise InputError(
                f"a weight of 0 or more for each state of {self.gene!r}",
                f"shape {weights.shape}, least {weights.min():.3g}",
                "give one weight a state, or leave them out",
            )
        return weights * (len(weights) / weights.sum())
