"""A prior network: signed edges from regulators to targets, each pair once.

Sign and weight are kept apart. ``sign`` is +1 (activates), −1 (inhibits) or 0 (not known);
``both`` marks the pairs that the literature reports with either sign (their ``sign`` is 0:
as a constraint they say as little as an unknown one, but they are not the same thing).
``weight`` is positive and says how much an edge counts; ``evidence`` lists its sources.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import InputError, listing
from hillflow.files import check_output_file
from hillflow.genes import refuse_mangled
from hillflow.networks.spelling import (
    BOTH,
    mark_both,
    read_signs,
    read_weights,
    signs_of_weights,
    text_array,
    unite_evidence,
)

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from hillflow.networks.aligned import AlignedPrior

COLUMNS = ("source", "target", "sign", "both", "weight", "evidence")
INTERACTION = {1: "activates", -1: "inhibits", 0: "regulates"}


@dataclass(frozen=True, eq=False, repr=False)
class PriorNetwork:
    """Directed, signed edges with evidence; immutable, with each (source, target) once.

    Rows of one pair are merged: their evidence is united, the largest weight is kept, a known
    sign wins over an unknown one, and opposite signs become ``both``.

    Attributes
    ----------
    source, target
        [E] gene names, in order of first appearance.
    sign
        [E] int8 in {1, −1, 0}.
    both
        [E] bool: reported with both signs.
    weight
        [E] float64, not negative; 1 where nothing else is known.
    evidence
        [E] text, items joined by ``;`` (PubMed numbers, databases).
    name, organism, licence, citation
        What this network is. ``organism`` is ``"human"``, ``"mouse"``, … or "" if unknown.
    """

    source: NDArray[np.object_]
    target: NDArray[np.object_]
    sign: NDArray[np.int8]
    both: NDArray[np.bool_]
    weight: NDArray[np.float64]
    evidence: NDArray[np.object_]
    name: str = ""
    organism: str = ""
    licence: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        columns = _merged(
            _checked(self.source, "source"),
            _checked(self.target, "target"),
            np.where(np.asarray(self.both, dtype=bool), BOTH, np.asarray(self.sign, dtype=np.int8)),
            np.asarray(self.weight, dtype=np.float64),
            [unite_evidence([str(text)]) for text in self.evidence],
        )
        for name, values in zip(COLUMNS, columns, strict=True):
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        refuse_mangled(self.genes, f"the prior network {self.name!r}")

    @classmethod
    def from_columns(
        cls,
        source: Iterable[str],
        target: Iterable[str],
        sign: Iterable[object] | None = None,
        weight: Iterable[object] | None = None,
        evidence: Iterable[str] | None = None,
        **about: str,
    ) -> PriorNetwork:
        """Build from columns as people write them.

        ``sign`` may be numbers or words (``activation``, ``-``, ``both``). Without it, negative
        weights are inhibitions and positive ones activations; without either, signs are unknown.
        ``about`` is name, organism, licence, citation.
        """
        source, target = list(source), list(target)
        weights = np.ones(len(source)) if weight is None else read_weights(weight)
        if sign is not None:
            codes = read_signs(sign)
            _refuse_contradiction(source, target, codes, weights)
        elif weight is not None:
            codes = signs_of_weights(weights)
        else:
            codes = np.zeros(len(source), dtype=np.int8)
        return cls(
            source=text_array(source),
            target=text_array(target),
            sign=np.where(codes == BOTH, 0, codes).astype(np.int8),
            both=codes == BOTH,
            weight=np.abs(weights),
            evidence=text_array([""] * len(source) if evidence is None else evidence),
            **about,
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, **about: str) -> PriorNetwork:
        """Build from a table with ``source``, ``target`` and any of the other columns."""
        missing = [column for column in ("source", "target") if column not in frame]
        if missing:
            raise InputError(
                "a table with the columns source and target",
                listing(frame.columns),
                f"rename the columns: {listing(missing)} missing",
            )
        filled = frame.astype(object).where(frame.notna(), "")
        columns = {name: filled[name].tolist() for name in COLUMNS if name in frame}
        return cls.from_columns(
            columns["source"],
            columns["target"],
            mark_both(columns.get("sign"), columns.get("both")),
            columns.get("weight"),
            [str(text) for text in columns.get("evidence", [""] * len(frame))],
            **about,
        )

    @classmethod
    def from_networkx(cls, graph: nx.Graph, **about: str) -> PriorNetwork:
        """Build from a directed graph; edge attributes sign (or interaction), weight, evidence."""
        if not graph.is_directed():
            raise InputError(
                "a directed graph", "an undirected one", "use networkx.DiGraph: regulator → target"
            )
        edges = [(str(s), str(t), marks) for s, t, marks in graph.edges(data=True)]
        marks = [edge[2] for edge in edges]
        signed = any({"sign", "interaction"} & set(mark) for mark in marks)
        weighted = any("weight" in mark for mark in marks)
        sign = [mark.get("sign", mark.get("interaction", "")) for mark in marks]
        return cls.from_columns(
            [edge[0] for edge in edges],
            [edge[1] for edge in edges],
            mark_both(sign, [mark.get("both", False) for mark in marks]) if signed else None,
            [mark.get("weight", "") for mark in marks] if weighted else None,
            [str(mark.get("evidence", "")) for mark in marks],
            **about,
        )

    @property
    def genes(self) -> tuple[str, ...]:
        """Every gene of the network, in order of first appearance as source, then as target."""
        return tuple(dict.fromkeys([*self.source, *self.target]))

    @property
    def regulators(self) -> tuple[str, ...]:
        """Genes with at least one outgoing edge, sorted."""
        return tuple(sorted(set(self.source)))

    @property
    def targets(self) -> tuple[str, ...]:
        """Genes with at least one incoming edge, sorted."""
        return tuple(sorted(set(self.target)))

    @property
    def about(self) -> dict[str, str]:
        """Name, organism, licence and citation."""
        return {key: getattr(self, key) for key in ("name", "organism", "licence", "citation")}

    def align(
        self,
        genes: Sequence[str],
        *,
        fold_case: bool = False,
        aliases: Mapping[str, str] | None = None,
    ) -> AlignedPrior:
        """Restrict to the genes of the data: see :func:`hillflow.networks.aligned.align`."""
        from hillflow.networks.aligned import align

        return align(self, genes, fold_case=fold_case, aliases=aliases)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the columns source, target, sign, both, weight, evidence."""
        import pandas as pd

        return pd.DataFrame({name: getattr(self, name).copy() for name in COLUMNS})

    def to_networkx(self) -> nx.DiGraph:
        """Return a directed graph whose attributes are plain Python values."""
        import networkx as nx

        graph = nx.DiGraph(**{key: value for key, value in self.about.items() if value})
        for row in zip(*(getattr(self, name).tolist() for name in COLUMNS), strict=True):
            source, target, sign, both, weight, evidence = row
            graph.add_edge(
                source, target, sign=sign, both=both, weight=weight, evidence=evidence,
                interaction=INTERACTION[sign],
            )  # fmt: skip
        return graph

    def write_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table of :meth:`to_frame`; ``read_prior`` reads it back unchanged."""
        path = check_output_file(path)
        partial = path.with_name(path.name + ".partial")
        self.to_frame().to_csv(partial, index=False, compression=None)
        partial.replace(path)
        return path

    def summary(self) -> dict[str, Any]:
        """Count edges, genes and signs; plain Python values."""
        return {
            **self.about,
            "edges": len(self),
            "regulators": len(set(self.source)),
            "targets": len(set(self.target)),
            "activating": int((self.sign == 1).sum()),
            "inhibiting": int((self.sign == -1).sum()),
            "both_signs": int(self.both.sum()),
            "unknown_sign": int(((self.sign == 0) & ~self.both).sum()),
            "self_edges": int((self.source == self.target).sum()),
        }

    def __len__(self) -> int:
        return len(self.source)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PriorNetwork):
            return NotImplemented
        same = all(np.array_equal(getattr(self, c), getattr(other, c)) for c in COLUMNS)
        return same and self.about == other.about

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        counts = self.summary()
        return (
            f"PriorNetwork({self.name or 'unnamed'!r}, {self.organism or 'organism unknown'}: "
            f"{counts['edges']:,} edges, {counts['regulators']:,} regulators, "
            f"{counts['targets']:,} targets)"
        )


def _checked(values: Iterable[object], column: str) -> list[str]:
    names = [value.strip() if isinstance(value, str) else value for value in values]
    for place, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise InputError(
                f"a gene name in {column!r} of every edge",
                f"{name!r} in edge {place + 1}",
                "name the gene as text, or drop the row",
            )
    return [str(name) for name in names]


def _refuse_contradiction(
    source: Sequence[str], target: Sequence[str], codes: NDArray[np.int8], weights: NDArray[Any]
) -> None:
    opposed = np.flatnonzero((codes == 1) & (weights < 0))  # (−1, 0.5) is a plain magnitude
    if len(opposed):
        first = int(opposed[0])
        raise InputError(
            "signs and weights that agree",
            f"{len(opposed):,} edges where they do not, the first {source[first]} → "
            f"{target[first]} with sign {codes[first]} and weight {weights[first]:g}",
            "give weights without a sign, or leave one of the two columns out",
        )


def _merged(
    source: Sequence[str],
    target: Sequence[str],
    codes: NDArray[np.integer[Any]],
    weight: NDArray[np.float64],
    evidence: Sequence[str],
) -> tuple[NDArray[Any], ...]:
    """Merge the rows of each pair, by the rule of :class:`PriorNetwork`. Cost O(rows)."""
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, pair in enumerate(zip(source, target, strict=True)):
        rows_of.setdefault(pair, []).append(row)
    merged = np.empty(len(rows_of), dtype=np.int8)
    largest = np.empty(len(rows_of), dtype=np.float64)
    united = []
    for place, rows in enumerate(rows_of.values()):
        if len(rows) == 1:
            merged[place], largest[place] = codes[rows[0]], weight[rows[0]]
            united.append(evidence[rows[0]])
            continue
        known = {int(codes[row]) for row in rows} - {0}
        merged[place] = known.pop() if len(known) == 1 else (BOTH if known else 0)
        largest[place] = weight[rows].max()
        united.append(unite_evidence([evidence[row] for row in rows]))
    both = merged == BOTH
    return (
        text_array(pair[0] for pair in rows_of),
        text_array(pair[1] for pair in rows_of),
        np.where(both, 0, merged).astype(np.int8),
        both,
        largest,
        text_array(united),
    )
