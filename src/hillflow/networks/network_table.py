"""The genes and edges of a network, checked, with their counts and lists as properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.networks.edges import checked_edges
from hillflow.networks.merge import edges_of_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABOUT = ("name", "organism", "licence", "citation")  # of a known network


@dataclass(frozen=True, eq=False, repr=False)
class NetworkTable:
    """Base of :class:`hillflow.networks.Network`: its genes and edges, without file access."""

    genes: tuple[str, ...]
    edges: pd.DataFrame
    about: dict[str, Any] = field(default_factory=dict)
    groups: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", checked_edges(self.edges, self.genes))

    @property
    def source(self) -> NDArray[np.object_]:
        """The regulator of each row of `edges`, [E]."""
        return self._column("source", object)

    @property
    def target(self) -> NDArray[np.object_]:
        """The regulated gene of each row, [E]."""
        return self._column("target", object)

    @property
    def weight(self) -> NDArray[np.float64]:
        """The signed weight of each row, [E]."""
        return self._column("weight", np.float64)

    @property
    def sign(self) -> NDArray[np.int8]:
        """1, −1 or 0 for each row, [E]."""
        return self._column("sign", np.int8)

    @property
    def both(self) -> np.ndarray:
        """Whether each row's pair is reported with both signs, [E]."""
        return self._column("both", bool, missing=False)

    @property
    def evidence(self) -> NDArray[np.object_]:
        """Evidence of each row, items joined by ``;``, "" if there is none, [E]."""
        return self._column("evidence", object, missing="")

    @property
    def name(self) -> str:
        """Name of the network, or ""."""
        return str(self.about.get("name", ""))

    @property
    def organism(self) -> str:
        """``human``, ``mouse``, …, or "" if unknown."""
        return str(self.about.get("organism", ""))

    @property
    def licence(self) -> str:
        """Licence of a known network, or ""."""
        return str(self.about.get("licence", ""))

    @property
    def citation(self) -> str:
        """Publication to cite for a known network, or ""."""
        return str(self.about.get("citation", ""))

    @property
    def readout(self) -> str:
        """Name of the readout that ``weight`` is; "weight" if none is recorded."""
        return str(self.about.get("readout", "weight"))

    def pairs(self) -> list[tuple[str, str]]:
        """Return source and target of each edge, strongest first."""
        edges = self._edges
        return list(zip(edges["source"], edges["target"], strict=True))

    @property
    def regulators(self) -> tuple[str, ...]:
        """Genes with at least one outgoing edge, sorted."""
        return tuple(sorted(set(self._edges["source"])))

    @property
    def regulated(self) -> tuple[str, ...]:
        """Genes with at least one incoming edge, sorted."""
        return tuple(sorted(set(self._edges["target"])))

    def parents(self, target: str) -> list[str]:
        """Return the regulators of a gene, strongest first."""
        return list(self._edges["source"][self._edges["target"] == self._gene(target)])

    def targets(self, source: str) -> list[str]:
        """Return the genes that a gene regulates, strongest first."""
        return list(self._edges["target"][self._edges["source"] == self._gene(source)])

    def matrix(self, column: str = "weight") -> pd.DataFrame:
        """Return one column of the edges as a table, sources × targets; 0 for other pairs."""
        ends = ("source", "target")
        if column not in self.edges.columns or column in ends:
            numbers = [name for name in self.edges.columns if name not in ends]
            raise InputError("a column of the edges", repr(column), did_you_mean(column, numbers))
        square = np.zeros((len(self.genes),) * 2)
        position = {gene: k for k, gene in enumerate(self.genes)}
        rows, columns = (self.edges[end].map(position).to_numpy(dtype=int) for end in ends)
        square[rows, columns] = self.edges[column].to_numpy()
        return pd.DataFrame(square, index=list(self.genes), columns=list(self.genes))

    def summary(self) -> dict[str, Any]:
        """Count edges, genes and signs; plain Python values."""
        edges = self._edges
        both = edges["both"] if "both" in edges else np.zeros(len(edges), dtype=bool)
        return {
            **dict.fromkeys(ABOUT, ""),
            **self.about,
            "edges": len(self),
            "regulators": len(self.regulators),
            "targets": len(self.regulated),
            "activating": int((edges["sign"] == 1).sum()),
            "inhibiting": int((edges["sign"] == -1).sum()),
            "both_signs": int(both.sum()),
            "unknown_sign": int(((edges["sign"] == 0) & ~both).sum()),
            "self_edges": int((edges["source"] == edges["target"]).sum()),
        }

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Return the edges between the genes in `names`, renamed; equal pairs are merged."""
        edges = self._edges
        inside = edges["source"].isin(names) & edges["target"].isin(names)
        ends = {end: edges[end][inside].map(names) for end in ("source", "target")}
        merged = edges_of_frame(edges[inside].assign(**ends))
        genes = tuple(dict.fromkeys([*merged["source"], *merged["target"]]))
        return replace(self, genes=genes, edges=merged, groups=None)

    @property
    def _edges(self) -> pd.DataFrame:
        """The rows of non-zero weight."""
        return self.edges[self.edges["weight"] != 0]

    def _column(self, name: str, kind: Any, missing: Any = None) -> Any:
        if name in self.edges:
            values = self.edges[name].to_numpy(dtype=kind, copy=True)
        else:
            values = np.full(len(self.edges), missing, dtype=kind)
        values.setflags(write=False)
        return values

    def _gene(self, gene: str) -> str:
        if gene not in self.genes:
            raise GeneNameError("a gene of the network", repr(gene), did_you_mean(gene, self.genes))
        return gene

    def __len__(self) -> int:
        return int((self.edges["weight"] != 0).sum())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkTable):
            return NotImplemented
        tables = ((self.edges, other.edges), (self.groups, other.groups))
        return (
            self.genes == other.genes
            and self.about == other.about
            and all(a is b if a is None or b is None else a.equals(b) for a, b in tables)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        counts = self.summary()
        named = f"{self.name!r}, {self.organism or 'organism unknown'}: " if self.name else ""
        zero = len(self.edges) - counts["edges"]
        others = f"; {zero:,} more pair{'s' * (zero != 1)} of weight 0" if zero else ""
        return (
            f"{type(self).__name__}({named}{len(self.genes):,} genes, {counts['edges']:,} edges by "
            f"{self.readout}: {counts['activating']:,} activate, {counts['inhibiting']:,} inhibit"
            f"{others})"
        )
