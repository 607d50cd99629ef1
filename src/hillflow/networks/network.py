"""The regulatory network that a fit claims: a row for every candidate edge, ranked.

Source regulates target. ``weight`` is signed; its size ranks the edges and compares across
targets (it is in standard deviations: how far the target's velocity moves, per deviation of
the source). ``confidence`` is the estimated probability that the edge is real, NaN where
nothing but one fit was there to judge it by. Self-edges and cycles are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hillflow.errors import FileFormatError, GeneNameError, InputError, did_you_mean
from hillflow.files import absent, check_output_file, replacing
from hillflow.networks.about_file import check_about, read_about, write_about

if TYPE_CHECKING:
    import networkx as nx

COLUMNS = ("source", "target", "weight", "sign", "confidence")
INTERACTION = {1: "activates", -1: "inhibits", 0: "regulates"}


@dataclass(frozen=True, eq=False)
class Network:
    """Genes, and the edges between them with what supports each.

    Attributes
    ----------
    genes
        Every gene, whether it has edges or not.
    edges
        A row a candidate pair, self-pairs included, sorted by falling |weight|: `COLUMNS`, then
        one column a readout. ``sign`` is 1, −1, or 0 (no preferred direction).
    readout
        Which readout ``weight`` is.
    groups
        Where cells carry labels: ``group, source, target, weight``, an edge's weight by group.
    about
        How it was made: plain JSON values.
    """

    genes: tuple[str, ...]
    edges: pd.DataFrame = field(repr=False)
    readout: str = "weight"
    groups: pd.DataFrame | None = field(default=None, repr=False)
    about: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.edges.columns]
        if missing:
            raise FileFormatError(
                f"edges with the columns {', '.join(COLUMNS)}",
                f"none called {', '.join(missing)}",
                "name them so, or read another tool's table with hillflow.networks.read_edges",
            )
        named = set(self.edges["source"]) | set(self.edges["target"])
        unknown = sorted(named - set(self.genes))
        if unknown:
            raise GeneNameError(
                "edges between the genes of the graph", repr(unknown[0]),
                did_you_mean(unknown[0], self.genes),
            )  # fmt: skip

    @classmethod
    def from_matrix(
        cls,
        genes: Sequence[str],
        weight: np.ndarray,
        *,
        candidates: np.ndarray | None = None,
        confidence: np.ndarray | None = None,
        readout: str = "weight",
        **columns: np.ndarray,
    ) -> Network:
        """Build from matrices [target, source], as fields and Jacobians have them.

        Parameters
        ----------
        candidates
            Which pairs are listed, [target, source]; all unless given.
        columns
            Further readouts, each [target, source].
        """
        genes = tuple(genes)
        listed = np.ones(weight.shape, dtype=bool) if candidates is None else candidates
        target, source = np.nonzero(listed)
        names = np.array(genes, dtype=object)
        unknown = np.full(weight.shape, np.nan)
        table = {
            "source": names[source],
            "target": names[target],
            "weight": weight[target, source].astype(float),
            "sign": np.sign(weight[target, source]).astype(int),
            "confidence": (unknown if confidence is None else confidence)[target, source],
        }
        table |= {name: matrix[target, source] for name, matrix in columns.items()}
        return cls(genes, _ranked(pd.DataFrame(table)), readout)

    def matrix(self, column: str = "weight") -> pd.DataFrame:
        """One column of the edges as a table, sources × targets; 0 where a pair is unlisted."""
        self._check_column(column)
        square = np.zeros((len(self.genes),) * 2)
        place = {gene: k for k, gene in enumerate(self.genes)}
        rows, columns = (self.edges[end].map(place).to_numpy() for end in ("source", "target"))
        square[rows, columns] = self.edges[column].to_numpy()
        return pd.DataFrame(square, index=list(self.genes), columns=list(self.genes))

    def select(
        self,
        *,
        confidence: float | None = None,
        top: int | None = None,
        top_per_target: int | None = None,
        min_weight: float | None = None,
        self_edges: bool = True,
    ) -> Network:
        """The same genes with fewer edges; every bound given must hold.

        Parameters
        ----------
        confidence
            At least so sure.
        top, top_per_target
            The strongest so many, of all edges or of each target's.
        min_weight
            |weight| at least so large.
        """
        kept = self.edges if self_edges else self.edges[self.edges.source != self.edges.target]
        kept = kept[kept["weight"] != 0]
        if confidence is not None:
            if kept["confidence"].isna().all():
                raise InputError(
                    "a graph whose edges carry a confidence", "a single fit, which has none",
                    "fit an ensemble (fit_ensemble, --ensemble 10), or keep the strongest with "
                    "top=… (--top)",
                )  # fmt: skip
            kept = kept[kept["confidence"] >= confidence]
        if min_weight is not None:
            kept = kept[kept["weight"].abs() >= min_weight]
        if top_per_target is not None:
            kept = kept.groupby("target", sort=False).head(top_per_target)
        if top is not None:
            kept = kept.head(top)
        if kept.empty:
            reached = _reached(self.edges[self.edges["weight"] != 0])
            raise InputError(
                "an edge past the threshold", f"none of {len(self.edges):,}; {reached}",
                "lower the threshold, or take the strongest with top=… (--top)",
            )  # fmt: skip
        return replace(self, edges=kept.reset_index(drop=True))

    def parents(self, target: str) -> list[str]:
        """The regulators of a gene, strongest first."""
        return list(self._of("target", target)["source"])

    def targets(self, source: str) -> list[str]:
        """What a gene regulates, strongest first."""
        return list(self._of("source", source)["target"])

    def to_networkx(self) -> nx.DiGraph:
        """A DiGraph of all genes and listed edges of non-zero weight, attributes plain Python.

        Edge attributes: every finite column, ``abs_weight``, ``interaction`` (activates, inhibits,
        regulates) and ``name`` (``A (activates) B``). Missing values are left out.
        """
        import networkx as nx

        graph = nx.DiGraph(id="hillflow")
        graph.add_nodes_from(self.genes)
        for row in self.edges[self.edges["weight"] != 0].to_dict("records"):
            source, target = str(row.pop("source")), str(row.pop("target"))
            what = INTERACTION[int(row["sign"])]
            plain = {str(key): _plain(value) for key, value in row.items()}
            plain = {key: value for key, value in plain.items() if value is not None}
            graph.add_edge(
                source, target, **plain, abs_weight=abs(float(row["weight"])), interaction=what,
                name=f"{source} ({what}) {target}",
            )  # fmt: skip
        return graph

    def save(self, path: str | Path) -> Path:
        """Write the edges as a comma-separated table, and ``about`` beside it."""
        path = check_output_file(path, ".csv")
        check_about(self.about)
        with replacing(path) as draft:
            self.edges.to_csv(draft, index=False)
        write_about(path, self.about)
        return path

    @classmethod
    def load(cls, path: str | Path, genes: Sequence[str] | None = None) -> Network:
        """Read what `save` wrote; genes as they occur unless given.

        A table that was changed since has lost its ``about``, which then says so.
        """
        path = Path(path)
        if not path.is_file():
            raise absent(path, "a table of edges, as `hillflow graph` writes it")
        edges = _read(path)
        if not len(edges):
            raise FileFormatError(
                f"edges in {path}", "a first line alone", "write them anew with `hillflow graph`"
            )
        if genes is None:
            genes = tuple(dict.fromkeys([*edges.get("source", ()), *edges.get("target", ())]))
        about = read_about(path)
        return cls(tuple(genes), edges, about.get("readout", "weight"), about=about)

    def _of(self, end: str, gene: str) -> pd.DataFrame:
        if gene not in self.genes:
            raise GeneNameError("a gene of the graph", repr(gene), did_you_mean(gene, self.genes))
        return self.edges[(self.edges[end] == gene) & (self.edges["weight"] != 0)]

    def _check_column(self, column: str) -> None:
        if column not in self.edges.columns or column in ("source", "target"):
            numbers = [name for name in self.edges.columns if name not in ("source", "target")]
            raise InputError("a column of the edges", repr(column), did_you_mean(column, numbers))

    def __len__(self) -> int:
        return int((self.edges["weight"] != 0).sum())

    def __repr__(self) -> str:
        up, down = (int((self.edges["sign"] == sign).sum()) for sign in (1, -1))
        return (
            f"Network({len(self.genes):,} genes, {len(self):,} edges by {self.readout}: "
            f"{up:,} activate, {down:,} inhibit)"
        )


def _read(path: Path) -> pd.DataFrame:
    """A table of edges, its numbers as numbers."""
    # A gene may be called NA: only numbers may be missing, and only by an empty field.
    names = {"source": str, "target": str}
    try:
        numbers = [name for name in pd.read_csv(path, nrows=0).columns if name not in names]
        edges = pd.read_csv(
            path, dtype=names, keep_default_na=False, na_values={name: [""] for name in numbers},
            float_precision="round_trip",
        )  # fmt: skip
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileFormatError(
            "a table of edges with commas between its columns",
            f"{path}, which cannot be read as one ({str(error).strip()})",
            "name the edges.csv that `hillflow graph` wrote",
        ) from None
    for name in COLUMNS[2:]:
        if name in edges and len(edges) and not pd.api.types.is_numeric_dtype(edges[name]):
            text = pd.to_numeric(edges[name], errors="coerce").isna() & edges[name].notna()
            raise FileFormatError(
                f"numbers in the column {name} of {path}", repr(str(edges[name][text].iloc[0])),
                "correct that row, or write the table anew with `hillflow graph`",
            )  # fmt: skip
    return edges


def _reached(edges: pd.DataFrame) -> str:
    """How strong and how sure the edges are at most."""
    if edges.empty:
        return "no edge has weight"
    strongest = f"the strongest has |weight| {edges['weight'].abs().max():.3g}"
    surest = edges["confidence"].max()
    return strongest if np.isnan(surest) else f"{strongest} and the surest confidence {surest:.2f}"


def _ranked(edges: pd.DataFrame) -> pd.DataFrame:
    order = edges["weight"].abs().sort_values(ascending=False, kind="stable", na_position="last")
    return edges.loc[order.index].reset_index(drop=True)


def _plain(value: Any) -> Any:
    """Plain Python, None for what is missing or not finite: GraphML and JSON take no more."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
