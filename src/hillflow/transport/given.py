"""Couplings computed by other tools: tables of pairs, matrices, transport maps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hillflow.errors import InputError, UnsupportedError, did_you_mean, listing
from hillflow.findings import warn
from hillflow.transport.coupling import Coupling, Seed, Span, check_weights
from hillflow.transport.given_files import (
    Map,
    files_of,
    heaviest,
    read_h5ad_map,
    read_npz_map,
    read_table,
)
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.interventions import Intervention

_COLUMNS = ("source_cell", "target_cell")
_TABLES = (".csv", ".tsv", ".txt", ".parquet")


@register(
    name="given",
    formula="γ as given",
    source="Schiebinger et al. 2019 (Waddington-OT); Klein et al. 2025 (moscot)",
    cost="time and memory O(pairs)",
    when_not="no plan from lineage tracing or another tool is available",
)
@dataclass(frozen=True, eq=False)
class Given(Coupling):
    """Given pairs of cells, by name or by row of the snapshots. Build it with a class method.

    Cells of the plan that the data do not have are left out, and cells of the data without a pair
    are not trained on; both are counted and said. Where cells are set aside, as for validation,
    the pairs that an earlier cell keeps share its mass:

        γ'_ij = γ_ij w_j / (Σ_k γ_ik w_k) · w_i Σ_k γ_ik,

    with the second sum over all targets in the plan, the first over those that are left, and w
    the weights of the cells if they have any, as the counts of a bootstrap.

    Attributes
    ----------
    source, target
        Earlier and later cell, [pairs]: names (text), or rows (integers).
    weight
        Weight of each pair, [pairs].
    mass
        Σ_k γ_ik over the targets of the pair's population, [pairs]; `bind` sets it.

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.transport import Given
    >>> table = pd.DataFrame({"source_cell": ["c0", "c1"], "target_cell": ["c7", "c8"]})
    >>> Given.from_table(table).weight.tolist()
    [1.0, 1.0]
    """

    computed: ClassVar[bool] = False

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    mass: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.source) == len(self.target):
            raise InputError(
                "as many source cells as target cells",
                f"{len(self.source):,} and {len(self.target):,}",
                "give a source_cell and a target_cell for every pair",
            )
        if self.mass is not None:  # cells were set aside, of which `check` speaks
            return
        if not len(self.source):
            raise InputError("coupled pairs", "none", "give at least one pair per interval")
        check_weights(self.weight, len(self.source), "pairs")

    @classmethod
    def from_file(cls, path: str | Path, *, keep: float = 0.999) -> Given:
        """Read a plan in any of the forms below, by the ending of the file.

        ===================  ===================================================================
        ``.h5ad``            map of an interval, see `from_anndata`
        ``.npz``             map of an interval, see `from_npz`
        ``.csv`` ``.tsv``    pairs of any intervals, see `from_table`; also ``.txt``, ``.parquet``
        folder               all ``.h5ad`` and ``.npz`` files in it
        ``folder/prefix``    files ``prefix_*.h5ad``, as Waddington-OT names its maps
        ===================  ===================================================================
        """
        path = Path(path)
        if path.suffix in _TABLES and not path.is_dir():
            return cls.from_table(path)
        maps = (
            (read_npz_map if file.suffix == ".npz" else read_h5ad_map)(file)
            for file in files_of(path)
        )
        return cls._of_maps(maps, keep)

    @classmethod
    def from_table(cls, table: pd.DataFrame | str | Path) -> Given:
        """Read columns source_cell, target_cell and, optionally, weight.

        `table` is a DataFrame, or a ``.csv``, ``.tsv`` or ``.parquet`` file. Integer columns of
        a DataFrame are rows of the snapshots; other values are cell names.
        """
        import pandas as pd

        frame = table if isinstance(table, pd.DataFrame) else read_table(Path(table), _COLUMNS)
        for column in _COLUMNS:
            if column not in frame:
                raise InputError(
                    f"columns {', '.join(_COLUMNS)} and, optionally, weight",
                    f"columns {listing(frame.columns)}",
                    f"rename the column that holds {column}",
                )
        source, target = (_identities(frame[column]) for column in _COLUMNS)
        weight = np.ones(len(frame))
        if "weight" in frame:
            weight = pd.to_numeric(frame["weight"], errors="coerce").to_numpy(np.float64)
        return cls(source, target, weight)

    @classmethod
    def from_matrix(
        cls,
        matrix: Any,
        source_cells: Sequence[Any] | np.ndarray,
        target_cells: Sequence[Any] | np.ndarray,
        *,
        keep: float = 0.999,
    ) -> Given:
        """Read a dense or sparse map [source cells, target cells].

        Parameters
        ----------
        matrix
            The map.
        source_cells, target_cells
            Names, or rows of the snapshots.
        keep
            Share of the mass of each source to keep, by its heaviest targets. Most pairs of a
            dense map have almost no weight.
        """
        shape = (len(source_cells), len(target_cells))
        if matrix.shape != shape:
            raise InputError(
                f"a map of shape {shape}, one row per source and one column per target",
                f"shape {matrix.shape}",
                "transpose the map"
                if matrix.shape == shape[::-1]
                else "give one name per row and column",
            )
        if not 0 < keep <= 1:
            raise InputError("keep above 0 and at most 1", f"{keep:g}", "give a share of the mass")
        i, j, weight = heaviest(matrix, keep)
        return cls(_identities(source_cells)[i], _identities(target_cells)[j], weight)

    @classmethod
    def from_matrices(
        cls,
        snapshots: Snapshots,
        maps: Mapping[tuple[float, float], Any],
        condition: Intervention | None = None,
        *,
        keep: float = 0.999,
    ) -> Given:
        """Read one map per interval, {(start, end): matrix}, in the order of the snapshots' rows.

        Row k is the k-th cell of ``snapshots.rows(start, condition)``.
        """
        return cls.joined(
            cls.from_matrix(
                matrix, snapshots.rows(start, condition), snapshots.rows(end, condition), keep=keep
            )
            for (start, end), matrix in maps.items()
        )

    @classmethod
    def from_anndata(cls, *maps: anndata.AnnData | str | Path, keep: float = 0.999) -> Given:
        """Read transport maps as AnnData or ``.h5ad``, one per interval: obs source, var target.

        Waddington-OT writes this form. CellRank makes it of moscot's solutions:
        ``AnnData(p.solution.transport_matrix, obs=p.adata_src.obs, var=p.adata_tgt.obs)`` with
        ``p = problem[t0, t1]``.
        """
        return cls._of_maps(
            (
                read_h5ad_map(Path(item))
                if isinstance(item, str | Path)
                else Map(item.X, item.obs_names.to_numpy(), item.var_names.to_numpy())
                for item in maps
            ),
            keep,
        )

    @classmethod
    def from_npz(cls, *maps: str | Path, keep: float = 0.999) -> Given:
        """Read transport maps from ``.npz`` files, one per interval.

        A file has the names ``source_cells`` and ``target_cells``, and either the dense ``matrix``
        [source cells, target cells] or the ``data``, ``indices``, ``indptr`` and ``shape`` of a
        sparse one by rows (CSR).
        """
        return cls._of_maps((read_npz_map(Path(item)) for item in maps), keep)

    @classmethod
    def _of_maps(cls, maps: Iterable[Map], keep: float) -> Given:
        return cls.joined(cls.from_matrix(*each, keep=keep) for each in maps)

    @classmethod
    def joined(cls, parts: Any) -> Given:
        """Join the pairs of several given couplings, each scaled to total weight 1."""
        parts = list(parts)
        if not parts:
            raise InputError("at least one map", "none", "give a map for every interval")
        kinds = {part.source.dtype.kind for part in parts}
        if len(kinds) > 1:
            raise InputError(
                "names or rows", "both", "use names, or rows, for the cells of all maps"
            )
        return cls(
            np.concatenate([part.source for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.weight / part.weight.sum() for part in parts]),
        )

    def bind(self, snapshots: Snapshots) -> Given:
        """Return the pairs of these cells by name, so that some cells can be set aside.

        Counts the cells that either side does not have; refuses a plan of other cells.
        """
        if self.mass is not None:
            return self
        if self.source.dtype.kind == "i" and snapshots.cells is None:
            raise InputError(
                "cells with names, of which some can be set aside",
                "pairs of rows, for cells without names",
                "give the cells names (Snapshots.from_arrays(…, cells=…)), or call "
                "fit_plan(snapshots, given)",
            )
        found = self._found(snapshots)
        names = snapshots.cells
        if names is None:  # refused by `rows_of`
            raise RuntimeError("pairs by name of cells without names")
        return replace(found, source=names[found.source], target=names[found.target])

    def check(self, snapshots: Snapshots, spans: Sequence[Span]) -> None:
        """Refuse an interval without pairs; say how many pairs are in no interval."""
        used = self._at_rows(snapshots)._used(snapshots, spans)
        if not used.all():
            warn(
                f"{int((~used).sum()):,} of {len(used):,} given pairs are not between consecutive "
                "times of one condition and are not used",
                "plan.pairs-not-used",
            )

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Given:
        """Return the pairs as rows of the snapshots; refuse an interval without pairs."""
        if self.mass is None:
            found = self._found(snapshots)
            found.check(snapshots, spans)
            return found
        pairs = self._at_rows(snapshots)
        pairs._used(snapshots, spans)
        return pairs

    def between(
        self, snapshots: Snapshots, rows0: np.ndarray, rows1: np.ndarray, seed: Seed
    ) -> Pairs:
        """Return the given pairs from one population to the other."""
        if self.mass is None:
            raise RuntimeError("coupled before prepare")
        inside = self._inside(len(snapshots), rows0, rows1)
        i, j, weight, mass = (
            values[inside] for values in (self.source, self.target, self.weight, self.mass)
        )
        if snapshots.weights is not None:
            weight, mass = weight * snapshots.weights[j], mass * snapshots.weights[i]
        kept = np.bincount(i, weight, minlength=len(snapshots))[i]
        left = (weight > 0) & (mass > 0)
        if not left.any():
            raise InputError(
                "pairs of cells with a weight in every interval", "an interval without one",
                "give a plan with more pairs, or fit without resampling (ensemble=1)",
            )  # fmt: skip
        i, j, weight = i[left], j[left], weight[left] / kept[left] * mass[left]
        position0, position1 = np.searchsorted(rows0, i), np.searchsorted(rows1, j)
        z0, z1 = snapshots.states(rows0), snapshots.states(rows1)
        pairs = Pairs.measured(position0, position1, weight / weight.sum(), z0, z1)
        return pairs.at(rows0, rows1)

    def _found(self, snapshots: Snapshots) -> Given:
        """The pairs as rows of all cells, with the mass of each source; says what is missing."""
        pairs = self._at_rows(snapshots, say=True)
        population = np.zeros(len(snapshots), dtype=np.int64)
        for number, one in enumerate(snapshots.populations(), start=1):
            population[one.rows] = number
        towards = pairs.source * (population.max() + 1) + population[pairs.target]
        _, group = np.unique(towards, return_inverse=True)
        return replace(pairs, mass=np.bincount(group, pairs.weight)[group])

    def _at_rows(self, snapshots: Snapshots, *, say: bool = False) -> Given:
        """The pairs of cells that the snapshots have, as rows."""
        source, target = _rows_of(self.source, snapshots), _rows_of(self.target, snapshots)
        known = (source >= 0) & (target >= 0)
        if say:
            self._say_missing(snapshots, source, target, known)
        return replace(
            self, source=source[known], target=target[known], weight=self.weight[known],
            mass=None if self.mass is None else self.mass[known],
        )  # fmt: skip

    def _say_missing(
        self, snapshots: Snapshots, source: np.ndarray, target: np.ndarray, known: np.ndarray
    ) -> None:
        """Say which cells only the plan or only the data have; refuse rows that are none."""
        missing = np.unique(np.concatenate([self.source[source < 0], self.target[target < 0]]))
        names = [] if snapshots.cells is None else snapshots.cells[:1000].tolist()
        if not known.any() or (len(missing) and self.source.dtype.kind == "i"):
            raise InputError(
                "pairs of cells of the data",
                f"{len(missing):,} others, such as {listing(missing, 3)}",
                did_you_mean(str(missing[0]), names) if names else "correct the rows",
            )
        if len(missing):
            warn(
                f"cells of the plan that are not in the data: {len(missing):,}, such as "
                f"{listing(missing, 3)}; their pairs are left out", "plan.unknown-cells",
            )  # fmt: skip
        paired = np.zeros(len(snapshots), dtype=bool)
        paired[source[known]] = paired[target[known]] = True
        if not paired.all():
            warn(
                f"cells without a pair in the plan: {int((~paired).sum()):,} of {len(paired):,}; "
                "no pair with them is learnt from", "plan.cells-without-pairs",
            )  # fmt: skip

    def _used(self, snapshots: Snapshots, spans: Sequence[Span]) -> np.ndarray:
        """Which pairs lie in an interval, [pairs]; refuses an interval without pairs."""
        used, empty = np.zeros(len(self.source), dtype=bool), []
        for start, end in spans:
            inside = self._inside(len(snapshots), start.rows, end.rows)
            used |= inside
            if not self.weight[inside].sum() > 0:
                empty.append(f"{end.condition.name} {start.time:g} to {end.time:g}")
        if empty:
            raise InputError(
                "pairs of positive weight in every interval",
                f"none in {listing(empty)}",
                "add the plan between these two times, or leave these cells out; a plan through a "
                "time that is left out does not serve, since it knows that time's cells",
            )
        return used

    def _couple(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        rng: np.random.Generator,
    ) -> Pairs:
        raise UnsupportedError(
            "a coupling that can be computed from states",
            "given pairs, which name cells of a data set",
            "call fit_plan(snapshots, given)",
        )

    def _inside(self, cells: int, rows0: np.ndarray, rows1: np.ndarray) -> np.ndarray:
        starts, ends = np.zeros(cells, dtype=bool), np.zeros(cells, dtype=bool)
        starts[rows0], ends[rows1] = True, True
        return np.asarray(starts[self.source] & ends[self.target])

    def options(self) -> dict[str, Any]:
        """Return the name of the coupling, and a digest of the pairs."""
        digest = hashlib.blake2b(digest_size=16)
        for values in (self.source, self.target, self.weight, self.mass):
            if values is not None:
                digest.update(np.ascontiguousarray(values).tobytes())
        return {"coupling": self.name, "pairs": digest.hexdigest(), "count": len(self.source)}


def _identities(values: Any) -> np.ndarray:
    """Return rows as int64, other values as text."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    return np.asarray(array, dtype=object).astype(str)


def _rows_of(identities: np.ndarray, snapshots: Snapshots) -> np.ndarray:
    """Return the row of each cell in the snapshots, −1 for unknown cells."""
    import pandas as pd

    if identities.dtype.kind == "i":
        return np.where((identities >= 0) & (identities < len(snapshots)), identities, -1)
    if snapshots.cells is None:
        raise InputError(
            "snapshots with names of their cells",
            "none",
            "load them with cell names, or give rows of the snapshots as integers",
        )
    return np.asarray(pd.Index(snapshots.cells).get_indexer(pd.Index(identities)))
