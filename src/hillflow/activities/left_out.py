"""Activity that never contains the gene it is to explain, by downdates of the same regressions.

To explain gene g by a regulator's activity, g must not be part of that activity: a target would
else be explained by itself. Genes of one operon, which are transcribed together, are left out with
it: L(g) holds g and `neighbours` genes on each side, in the order of the columns or in one that is
given. No regression is done anew. For ``ulm`` the sums over L are taken off the sums over all genes
(running sums along the order give those of every g at once). For ``mlm`` (Sherman & Morrison 1950;
Woodbury 1950), with H = MP the hat matrix and e the residuals of all genes,

    β̂⁽⁻ᴸ⁾ = β̂ − P_L (I − H_LL)⁻¹ e_L,
    [(MᵀM)⁻¹]⁽⁻ᴸ⁾ = (MᵀM)⁻¹ + P_L (I − H_LL)⁻¹ P_Lᵀ,
    SSE⁽⁻ᴸ⁾ = SSE − e_Lᵀ (I − H_LL)⁻¹ e_L.

Where fewer than `tmin` targets are left, the activity is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hillflow.activities.multivariate import Array, Design, Statistic
from hillflow.activities.regulons import Regulons
from hillflow.activities.univariate import t_values
from hillflow.errors import InputError, did_you_mean

_OWN = 1e-9  # eigenvalues of I − H_LL below it: directions that only genes of L determine


class LeftOut(Protocol):
    """Activities without the gene that they are to explain."""

    def of(self, regulator: str) -> Array:
        """The activity of a regulator in each cell, without each gene: [cells, genes]."""


@dataclass(frozen=True, eq=False)
class Windows:
    """The genes that are left out with each gene: those beside it in an order.

    Attributes
    ----------
    order
        The genes in order, as columns of the data, [genes].
    start, stop
        Places in `order` from the first left out to behind the last, of the gene at each place,
        [genes].
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    @classmethod
    def beside(cls, genes: int, neighbours: int = 0, order: Sequence[int] | None = None) -> Windows:
        """Each gene and this many on each side; by default in the order of the columns."""
        if neighbours < 0:
            raise InputError("a number of neighbours of 0 or more", f"{neighbours}", "use 0")
        places = np.arange(genes)
        columns = places if order is None else np.asarray(order, dtype=np.int64)
        if not np.array_equal(np.sort(columns), places):
            raise InputError(
                f"an order that names each of {genes:,} columns once", f"{len(columns):,} numbers",
                "pass np.argsort(position of each gene)",
            )  # fmt: skip
        start = np.maximum(places - neighbours, 0)
        return cls(columns, start, np.minimum(places + neighbours + 1, genes))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of genes left out, [genes], by place."""
        return self.stop - self.start

    def sums(self, values: Array) -> Array:
        """Σ over the genes left out with each; [genes, …] to [genes, …], both by place."""
        running = np.zeros((len(values) + 1, *values.shape[1:]))
        np.cumsum(values, axis=0, out=running[1:])
        return np.asarray(running[self.stop] - running[self.start])

    def by_column(self, values: Array) -> Array:
        """[places, cells] as [cells, genes in the order of the columns]."""
        columns = np.empty((values.shape[1], values.shape[0]))
        columns[:, self.order] = values.T
        return columns


def left_out(
    x: Array,
    regulons: Regulons,
    method: str = "ulm",
    *,
    neighbours: int = 0,
    order: Sequence[int] | None = None,
    statistic: Statistic = "t",
    tmin: int = 2,
) -> LeftOut:
    """Prepare activities that leave each gene, and its neighbours, out.

    Parameters
    ----------
    x
        Expression, dense, [cells, genes].
    regulons
        Of the same genes.
    method
        "ulm" or "mlm".
    neighbours
        Genes on each side of a gene that are left out with it.
    order
        Columns of `x` in the order in which genes are neighbours, such as along a chromosome; by
        default that of the columns.
    statistic
        Of ``mlm``: "t", or "slope" in units of expression. Of ``ulm``, "t" alone.
    tmin
        Fewest targets that must be left.

    Returns
    -------
    LeftOut
        ``of(regulator)`` is [cells, genes]: its activity without each gene. Cost of one: ``ulm``
        O(cells · genes); ``mlm`` the same times `neighbours`, after O(genes · neighbours³) once.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import left_out, regulons, ulm
    >>> from hillflow.networks import Network
    >>> genes, x = list("abcdef"), np.random.default_rng(0).random((3, 6))
    >>> found = regulons(Network.from_columns(["TF"] * 3, ["a", "b", "c"]), genes, tmin=3)
    >>> without = left_out(x, found).of("TF")[:, 0]  # without gene a
    >>> np.allclose(without, ulm(x[:, 1:], found.without(np.array([0])).weight)[0][:, 0])
    True
    """
    x = np.asarray(x, dtype=float)
    if x.shape[1] != len(regulons.genes):
        raise InputError(
            f"expression of the {len(regulons.genes):,} genes of the regulons",
            f"{x.shape[1]:,} columns", "pass regulons(network, genes) of these genes",
        )  # fmt: skip
    windows = Windows.beside(x.shape[1], neighbours, order)
    if method == "ulm" and statistic == "t":
        return Univariate(x, regulons, windows, tmin)
    if method == "mlm" and statistic in ("t", "slope"):
        return Multivariate(x, regulons, windows, statistic, tmin)
    raise InputError(
        "the method 'ulm' (statistic 't') or 'mlm' (statistics 't' and 'slope')",
        f"{method!r} with statistic {statistic!r}", did_you_mean(method, ("ulm", "mlm")),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Univariate:
    """t-values of `ulm` without each gene."""

    x: Array
    regulons: Regulons
    windows: Windows
    tmin: int

    @cached_property
    def _moments(self) -> tuple[Array, Array]:
        """Σx and Σx² over the genes that stay, [places, cells]."""
        ordered = self.x[:, self.windows.order].T
        square = ordered * ordered
        return (
            ordered.sum(axis=0) - self.windows.sums(ordered),
            square.sum(axis=0) - self.windows.sums(square),
        )

    def of(self, regulator: str) -> Array:
        """The activity of a regulator in each cell, without each gene: [cells, genes]."""
        windows = self.windows
        column = self.regulons.weight[:, [self.regulons.index(regulator)]].toarray()[windows.order]
        product = column * self.x[:, windows.order].T
        count = (len(column) - windows.sizes)[:, None]

        def staying(values: Array) -> Array:
            return np.asarray(values.sum(axis=0) - windows.sums(values))

        x, xx = self._moments
        t = t_values(staying(product), x, xx, staying(column), staying(column**2), count)
        t[staying((column != 0).astype(float))[:, 0] < self.tmin] = np.nan
        return windows.by_column(t)


@dataclass(frozen=True, eq=False)
class Multivariate:
    """t-values or slopes of `mlm` without each gene."""

    x: Array
    regulons: Regulons
    windows: Windows
    statistic: Statistic
    tmin: int

    @cached_property
    def _design(self) -> Design:
        return Design.of(self.regulons)

    @cached_property
    def _residuals(self) -> Array:
        """e, [cells, genes]."""
        return np.asarray(self.x - self.x @ self._design.projector.T @ self._design.matrix.T)

    @cached_property
    def _parts(self) -> list[tuple[NDArray[np.int64], Array]]:
        """L at each place, and (I − H_LL)⁻¹ on the directions that other genes determine."""
        matrix, projector, windows = self._design.matrix, self._design.projector, self.windows
        parts = []
        for start, stop in zip(windows.start, windows.stop, strict=True):
            out = windows.order[start:stop]
            values, vectors = np.linalg.eigh(np.eye(len(out)) - matrix[out] @ projector[:, out])
            scale = np.where(values > _OWN, 1 / np.where(values > _OWN, values, 1.0), 0.0)
            parts.append((out, (vectors * scale) @ vectors.T))
        return parts

    @cached_property
    def _squares(self) -> Array:
        """SSE⁽⁻ᴸ⁾, [places, cells]."""
        e = self._residuals
        own = [((e[:, out] @ inverse) * e[:, out]).sum(axis=1) for out, inverse in self._parts]
        return np.maximum((e**2).sum(axis=1) - np.stack(own), 0.0)

    def of(self, regulator: str) -> Array:
        """The activity of a regulator in each cell, without each gene: [cells, genes]."""
        k = self.regulons.index(regulator) + 1  # behind the intercept
        row, whole = self._design.projector[k], self.x @ self._design.projector[k]
        taken = [(out, inverse @ row[out]) for out, inverse in self._parts]
        beta = np.stack([whole - self._residuals[:, out] @ share for out, share in taken])
        if self.statistic == "t":
            own = self._design.inverse[k, k]
            spread = np.array([own + row[out] @ share for out, share in taken])
            df = self._design.df - self.windows.sizes
            with np.errstate(invalid="ignore", divide="ignore"):
                beta /= np.sqrt(self._squares / df[:, None] * spread[:, None])
        target = (self._design.matrix[self.windows.order, k] != 0).astype(float)
        beta[target.sum() - self.windows.sums(target) < self.tmin] = np.nan
        return self.windows.by_column(beta)
