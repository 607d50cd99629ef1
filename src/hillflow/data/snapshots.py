"""Snapshots: populations of cells at times, each under a condition.

Every cell is seen once. What moves between times is the population.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.anndata_io import snapshots_from_anndata, snapshots_to_anndata
from hillflow.data.basis import LinearBasis
from hillflow.data.checks import (
    as_matrix,
    check_finite,
    check_lengths,
    check_perturbed_kept,
    check_populations,
    check_shape,
    locate_genes,
    settle_scale,
)
from hillflow.data.tables import snapshots_from_frame
from hillflow.data.times import format_time, parse_times
from hillflow.errors import InputError, did_you_mean, listing
from hillflow.genes import check_gene_names
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    import anndata
    import pandas as pd

CONTROL = Intervention.control()


@dataclass(frozen=True, eq=False)
class Population:
    """The cells of one condition at one time: which rows of the snapshots they are."""

    time: float
    condition: Intervention
    rows: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Cells × genes with a time and a condition for every cell. Immutable.

    Attributes
    ----------
    x
        Expression, [cells, genes], dense.
    genes
        One name a column, each once.
    time
        When each cell was measured, [cells], in `time_unit`.
    condition
        Index into `conditions` for each cell, [cells].
    conditions
        The interventions that occur; the control is ``Intervention.control()``.
    time_unit
        h, d, week, …; another as the user wrote it; empty where none was given.
    scale
        "counts", "log1p" or "unknown".
    cells, weights, labels, batch
        Cell names, how much each cell counts, its type, its batch; each [cells] or None.
    basis
        The coordinates cells are coupled in; fitted on these cells only. It does not survive
        a change of the cells (see `splits`), so left-out cells never shape it.
    """

    x: np.ndarray
    genes: tuple[str, ...]
    time: np.ndarray
    condition: np.ndarray
    conditions: tuple[Intervention, ...] = (CONTROL,)
    time_unit: str = ""
    scale: str = "unknown"
    cells: np.ndarray | None = None
    weights: np.ndarray | None = None
    labels: np.ndarray | None = None
    batch: np.ndarray | None = None
    basis: LinearBasis | None = None

    def __post_init__(self) -> None:
        check_shape(self.x, self.genes, "cells")
        check_lengths(
            len(self.x), "cell", time=self.time, condition=self.condition, cells=self.cells,
            weights=self.weights, labels=self.labels, batch=self.batch,
        )  # fmt: skip

    @classmethod
    def from_arrays(
        cls,
        x: np.ndarray,
        time: Iterable[Any],
        genes: Sequence[str],
        conditions: Sequence[Intervention | str] | None = None,
        *,
        unit: str | None = None,
        scale: str = "auto",
        min_cells: int = 10,
        weights: np.ndarray | None = None,
        labels: Sequence[str] | np.ndarray | None = None,
        batch: Sequence[str] | np.ndarray | None = None,
        cells: Sequence[str] | np.ndarray | None = None,
    ) -> Snapshots:
        """Check and build from NumPy arrays.

        Parameters
        ----------
        x
            [cells, genes]; integers become float32, float32 and float64 stay, uncopied.
        time
            Numbers or labels (``day 2``), one a cell.
        genes
            One name a column.
        conditions
            One a cell: an `Intervention` or its text (``"GATA1=ko"``); None: all control.
        unit, scale, min_cells
            Unit of plain numbers; "counts", "log1p", "unknown" or "auto"; least population.
        """
        genes = check_gene_names(genes)
        x = as_matrix(x, genes, "cells")
        times = parse_times(time, unit)
        index, kinds = _index_conditions(conditions, len(x), genes)
        names = None if cells is None else np.asarray(cells, dtype=object).astype(str)
        if names is not None and len(set(names)) != len(names):
            values, counts = np.unique(names, return_counts=True)
            raise InputError(
                "each cell name once",
                f"{listing(values[counts > 1])} several times",
                "look for cells that were read twice, or call adata.obs_names_make_unique() "
                "(of a table: .reset_index(drop=True))",
            )
        made = cls(
            x, genes, times.values, index, kinds, times.unit,
            cells=names, weights=_check_weights(weights),
            labels=_as_text(labels), batch=_as_text(batch),
        )  # fmt: skip
        check_populations(made.time, index, [kind.name for kind in kinds], times.unit, min_cells)
        check_finite(x, genes)
        return replace(made, scale=settle_scale(scale, x))

    from_anndata = classmethod(snapshots_from_anndata)
    from_frame = classmethod(snapshots_from_frame)

    def to_anndata(self) -> anndata.AnnData:
        """As AnnData, under the names of `hillflow.keys`; `from_anndata` reads it back."""
        return snapshots_to_anndata(self)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def times(self) -> np.ndarray:
        """The different times, ascending."""
        return np.unique(self.time)

    def populations(self) -> Iterator[Population]:
        """Every population that has cells: by condition, then by time."""
        for index, condition in enumerate(self.conditions):
            for time in self.times:
                rows = np.flatnonzero((self.condition == index) & (self.time == time))
                if len(rows):
                    yield Population(float(time), condition, rows)

    def rows(
        self, time: float | None = None, condition: Intervention | str | None = None
    ) -> np.ndarray:
        """Indices of the cells at a time (nearest floating-point match), under a condition."""
        keep = np.ones(len(self), dtype=bool)
        if time is not None:
            keep &= self.time == self.nearest_time(time)
        if condition is not None:
            keep &= self.condition == self.condition_index(condition)
        return np.flatnonzero(keep)

    def nearest_time(self, time: float) -> float:
        """The measured time equal to `time` up to rounding, or an error that lists them."""
        times = self.times
        closest = float(times[np.argmin(np.abs(times - time))])
        if not np.isclose(closest, time, rtol=1e-9, atol=1e-9):
            raise InputError(
                f"one of the times {', '.join(format_time(t, self.time_unit) for t in times)}",
                format_time(time, self.time_unit),
                "name a measured time",
            )
        return closest

    def condition_index(self, condition: Intervention | str) -> int:
        """Position of a condition (or its text) in `conditions`, or an error that lists them."""
        if isinstance(condition, str):
            condition = Intervention.parse(condition)
        if condition not in self.conditions:
            raise InputError(
                "a condition of the data",
                repr(condition.name),
                did_you_mean(condition.name, [c.name for c in self.conditions]),
            )
        return self.conditions.index(condition)

    def states(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Coordinates of cells in the basis, [cells, d] (all cells, or some rows)."""
        if self.basis is None:
            raise InputError("snapshots with a basis", "none", "call .with_basis(size) first")
        return self.basis.project(self.x if rows is None else self.x[rows])

    def with_basis(self, size: int = 20, whiten: bool = False) -> Snapshots:
        """With principal components of *these* cells, at most as many as there are genes."""
        size = min(size, len(self.genes), len(self))
        return replace(self, basis=LinearBasis.fit(self.x, size, whiten))

    def take(self, rows: np.ndarray) -> Snapshots:
        """Only these cells (indices or a mask). Drops the basis, which knew the others."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            check_lengths(len(self), "cell", mask=rows)
            rows = np.flatnonzero(rows)
        if not len(rows):
            raise InputError("cells to keep", "none", "loosen what you filter by")
        kept = np.unique(self.condition[rows])
        position = np.zeros(len(self.conditions), dtype=np.int32)
        position[kept] = np.arange(len(kept), dtype=np.int32)

        def part(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[rows]

        return replace(
            self, x=self.x[rows], time=self.time[rows], basis=None,
            condition=position[self.condition[rows]],
            conditions=tuple(self.conditions[k] for k in kept),
            cells=part(self.cells), weights=part(self.weights),
            labels=part(self.labels), batch=part(self.batch),
        )  # fmt: skip

    def select_genes(self, genes: Sequence[str]) -> Snapshots:
        """Only these genes, in this order. Drops the basis."""
        columns = locate_genes(self.genes, genes)
        check_perturbed_kept(self.conditions, genes)
        return replace(
            self,
            x=np.ascontiguousarray(self.x[:, columns]),
            genes=check_gene_names(list(genes)),
            basis=None,
        )

    def describe(self) -> pd.DataFrame:
        """Number of cells, a row a condition and a column a time."""
        import pandas as pd

        table = pd.DataFrame(
            0,
            index=pd.Index([c.name for c in self.conditions], name="condition"),
            columns=pd.Index([format_time(t, self.time_unit) for t in self.times], name="time"),
        )
        for population in self.populations():
            column = format_time(population.time, self.time_unit)
            table.loc[population.condition.name, column] = len(population)
        return table

    def __repr__(self) -> str:
        times = ", ".join(f"{t:g}" for t in self.times)
        return (
            f"Snapshots({len(self):,} cells × {len(self.genes):,} genes, "
            f"times {times} {self.time_unit}".rstrip()
            + f", {len(self.conditions)} condition{'s' * (len(self.conditions) > 1)}, "
            f"scale {self.scale})"
        )


def _index_conditions(
    given: Sequence[Intervention | str] | None, cells: int, genes: tuple[str, ...]
) -> tuple[np.ndarray, tuple[Intervention, ...]]:
    if given is None:
        return np.zeros(cells, dtype=np.int32), (CONTROL,)
    read = {
        value: value if isinstance(value, Intervention) else Intervention.parse(str(value))
        for value in dict.fromkeys(given)
    }
    kinds = tuple(sorted(set(read.values()), key=lambda kind: (not kind.is_control, kind.name)))
    for kind in kinds:
        kind.check(genes)
    place = {value: kinds.index(kind) for value, kind in read.items()}
    return np.array([place[value] for value in given], dtype=np.int32), kinds


def _check_weights(weights: np.ndarray | None) -> np.ndarray | None:
    if weights is None:
        return None
    try:
        weights = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            "cell weights that are numbers",
            listing(weights),
            "write numbers in the weight column",
        ) from None
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise InputError(
            "cell weights that are finite, at least 0 and not all 0",
            f"{int((~np.isfinite(weights)).sum()):,} not finite, {int((weights < 0).sum()):,} "
            f"negative, {int((weights == 0).sum()):,} zero of {len(weights):,}",
            "in the weight column, give 1 to a cell that counts as one, 0 to one that does not",
        )
    return weights


def _as_text(values: Sequence[str] | np.ndarray | None) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=object).astype(str)
