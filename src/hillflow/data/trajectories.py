"""Trajectories: the same unit followed through time (bulk series, pseudotime-ordered samples)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.anndata_io import trajectories_from_anndata, trajectories_to_anndata
from hillflow.data.checks import (
    as_matrix,
    check_finite,
    check_lengths,
    check_perturbed_kept,
    locate_genes,
    settle_scale,
)
from hillflow.data.snapshots import CONTROL
from hillflow.data.tables import trajectories_from_frame
from hillflow.data.times import parse_times
from hillflow.errors import InputError, TimeError, did_you_mean, listing
from hillflow.genes import check_gene_names
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    import anndata


@dataclass(frozen=True, eq=False)
class Steps:
    """Consecutive observations of one unit: from x0 at t0 to x1, a gap dt later.

    x0, x1 are [steps, genes]; t0, dt, series are [steps].
    """

    x0: np.ndarray
    x1: np.ndarray
    t0: np.ndarray
    dt: np.ndarray
    series: np.ndarray

    def __repr__(self) -> str:
        steps, genes = self.x0.shape
        return f"Steps({steps:,} steps of {len(np.unique(self.series)):,} series × {genes:,} genes)"


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Rows are observations, sorted by series and then by time. Immutable.

    Attributes
    ----------
    x
        Expression, [rows, genes].
    genes
        One name a column.
    time, series
        When each row was measured, and the index of its unit in `names`; [rows].
    names, conditions
        Name and intervention of each unit; [series].
    time_unit, scale
        As in `Snapshots`.
    """

    x: np.ndarray
    genes: tuple[str, ...]
    time: np.ndarray
    series: np.ndarray
    names: tuple[str, ...]
    conditions: tuple[Intervention, ...]
    time_unit: str = ""
    scale: str = "unknown"

    @classmethod
    def from_rows(
        cls,
        x: np.ndarray,
        time: Iterable[Any],
        genes: Sequence[str],
        series: Sequence[str] | np.ndarray | None = None,
        conditions: Sequence[Intervention | str] | None = None,
        *,
        unit: str | None = None,
        scale: str = "auto",
    ) -> Trajectories:
        """Check and build from observations in any order.

        Parameters
        ----------
        x
            [rows, genes].
        time
            Numbers or labels, [rows]; within a series each time once.
        series
            The unit of each row; None: all rows are one unit (pseudotime).
        conditions
            What was done to the unit, one a row and the same throughout a series.
        """
        genes = check_gene_names(genes)
        x = as_matrix(x, genes, "rows")
        check_finite(x, genes)
        times = parse_times(time, unit)
        units = ["series"] * len(x) if series is None else [str(name) for name in series]
        check_lengths(len(x), "row", time=times.values, series=units, conditions=conditions)
        names = tuple(dict.fromkeys(units))
        place = {name: index for index, name in enumerate(names)}
        index = np.array([place[name] for name in units], dtype=np.int64)
        order = np.lexsort((times.values, index))
        made = cls(
            np.ascontiguousarray(x[order]), genes, times.values[order], index[order], names,
            _one_each(conditions, index, names, genes), times.unit, settle_scale(scale, x),
        )  # fmt: skip
        made._check()
        return made

    @classmethod
    def from_arrays(
        cls,
        x: np.ndarray,
        times: Sequence[Any] | np.ndarray,
        genes: Sequence[str],
        names: Sequence[str] | None = None,
        **options: Any,
    ) -> Trajectories:
        """From [series, times, genes] where every unit was seen at the same times."""
        x = np.asarray(x)
        if x.ndim != 3 or x.shape[1] != len(times):
            raise InputError(
                "x of shape [series, times, genes]",
                f"shape {x.shape} with {len(times)} times",
                "stack the units along the first axis",
            )
        names = [f"series{k}" for k in range(len(x))] if names is None else list(names)
        rows = x.reshape(-1, x.shape[2])
        units = np.repeat(np.array(names, dtype=object), x.shape[1])
        return cls.from_rows(rows, list(times) * len(x), genes, units, **options)

    from_anndata = classmethod(trajectories_from_anndata)
    from_frame = classmethod(trajectories_from_frame)

    def to_anndata(self) -> anndata.AnnData:
        """As AnnData; `from_anndata` reads it back."""
        return trajectories_to_anndata(self)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def times(self) -> np.ndarray:
        """All different times, ascending."""
        return np.unique(self.time)

    def one(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Times [n] and states [n, genes] of one unit."""
        if name not in self.names:
            raise InputError("the name of a series", repr(name), did_you_mean(name, self.names))
        rows = self.series == self.names.index(name)
        return self.time[rows], self.x[rows]

    def steps(self) -> Steps:
        """Every pair of consecutive observations."""
        first = np.flatnonzero(self.series[1:] == self.series[:-1])
        t0, t1 = self.time[first], self.time[first + 1]
        return Steps(self.x[first], self.x[first + 1], t0, t1 - t0, self.series[first])

    def take(self, names: Sequence[str]) -> Trajectories:
        """Only these units, in this order."""
        unknown = [name for name in names if name not in self.names]
        if unknown or not len(names):
            raise InputError(
                "names of series",
                listing(unknown) if unknown else "none",
                did_you_mean(str(unknown[0]) if unknown else "", self.names),
            )
        rows = [np.flatnonzero(self.series == self.names.index(name)) for name in names]
        index = np.concatenate(rows)
        series = np.repeat(np.arange(len(names)), [len(r) for r in rows])
        conditions = tuple(self.conditions[self.names.index(name)] for name in names)
        return Trajectories(
            self.x[index], self.genes, self.time[index], series, tuple(names), conditions,
            self.time_unit, self.scale,
        )  # fmt: skip

    def select_genes(self, genes: Sequence[str]) -> Trajectories:
        """Only these genes, in this order."""
        columns = locate_genes(self.genes, genes)
        check_perturbed_kept(self.conditions, genes)
        return replace(
            self,
            x=np.ascontiguousarray(self.x[:, columns]),
            genes=check_gene_names(list(genes)),
        )

    def _check(self) -> None:
        if len(self.times) < 2:
            raise TimeError(
                "at least two time points", "one", "one observation of a unit holds no dynamics"
            )
        twice = (np.diff(self.series) == 0) & (np.diff(self.time) == 0)
        if twice.any():
            names = dict.fromkeys(self.names[self.series[k]] for k in np.flatnonzero(twice))
            raise TimeError(
                "each time once in a series",
                f"the same time several times in {_called(names, self.names)}",
                "average the replicates, or name them as series of their own with series=…",
            )
        alone = np.bincount(self.series, minlength=len(self.names)) < 2
        if alone.any():
            raise TimeError(
                "at least two observations of every series",
                f"one of {listing(np.array(self.names)[alone])}",
                "leave these series out",
            )

    def __repr__(self) -> str:
        return (
            f"Trajectories({len(self)} series × {len(self.genes):,} genes, "
            f"{len(self.x):,} observations at {len(self.times)} times {self.time_unit}".rstrip()
            + ")"
        )


def _called(names: Iterable[str], every: Sequence[str]) -> str:
    """Series by name; the only one may have been named by us."""
    return listing(names) if len(every) > 1 else "the one series of all rows"


def _one_each(
    given: Sequence[Intervention | str] | None,
    index: np.ndarray,
    names: tuple[str, ...],
    genes: tuple[str, ...],
) -> tuple[Intervention, ...]:
    if given is None:
        return (CONTROL,) * len(names)
    read = [v if isinstance(v, Intervention) else Intervention.parse(str(v)) for v in given]
    of: dict[int, Intervention] = {}
    for position, intervention in zip(index, read, strict=True):
        if of.setdefault(int(position), intervention.check(genes)) != intervention:
            raise InputError(
                "one intervention a series",
                f"{of[int(position)].name!r} and {intervention.name!r} in "
                f"{_called([names[position]], names)}",
                "split the series where the intervention changes",
            )
    return tuple(of[position] for position in range(len(names)))
