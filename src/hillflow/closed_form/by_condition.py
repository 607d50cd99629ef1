"""Sums of a regression for each condition: what a law learned elsewhere predicts there.

With terms z and a target y, Σ z zᵀ, Σ z y and Σ y² of each condition give three things without a
second look at the rows:

B_c   the mean square error in condition c of coefficients fitted to all other conditions
A_c   that of coefficients fitted to condition c itself
p     of the hypothesis that all conditions have the same coefficients (Chow 1960): with residual
      squares R₀ of one fit to all and R₁ of C fits, k terms and n rows,
      F = ((R₀ − R₁)/(k(C − 1))) / (R₁/(n − kC))

p is uniform under the hypothesis if rows are independent and deviations have one variance. Steps
between coupled cells are not independent, since cells share descendants: p is too small for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.steps import Array
from hillflow.closed_form.sums import block_dots, block_products

Columns = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ConditionSums:
    """Sums over the rows of each condition, of terms scaled to a mean square of 1.

    Attributes
    ----------
    gram, moment, square
        [conditions, terms, terms], [conditions, terms], [conditions].
    rows
        Rows of each condition, [conditions].
    variance
        Of y in each condition, [conditions].
    """

    gram: Array
    moment: Array
    square: Array
    rows: Array
    variance: Array

    @classmethod
    def of(cls, terms: NDArray, y: NDArray, condition: Columns) -> ConditionSums:
        """From terms [rows, terms], y and the condition of each row; O(rows · terms²)."""
        order = np.argsort(condition, kind="stable")
        rows = np.unique(condition, return_counts=True)[1]
        bounds = np.concatenate([[0], np.cumsum(rows)])
        z, y = terms[order].astype(float), y[order].astype(float)[:, None]
        scale = np.sqrt((z**2).mean(axis=0))
        z /= np.where(scale > 0, scale, 1.0)
        square = block_dots(y, y, bounds)[:, 0]
        mean = block_dots(y, np.ones_like(y), bounds)[:, 0] / rows
        return cls(
            block_products(z, z, bounds), block_products(z, y, bounds)[..., 0], square,
            rows.astype(float), square / rows - mean**2,
        )  # fmt: skip

    def left_out(self, columns: Columns, ridge: float) -> Array:
        """B: errors in each condition of laws fitted to the others, [conditions, sets].

        Parameters
        ----------
        columns
            The terms of each law, [sets, terms].
        ridge
            Penalty, as a share of a term's mean square.
        """
        others = (self.rows.sum() - self.rows)[:, None]
        gram = (self.gram.sum(axis=0) - self.gram) / others[..., None]
        moment = (self.moment.sum(axis=0) - self.moment) / others
        return self._errors(_fitted(gram, moment, columns, ridge), columns)

    def within(self, columns: Columns, ridge: float) -> Array:
        """A: errors in each condition of laws fitted to it, [conditions, sets]."""
        gram, moment = self.gram / self.rows[:, None, None], self.moment / self.rows[:, None]
        return self._errors(_fitted(gram, moment, columns, ridge), columns)

    def same_law(self) -> float:
        """p of the hypothesis that all conditions have the same coefficients; NaN of few rows."""
        from scipy.stats import f

        rank = np.linalg.matrix_rank
        used = int(rank(self.gram.sum(axis=0), hermitian=True))
        each = int(sum(rank(one, hermitian=True) for one in self.gram))
        left = int(self.rows.sum()) - each
        if each <= used or left < 1:
            return float("nan")
        alone = sum(
            _residual(*one) for one in zip(self.gram, self.moment, self.square, strict=True)
        )
        together = _residual(
            self.gram.sum(axis=0), self.moment.sum(axis=0), float(self.square.sum())
        )
        ratio = (together - alone) / (each - used) / max(alone / left, 1e-300)
        return float(f.sf(ratio, each - used, left))

    def _errors(self, w: Array, columns: Columns) -> Array:
        """Mean square errors in each condition of coefficients [conditions, sets, terms]."""
        gram = self.gram[:, columns[:, :, None], columns[:, None, :]]
        explained = 2 * (w * self.moment[:, columns]).sum(-1)
        explained -= np.einsum("csi,csij,csj->cs", w, gram, w)
        return np.maximum(self.square[:, None] - explained, 0.0) / self.rows[:, None]


def _fitted(gram: Array, moment: Array, columns: Columns, ridge: float) -> Array:
    """Coefficients of each set of columns, [conditions, sets, terms]."""
    a = gram[:, columns[:, :, None], columns[:, None, :]]
    each = np.arange(columns.shape[1])
    a[..., each, each] += ridge
    return np.asarray(np.linalg.solve(a, moment[:, columns][..., None])[..., 0])


def _residual(gram: Array, moment: Array, square: float) -> float:
    """Residual squares of a fit, of terms that may depend on each other."""
    return square - float(moment @ np.linalg.pinv(gram, hermitian=True) @ moment)
