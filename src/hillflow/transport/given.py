"""Couplings computed by other tools: tables of pairs, matrices, transport maps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import (
    FileFormatError,
    InputError,
    MissingFileError,
    UnsupportedError,
    did_you_mean,
    listing,
)
from hillflow.findings import warn
from hillflow.transport.coupling import Coupling, Seed, Span, check_weights
from hillflow.transport.pairs import Pairs
from hillflow.transport.registry import register

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from hillflow.data.snapshots import Snapshots
    from hillflow.interventions import Intervention

_COLUMNS = ("source_cell", "target_cell")


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

    Attributes
    ----------
    source, target
        Earlier and later cell, [pairs]: names (text), or rows (integers).
    weight
        Weight of each pair, [pairs].
    drop_unknown
        Whether to leave out pairs with cells that the data do not have, instead of refusing them.

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.transport import Given
    >>> table = pd.DataFrame({"source_cell": ["c0", "c1"], "target_cell": ["c7", "c8"]})
    >>> Given.from_table(table).weight.tolist()
    [1.0, 1.0]
    """

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    drop_unknown: bool = False

    def __post_init__(self) -> None:
        if not len(self.source) == len(self.target):
            raise InputError(
                "as many source cells as target cells",
                f"{len(self.source):,} and {len(self.target):,}",
                "give a source_cell and a target_cell for every pair",
            )
        if not len(self.source):
            raise InputError("coupled pairs", "none", "give at least one pair per interval")
        check_weights(self.weight, len(self.source), "pairs")

    @classmethod
    def from_table(cls, table: pd.DataFrame | str | Path, *, drop_unknown: bool = False) -> Given:
        """Read columns source_cell, target_cell and, optionally, weight.

        `table` is a DataFrame, or a ``.csv``, ``.tsv`` or ``.parquet`` file. Integer columns of
        a DataFrame are rows of the snapshots; other values are cell names.
        """
        import pandas as pd

        frame = table if isinstance(table, pd.DataFrame) else _read_table(Path(table))
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
        return cls(source, target, weight, drop_unknown)

    @classmethod
    def from_matrix(
        cls,
        matrix: Any,
        source_cells: Sequence[Any] | np.ndarray,
        target_cells: Sequence[Any] | np.ndarray,
        *,
        keep: float = 0.999,
        drop_unknown: bool = False,
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
        drop_unknown
            See the attributes.
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
        i, j, weight = _heaviest(matrix, keep)
        return cls(_identities(source_cells)[i], _identities(target_cells)[j], weight, drop_unknown)

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
    def from_anndata(
        cls,
        *maps: anndata.AnnData | str | Path,
        keep: float = 0.999,
        drop_unknown: bool = False,
    ) -> Given:
        """Read transport maps as AnnData or ``.h5ad``, one per interval: obs source, var target.

        Waddington-OT writes this format, and a moscot transport matrix can be converted to it.
        """
        import anndata

        parts = []
        for item in maps:
            if not isinstance(item, anndata.AnnData):
                item = _read_map(Path(item))
            parts.append(cls.from_matrix(
                item.X, item.obs_names.to_numpy(), item.var_names.to_numpy(),
                keep=keep, drop_unknown=drop_unknown,
            ))  # fmt: skip
        return cls.joined(parts)

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
            any(part.drop_unknown for part in parts),
        )

    def prepare(self, snapshots: Snapshots, spans: Sequence[Span], memory_mb: int) -> Given:
        """Return the pairs as rows of the snapshots; refuse an interval without pairs."""
        source, target = _rows_of(self.source, snapshots), _rows_of(self.target, snapshots)
        known = (source >= 0) & (target >= 0)
        if not known.all() and not self.drop_unknown:
            missing = np.concatenate([self.source[source < 0], self.target[target < 0]])
            names = [] if snapshots.cells is None else snapshots.cells[:1000].tolist()
            raise InputError(
                "pairs of cells of the data",
                f"{len(np.unique(missing)):,} others, such as {listing(np.unique(missing), 3)}",
                f"{did_you_mean(str(missing[0]), names)} "
                "Or leave such pairs out with drop_unknown=True",
            )
        pairs = replace(self, source=source[known], target=target[known], weight=self.weight[known])
        used = np.zeros(len(pairs.source), dtype=bool)
        empty = []
        for start, end in spans:
            inside = pairs._inside(len(snapshots), start.rows, end.rows)
            used |= inside
            if not pairs.weight[inside].sum() > 0:
                empty.append(f"{end.condition.name} {start.time:g} to {end.time:g}")
        if empty:
            raise InputError(
                "pairs of positive weight in every interval",
                f"none in {listing(empty)}",
                "give pairs for it, or leave these cells out",
            )
        if not used.all():
            warn(
                f"{int((~used).sum()):,} of {len(used):,} given pairs are not between consecutive "
                "times of one condition and are not used",
                "plan.pairs-not-used",
            )
        return pairs

    def between(
        self, snapshots: Snapshots, rows0: np.ndarray, rows1: np.ndarray, seed: Seed
    ) -> Pairs:
        """Return the given pairs from one population to the other."""
        inside = self._inside(len(snapshots), rows0, rows1) & (self.weight > 0)
        i, j, weight = self.source[inside], self.target[inside], self.weight[inside]
        position0, position1 = np.searchsorted(rows0, i), np.searchsorted(rows1, j)
        z0, z1 = snapshots.states(rows0), snapshots.states(rows1)
        pairs = Pairs.measured(position0, position1, weight / weight.sum(), z0, z1)
        return pairs.at(rows0, rows1)

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
        for values in (self.source, self.target, self.weight):
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


def _heaviest(matrix: Any, keep: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the largest entries (i, j, weight) that hold a share `keep` of each row's mass."""
    from scipy.sparse import csr_matrix

    sliced = matrix.tocsr() if hasattr(matrix, "tocsr") else np.asarray(matrix)
    parts = []
    for start in range(0, matrix.shape[0], 256):
        block = csr_matrix(sliced[start : start + 256], dtype=np.float64).tocoo()
        if not np.isfinite(block.data).all() or (block.data < 0).any():
            raise InputError(
                "a map with finite weights of at least 0",
                "NaN, infinite or negative ones",
                "correct the map",
            )
        order = np.lexsort((-block.data, block.row))
        i, j, weight = block.row[order], block.col[order], block.data[order]
        mass = np.bincount(i, weight, minlength=256)
        before = np.cumsum(weight) - weight - (np.cumsum(mass) - mass)[i]
        kept = (before < keep * mass[i]) & (weight > 0)
        parts.append((i[kept] + start, j[kept], weight[kept]))
    i, j, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return i, j, np.asarray(weight, dtype=np.float64)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise MissingFileError("a file", f"nothing at {path}", "correct the path")
    return path


def _read_map(path: Path) -> anndata.AnnData:
    import anndata

    _existing(path)
    try:
        return anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise FileFormatError(
            "a transport map as AnnData (.h5ad)", f"{path.name}: {error}", "check the file"
        ) from error


def _read_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    _existing(path)
    path = path.absolute()  # pandas would take ~ for the home folder
    text = dict.fromkeys(_COLUMNS, str)
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).astype(dict.fromkeys(_COLUMNS, str), errors="ignore")
        return pd.read_csv(
            path, sep="\t" if path.suffix in (".tsv", ".txt") else ",", dtype=text,
            keep_default_na=False,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise FileFormatError(
            "a table of pairs (.csv, .tsv or .parquet)", f"{path.name}: {error}", "check the file"
        ) from error
