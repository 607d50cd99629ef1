"""The numbers of a gene's logic law: a soft truth table of its regulators' Hill curves."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from hillflow.fields.logic import LogicField, interpolated

Array = np.ndarray


@dataclass(frozen=True)
class SoftTable:
    """Production s Σ_T a_T Π_{j∈T} h_j Π_{j∉T} (1 − h_j), with h_j = x_jⁿ / (Kⁿ + x_jⁿ).

    Attributes
    ----------
    gene, regulators
        The gene, and its R regulators in use.
    scale, decay
        s and γ.
    rows
        a, [2, …, 2] (R axes): index 1 of an axis means that this regulator is on.
    threshold, exponent
        K and n of each regulator, [R].
    """

    gene: str
    regulators: tuple[str, ...]
    scale: float
    decay: float
    rows: Array
    threshold: Array
    exponent: Array

    def signs(self) -> tuple[int, ...]:
        """Sign of the mean over rows of (a with j on − a with j off), for each regulator."""
        axes = range(self.rows.ndim)
        effects = [np.diff(self.rows, axis=axis).mean() for axis in axes]
        return tuple(1 if effect > 0 else -1 for effect in effects)

    def levels(self) -> Array:
        """Level at rest if a row holds, s a_T / γ, [2, …, 2]."""
        return self.scale * self.rows / self.decay

    def curves(self, levels: Array) -> Array:
        """Hill curve of each regulator at its levels [n, R], [n, R]."""
        with np.errstate(divide="ignore"):
            distance = self.exponent * (np.log(levels) - np.log(self.threshold))
        return 1 / (1 + np.exp(-np.clip(distance, -700, 700)))

    def effects(self, levels: Array) -> Array:
        """Production with regulator j on minus with j off, mean over cells [n, R], [R].

        The other regulators are as their curves are in each cell: s · mean of ∂A/∂h_j.
        """
        curves = self.curves(levels)
        means = [
            interpolate(np.diff(self.rows, axis=k), np.delete(curves, k, axis=1)).mean()
            for k in range(self.rows.ndim)
        ]
        return self.scale * np.array(means)

    def names(self) -> list[tuple[str, ...]]:
        """The regulators that are on in each row, in the order of ``rows.ravel()``."""
        return [
            tuple(gene for gene, on in zip(self.regulators, row, strict=True) if on)
            for row in product((False, True), repeat=len(self.regulators))
        ]


def interpolate(rows: Array, curves: Array) -> Array:
    """Interpolate rows [2, …, 2] at the curves [n, R], [n]."""
    table = torch.from_numpy(np.array(rows, dtype=float).reshape(1, -1))
    return interpolated(table, torch.from_numpy(curves)[:, None])[:, 0].numpy()


@torch.no_grad()
def soft_tables(field: LogicField) -> dict[str, SoftTable]:
    """Read the table of each gene in double precision, without the regulators that were dropped."""
    exact = deepcopy(field).double()
    slots = exact.regulator.shape[1]
    scale, decay, rows = exact.scale(), exact.decay_rate(), exact.rows()
    threshold, exponent = exact.threshold().numpy(), exact.exponent().numpy()
    tables = {}
    for i, gene in enumerate(exact.genes):
        used = exact.used[i].numpy()
        # A dropped regulator is never on, as in `LogicField.hill`.
        cube = rows[i].numpy().reshape((2,) * slots)[tuple(slice(None) if u else 0 for u in used)]
        tables[gene] = SoftTable(
            gene, tuple(exact.genes[j] for j in exact.regulator[i][used].tolist()),
            float(scale[i]), float(decay[i]), np.asarray(cube), threshold[i][used],
            exponent[i][used],
        )  # fmt: skip
    return tables
