"""Trajectories: repeated observations of one unit over time (bulk time series, pseudotime)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.anndata_io import trajectories_from_anndata, trajectories_to_anndata
from hillflow.data.checks import (
    as_matrix,
    as_numbers,
    check_finite,
    check_latest,
    check_lengths,
    check_perturbed_kept,
    check_range,
    locate_genes,
    settle_scale,
)
from hillflow.data.columns import as_column
from hillflow.data.doses import Doses, read_covariates, read_doses
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
    """Pairs of consecutive observations of the same series.

    Attributes
    ----------
    x0, x1
        Expression before and after each step, [steps, genes].
    t0, dt
        Time of x0, and time from x0 to x1, [steps].
    series
        Index of the series, [steps].
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
    """Time series: one row per observation, sorted by series and then by time. Immutable.

    Attributes
    ----------
    x
        Expression, [rows, genes].
    genes
        One name per column.
    time, series
        When each row was measured, and the index of its series in `names`; [rows].
    names, conditions
        Name and intervention of each series; [series].
    time_unit, scale
        As in `Snapshots`.
    doses
        What was given to the series (see `with_doses`); None: nothing. Depots and covariates are
        the last columns of `x`: the amount given so far, and constants.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Trajectories
    >>> x = np.arange(12.0).reshape(2, 3, 2)  # series, times, genes
    >>> data = Trajectories.from_arrays(x, [0, 1, 3], ["GATA1", "SPI1"], ["a", "b"], unit="h")
    >>> data
    Trajectories(2 series × 2 genes, 6 observations at 3 times h)
    >>> data.steps().dt.tolist()
    [1.0, 2.0, 1.0, 2.0]
    """

    x: np.ndarray
    genes: tuple[str, ...]
    time: np.ndarray
    series: np.ndarray
    names: tuple[str, ...]
    conditions: tuple[Intervention, ...]
    time_unit: str = ""
    scale: str = "unknown"
    doses: Doses | None = None

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
        """Check observations in any order and build trajectories of them.

        Parameters
        ----------
        x
            Expression, [rows, genes].
        time
            Numbers or labels, [rows]; each time once within a series.
        genes
            One name per column.
        series
            The series of each row; None: all rows are one series (pseudotime).
        conditions
            The intervention of each row, the same throughout a series; None: all control.
        unit, scale
            As in `Snapshots.from_arrays`.
        """
        genes = check_gene_names(genes)
        x = as_matrix(x, genes, "rows")
        check_finite(x, genes)
        check_range(x, genes)
        times = parse_times(time, unit)
        check_latest(times.values, times.unit)
        series, conditions = (
            None if values is None else as_column(values, name)
            for name, values in {"series": series, "conditions": conditions}.items()
        )
        row_names = ["series"] * len(x) if series is None else [str(name) for name in series]
        check_lengths(len(x), "row", time=times.values, series=row_names, conditions=conditions)
        names = tuple(dict.fromkeys(row_names))
        position = {name: k for k, name in enumerate(names)}
        index = np.array([position[name] for name in row_names], dtype=np.int64)
        order = np.lexsort((times.values, index))
        trajectories = cls(
            np.ascontiguousarray(x[order]), genes, times.values[order], index[order], names,
            _condition_of_each(conditions, index, names, genes), times.unit,
            settle_scale(scale, x),
        )  # fmt: skip
        trajectories._check()
        return trajectories

    @classmethod
    def from_arrays(
        cls,
        x: np.ndarray,
        times: Sequence[Any] | np.ndarray,
        genes: Sequence[str],
        names: Sequence[str] | None = None,
        **options: Any,
    ) -> Trajectories:
        """Build from an array [series, times, genes] of series with the same times.

        `options` are those of `from_rows`.
        """
        x, times = as_numbers(x, "series, times, genes"), as_column(times, "times", TimeError)
        if x.ndim != 3 or x.shape[1] != len(times):
            raise InputError(
                "x of shape [series, times, genes]",
                f"shape {x.shape} with {len(times)} times",
                "stack the series along the first axis",
            )
        names = (
            [f"series{k}" for k in range(len(x))]
            if names is None
            else list(as_column(names, "names"))
        )
        rows = x.reshape(-1, x.shape[2])
        series = np.repeat(np.array(names, dtype=object), x.shape[1])
        return cls.from_rows(rows, list(times) * len(x), genes, series, **options)

    from_anndata = classmethod(trajectories_from_anndata)
    from_frame = classmethod(trajectories_from_frame)

    def to_anndata(self) -> anndata.AnnData:
        """Return AnnData with the names of `hillflow.keys`; `from_anndata` reads it back."""
        return trajectories_to_anndata(self)

    def with_doses(
        self, inputs: Any, covariates: Any = None, depots: Sequence[str] | None = None
    ) -> Trajectories:
        """Return the series with doses and covariates; of series that have them, others instead.

        Parameters
        ----------
        inputs
            A table, or the path of a CSV file, with a row for each dose and the columns unit (the
            series), time, input and amount; with a column duration, doses for which it is above 0
            are infusions. An input that is a state gets the amount itself; any other is a depot.
        covariates
            A table with a column unit and a column of numbers for each covariate. None: those
            that the series have.
        depots
            Names of all depots, of which the doses may use some. None: those that the series have,
            else those that the doses name.

        Examples
        --------
        >>> from hillflow import Trajectories
        >>> drug = Trajectories.from_arrays([[[0.0], [2.0], [1.0]]], [0, 1, 4], ["plasma"], ["p1"])
        >>> dose = {"unit": ["p1"], "time": [0.0], "input": ["tablet"], "amount": [100.0]}
        >>> drug.with_doses(dose, {"unit": ["p1"], "weight": [70.0]}).genes
        ('plasma', 'tablet', 'weight')
        """
        old = self.doses
        further = 0 if old is None else len(old.further)
        genes = self.genes[: len(self.genes) - further]
        kept: tuple[str, ...] = ()
        values = np.empty((len(self.names), 0))
        if covariates is not None:
            kept, values = read_covariates(covariates, self.names)
        elif old is not None and old.covariates:
            kept = old.covariates
            first = np.searchsorted(self.series, np.arange(len(self.names)))
            values = self.x[first, len(self.genes) - len(kept) :]
        doses = read_doses(inputs, self.names, genes, kept)
        if depots is None and old is not None:
            depots = old.depots
        if depots is not None:
            doses = doses.with_depots(tuple(depots), len(genes))
        columns = [len(genes) + k for k in range(len(doses.depots))]
        given = doses.given_by(self.series, self.time, columns)
        x = np.concatenate([self.x[:, : len(genes)], given, values[self.series]], axis=1)
        names = check_gene_names([*genes, *doses.further])
        return replace(self, x=x.astype(self.x.dtype), genes=names, doses=doses)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def times(self) -> np.ndarray:
        """The distinct times of all series, ascending."""
        return np.unique(self.time)

    def observations(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the times [n] and states [n, genes] of one series."""
        if name not in self.names:
            raise InputError("the name of a series", repr(name), did_you_mean(name, self.names))
        rows = self.series == self.names.index(name)
        return self.time[rows], self.x[rows]

    def steps(self) -> Steps:
        """Return every pair of consecutive observations."""
        first = np.flatnonzero(self.series[1:] == self.series[:-1])
        t0, t1 = self.time[first], self.time[first + 1]
        return Steps(self.x[first], self.x[first + 1], t0, t1 - t0, self.series[first])

    def take(self, names: Sequence[str]) -> Trajectories:
        """Return these series only, in this order."""
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
            None if self.doses is None else self.doses.take([self.names.index(n) for n in names]),
        )  # fmt: skip

    def select_genes(self, genes: Sequence[str]) -> Trajectories:
        """Return these genes only, in this order; refused of series with doses."""
        if self.doses is not None and tuple(genes) != self.genes:
            raise InputError(
                "series without doses, to choose genes of", f"doses into {self.doses.further}",
                "choose the genes before with_doses(…)",
            )  # fmt: skip
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
                "at least two time points", "one", "observe each series at several times"
            )
        repeated = (np.diff(self.series) == 0) & (np.diff(self.time) == 0)
        if repeated.any():
            names = dict.fromkeys(self.names[self.series[k]] for k in np.flatnonzero(repeated))
            raise TimeError(
                "each time once in a series",
                f"the same time several times in {_series_text(names, self.names)}",
                "average the replicates, or name them as separate series with series=…",
            )
        single = np.bincount(self.series, minlength=len(self.names)) < 2
        if single.any():
            raise TimeError(
                "at least two observations of every series",
                f"one of {listing(np.array(self.names)[single])}",
                "leave these series out",
            )

    def __repr__(self) -> str:
        return (
            f"Trajectories({len(self)} series × {len(self.genes):,} genes, "
            f"{len(self.x):,} observations at {len(self.times)} times {self.time_unit}".rstrip()
            + ")"
        )


def _series_text(names: Iterable[str], all_names: Sequence[str]) -> str:
    """Name series in a message; a single series may have no name of its own."""
    return listing(names) if len(all_names) > 1 else "the one series of all rows"


def _condition_of_each(
    given: Sequence[Intervention | str] | None,
    index: np.ndarray,
    names: tuple[str, ...],
    genes: tuple[str, ...],
) -> tuple[Intervention, ...]:
    """Return the intervention of each series, given that of each row."""
    if given is None:
        return (CONTROL,) * len(names)
    parsed = [v if isinstance(v, Intervention) else Intervention.parse(str(v)) for v in given]
    of_series: dict[int, Intervention] = {}
    for k, condition in zip(index, parsed, strict=True):
        if of_series.setdefault(int(k), condition.check(genes, "the data")) != condition:
            raise InputError(
                "one perturbation per series",
                f"{of_series[int(k)].name!r} and {condition.name!r} in "
                f"{_series_text([names[k]], names)}",
                "split the series where the perturbation changes",
            )
    return tuple(of_series[k] for k in range(len(names)))
