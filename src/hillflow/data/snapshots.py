"""Snapshots: populations of cells at several times, each under one condition.

Each cell is measured once. Only the population is observed to change between times.
"""

from __future__ import annotations

import itertools
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
    check_range,
    check_shape,
    check_times,
    check_unspliced,
    check_velocity,
    locate_genes,
    settle_scale,
)
from hillflow.data.columns import as_column
from hillflow.data.data_sets import DataSets
from hillflow.data.tables import snapshots_from_frame
from hillflow.data.times import format_time, parse_times, same_time
from hillflow.errors import InputError, UnsupportedError, did_you_mean, listing
from hillflow.genes import check_gene_names
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    import anndata
    import pandas as pd

CONTROL = Intervention.control()


@dataclass(frozen=True, eq=False)
class Population:
    """The cells of one condition at one time, of one data set if there are several.

    Attributes
    ----------
    time, condition
        Their time and intervention.
    rows
        Their row indices in the snapshots, [cells].
    dataset
        Their data set, in snapshots with `sets`.
    """

    time: float
    condition: Intervention
    rows: np.ndarray = field(repr=False)
    dataset: str | None = None

    @property
    def line(self) -> tuple[Intervention, str | None]:
        """What its cells have in common with those of earlier and later times."""
        return self.condition, self.dataset

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Expression of cells × genes, with the time and condition of every cell. Immutable.

    Attributes
    ----------
    x
        Expression, [cells, genes], dense.
    genes
        One name per column, each once.
    time
        When each cell was measured, [cells], in `time_unit`.
    condition
        Index into `conditions` for each cell, [cells].
    conditions
        The interventions that occur; the control is ``Intervention.control()``.
    time_unit
        h, d, week, …, or another unit as the user wrote it; "" if none was given.
    scale
        "counts", "log1p", "coordinates" (of an embedding, not genes) or "unknown".
    cells, weights, labels, batch
        Name, weight, cell type and batch of each cell; each [cells] or None.
    clone
        Clone of each cell within its time, from lineage barcodes, [cells]; "" where it is not
        known. The coupling `moslin` uses it.
    velocity
        RNA velocity of each cell, [cells, genes], in the units of `x` per unit of its own time; NaN
        where it is not known. None without it.
    unspliced
        Levels of unspliced mRNA, [cells, genes], in the units of `x`, which is then of spliced
        mRNA: both are fitted. None without it.
    growth
        Known growth rate of each cell, birth less death per time unit, [cells]; None: not known.
        In a coupling over Δ a cell sends exp(rate · Δ) times its mass, and simulated cells weigh as
        much as that.
    basis
        The coordinates in which cells are coupled, fitted on these cells only. Selecting cells
        drops it (see `splits`), so left-out cells never influence it.
    sets
        The data sets that `batch` names, if these cells were aligned (see `data_sets`).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> x = np.random.default_rng(0).random((60, 2))
    >>> time = ["day 0"] * 20 + ["day 2"] * 40
    >>> condition = ["control"] * 40 + ["GATA1=ko"] * 20
    >>> cells = Snapshots.from_arrays(x, time, ["GATA1", "SPI1"], condition)
    >>> cells
    Snapshots(60 cells × 2 genes, times 0, 2 d, 2 conditions, scale unknown)
    >>> cells.describe().loc["control"].tolist()
    [20, 20]
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
    clone: np.ndarray | None = None
    velocity: np.ndarray | None = None
    unspliced: np.ndarray | None = None
    growth: np.ndarray | None = None
    basis: LinearBasis | None = None
    sets: DataSets | None = None

    def __post_init__(self) -> None:
        check_shape(self.x, self.genes, "cells")
        if self.velocity is not None:
            check_velocity(self.velocity, self.x)
        if self.unspliced is not None:
            check_unspliced(self.unspliced, self.x, self.genes)
        check_lengths(
            len(self.x), "cell", time=self.time, condition=self.condition, cells=self.cells,
            weights=self.weights, labels=self.labels, batch=self.batch, growth=self.growth,
            clone=self.clone,
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
        clone: Sequence[Any] | np.ndarray | None = None,
        growth: np.ndarray | None = None,
        cells: Sequence[str] | np.ndarray | None = None,
        velocity: np.ndarray | None = None,
        unspliced: np.ndarray | None = None,
    ) -> Snapshots:
        """Check NumPy arrays and build snapshots of them.

        Parameters
        ----------
        x
            Expression, [cells, genes]; integers become float32, float32 and float64 are kept
            and not copied.
        time
            Numbers or labels (``day 2``), one per cell.
        genes
            One name per column.
        conditions
            One per cell: an `Intervention` or its text (``"GATA1=ko"``). None: all control.
        unit
            Unit of times that are plain numbers.
        scale
            "counts", "log1p", "coordinates" or "unknown"; "auto" detects counts.
        min_cells
            Least number of cells at every time of every condition.
        weights, labels, batch, growth, clone, cells, velocity, unspliced
            As in the attributes.
        """
        genes = check_gene_names(genes)
        x = as_matrix(x, genes, "cells")
        times = parse_times(time, unit)
        conditions, weights, labels, batch, growth, cells = (
            None if values is None else as_column(values, name)
            for name, values in {
                "conditions": conditions, "weights": weights, "labels": labels, "batch": batch,
                "growth": growth, "cells": cells,
            }.items()
        )  # fmt: skip
        index, unique = _index_conditions(conditions, len(x), genes)
        names = None if cells is None else np.asarray(cells, dtype=object).astype(str)
        if names is not None and len(set(names)) != len(names):
            values, counts = np.unique(names, return_counts=True)
            raise InputError(
                "each cell name once",
                f"{listing(values[counts > 1])} several times",
                "check whether cells were read twice, or call adata.obs_names_make_unique() "
                "(for a table: .reset_index(drop=True))",
            )
        snapshots = cls(
            x, genes, times.values, index, unique, times.unit,
            cells=names, weights=_check_weights(weights),
            labels=_as_text(labels), batch=_as_text(batch), growth=_check_growth(growth),
            clone=_clones(clone),
            velocity=None if velocity is None else np.asarray(velocity, dtype=x.dtype),
            unspliced=None if unspliced is None else np.asarray(unspliced, dtype=x.dtype),
        )  # fmt: skip
        texts = [condition.name for condition in unique]
        check_times(snapshots.time, times.unit)
        check_populations(
            snapshots.time, index, texts, times.unit, min_cells, moving=velocity is not None
        )
        check_finite(x, genes)
        check_range(x, genes)
        return replace(snapshots, scale=settle_scale(scale, x))

    from_anndata = classmethod(snapshots_from_anndata)
    from_frame = classmethod(snapshots_from_frame)

    def to_anndata(self) -> anndata.AnnData:
        """Return AnnData with the names of `hillflow.keys`; `from_anndata` reads it back."""
        return snapshots_to_anndata(self)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def times(self) -> np.ndarray:
        """The distinct times, ascending."""
        return np.unique(self.time)

    @property
    def at_rest(self) -> bool:
        """Whether all cells are of one time: a screen, whose populations are taken to rest.

        Not of cells whose velocity is known.
        """
        return self.velocity is None and len(self.times) == 1

    @property
    def inputs(self) -> tuple[str, ...]:
        """Genes that were not measured: 1 where they are clamped at 1, else 0 (see `activated`)."""
        clamped = np.zeros((len(self.conditions), len(self.genes)), dtype=bool)
        for row, condition in enumerate(self.conditions):
            for action in condition:
                if action.kind == "clamp" and action.value == 1:
                    clamped[row, self.genes.index(action.gene)] = True
        columns = np.flatnonzero(clamped.any(axis=0))
        is_input = (self.x[:, columns] == clamped[self.condition][:, columns]).all(axis=0)
        return tuple(self.genes[k] for k in columns[is_input])

    def populations(self) -> Iterator[Population]:
        """Iterate over the populations that have cells, by condition, data set, then time."""
        names = (None,) if self.sets is None else self.sets.names
        for (index, condition), name in itertools.product(enumerate(self.conditions), names):
            mine = self.condition == index
            if name is not None:
                mine = mine & (self.batch == name)
            for time in self.times:
                rows = np.flatnonzero(mine & (self.time == time))
                if len(rows):
                    yield Population(float(time), condition, rows, name)

    def rows(
        self, time: float | None = None, condition: Intervention | str | None = None
    ) -> np.ndarray:
        """Return the indices of the cells at a time and under a condition; None: any."""
        keep = np.ones(len(self), dtype=bool)
        if time is not None:
            keep &= self.time == self.nearest_time(time)
        if condition is not None:
            keep &= self.condition == self.condition_index(condition)
        return np.flatnonzero(keep)

    def nearest_time(self, time: float) -> float:
        """Return the measured time equal to `time` up to rounding; refuse any other."""
        times = self.times
        same = times[same_time(times, time)]
        if not len(same):
            raise InputError(
                f"one of the times {', '.join(format_time(t, self.time_unit) for t in times)}",
                format_time(time, self.time_unit),
                "choose a measured time",
            )
        return float(same[0])

    def condition_index(self, condition: Intervention | str) -> int:
        """Return the position of a condition (or its text) in `conditions`; refuse others."""
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
        """Return coordinates in the basis, [cells, d], of all cells or some rows."""
        if self.basis is None:
            raise InputError("snapshots with a basis", "none", "call .with_basis(size) first")
        return self.basis.project(self.x if rows is None else self.x[rows])

    def measured(self, rows: np.ndarray) -> np.ndarray:
        """Return all that is measured of some cells: levels, then unspliced levels if known."""
        if self.unspliced is None:
            return self.x[rows]
        return np.concatenate([self.x[rows], self.unspliced[rows]], axis=1)

    def with_basis(self, size: int = 20, whiten: bool = False) -> Snapshots:
        """Return the snapshots with `size` principal components of *these* cells as basis.

        There are never more components than genes or cells.
        """
        size = min(size, len(self.genes), len(self))
        return replace(self, basis=LinearBasis.fit(self.x, size, whiten))

    def take(self, rows: np.ndarray) -> Snapshots:
        """Return these cells only (indices or a mask), without the basis fitted on all."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            check_lengths(len(self), "cell", mask=rows)
            rows = np.flatnonzero(rows)
        if not len(rows):
            raise InputError("cells to keep", "none", "use a less strict filter")
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
            labels=part(self.labels), batch=part(self.batch), growth=part(self.growth),
            clone=part(self.clone),
            velocity=part(self.velocity), unspliced=part(self.unspliced),
        )  # fmt: skip

    def select_genes(self, genes: Sequence[str]) -> Snapshots:
        """Return these genes only, in this order, without the basis."""
        if self.sets is not None and tuple(genes) != self.genes:
            raise UnsupportedError(
                "all genes of data sets that were aligned",
                f"{len(genes):,} of {len(self.genes):,}", "select the genes before align_data_sets",
            )  # fmt: skip
        columns = locate_genes(self.genes, genes)
        check_perturbed_kept(self.conditions, genes)
        return replace(
            self,
            x=np.ascontiguousarray(self.x[:, columns]),
            genes=check_gene_names(list(genes)),
            velocity=None if self.velocity is None else self.velocity[:, columns],
            unspliced=None if self.unspliced is None else self.unspliced[:, columns],
            basis=None,
        )

    def describe(self) -> pd.DataFrame:
        """Return the number of cells, with one row per condition and one column per time."""
        import pandas as pd

        table = pd.DataFrame(
            0,
            index=pd.Index([c.name for c in self.conditions], name="condition"),
            columns=pd.Index([format_time(t, self.time_unit) for t in self.times], name="time"),
        )
        for population in self.populations():
            column = format_time(population.time, self.time_unit)
            measured = self.rows(population.time, population.condition)  # of all data sets
            table.loc[population.condition.name, column] = len(measured)
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
    """Return the index of each cell's condition, [cells], and the conditions, control first."""
    if given is None:
        return np.zeros(cells, dtype=np.int32), (CONTROL,)
    parsed = {
        value: value if isinstance(value, Intervention) else Intervention.parse(str(value))
        for value in dict.fromkeys(given)
    }
    conditions = tuple(sorted(set(parsed.values()), key=lambda c: (not c.is_control, c.name)))
    for condition in conditions:
        condition.check(genes, "the data")
    index = {value: conditions.index(condition) for value, condition in parsed.items()}
    return np.array([index[value] for value in given], dtype=np.int32), conditions


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
            "in the weight column, write 1 for a cell that counts once, 0 for one to ignore",
        )
    return weights


def _clones(values: Sequence[Any] | np.ndarray | None) -> np.ndarray | None:
    """Clones as text, "" where none is known."""
    import pandas as pd

    if values is None:
        return None
    column = pd.Series(as_column(values, "clone"), dtype=object)
    return np.asarray(column.astype(str).where(column.notna(), ""), dtype=str)


def _check_growth(growth: np.ndarray | None) -> np.ndarray | None:
    if growth is None:
        return None
    try:
        rates = np.asarray(growth, dtype=np.float64)
    except (TypeError, ValueError):
        rates = np.array([np.nan])
    if not np.isfinite(rates).all():
        raise InputError(
            "growth rates that are finite numbers", listing(growth, 3),
            "write a rate per time unit for every cell, 0 for one that neither divides nor dies",
        )  # fmt: skip
    return rates


def _as_text(values: Sequence[str] | np.ndarray | None) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=object).astype(str)
