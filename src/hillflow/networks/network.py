"""A network of regulation, known or inferred: genes, edges, and what is said of them.

Source regulates target. In a network that hillflow infers, ``weight`` compares across targets (it
is in standard deviations: how far the target's velocity moves per deviation of the source), and
``confidence`` is the estimated probability that the edge is real, NaN where a single fit cannot
tell. In a known network the size of ``weight`` says how much an edge is trusted, and ``evidence``
lists its sources. Self-edges and cycles are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from hillflow.errors import InputError, did_you_mean
from hillflow.files import check_output_file
from hillflow.findings import Finding
from hillflow.genes import refuse_mangled
from hillflow.networks.aligned import AlignedPrior, align
from hillflow.networks.checks import check_writable
from hillflow.networks.edges import INTERACTION as INTERACTION
from hillflow.networks.edges_file import read_edges, write_edges
from hillflow.networks.formats.base import FORMATS, writer_of
from hillflow.networks.merge import edges_of_columns, edges_of_frame
from hillflow.networks.network_table import ABOUT, NetworkTable
from hillflow.networks.networkx_graph import edges_of_digraph, to_digraph
from hillflow.networks.reader import read_columns
from hillflow.networks.selection import genes_near, selected
from hillflow.networks.show_network import network_blocks
from hillflow.networks.source import Readable
from hillflow.show import Block, Shown

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Network(NetworkTable, Shown):
    """Genes, and the edges between them with what supports each.

    Attributes
    ----------
    genes
        Every gene, whether it has edges or not.
    edges
        A row for each pair listed, strongest first: ``source, target, weight, sign, confidence``,
        then ``both`` (reported with both signs), ``evidence`` (items joined by ``;``) and one
        column for each readout, where there are any. A pair of weight 0 is listed, but is no
        edge.
    about
        Plain JSON values. A known network has name, organism, licence and citation; an inferred
        one says which readout ``weight`` is, and how it was made.
    groups
        Where cells carry labels: ``group, source, target, weight``, an edge's weight by group.

    Notes
    -----
    ``weight`` is signed. An edge whose sign is not known, or reported both ways, has the sign 0
    and a positive weight.
    """

    @classmethod
    def from_matrix(
        cls,
        genes: Sequence[str],
        weight: NDArray[Any],
        *,
        candidates: NDArray[Any] | None = None,
        confidence: NDArray[Any] | None = None,
        readout: str = "weight",
        **columns: NDArray[Any],
    ) -> Self:
        """Build from matrices [target, source], as fields and Jacobians have them.

        Parameters
        ----------
        candidates
            Which pairs are listed, [target, source]; all unless given.
        readout
            Which readout `weight` is.
        columns
            Further readouts, each [target, source].
        """
        genes = tuple(genes)
        listed = np.ones(weight.shape, dtype=bool) if candidates is None else candidates
        target, source = np.nonzero(listed)
        names = np.array(genes, dtype=object)
        weights = weight[target, source].astype(float)
        table = {
            "source": names[source],
            "target": names[target],
            "weight": weights,
            "sign": np.nan_to_num(np.sign(weights)),
            "confidence": np.nan if confidence is None else confidence[target, source],
        }
        table |= {name: matrix[target, source] for name, matrix in columns.items()}
        about = {} if readout == "weight" else {"readout": readout}
        return cls(genes, pd.DataFrame(table), about)

    @classmethod
    def from_columns(
        cls,
        source: Iterable[str],
        target: Iterable[str],
        sign: Iterable[object] | None = None,
        weight: Iterable[object] | None = None,
        evidence: Iterable[str] | None = None,
        **about: str,
    ) -> Self:
        """Build from columns as people write them, and merge the rows of each pair.

        Evidence is united, the largest weight kept, a known sign wins over an unknown one, and
        opposite signs become ``both``.

        Parameters
        ----------
        sign
            Numbers or words (``activation``, ``-``, ``both``). Without it, negative weights are
            inhibitions and positive ones activations; without either, signs are unknown.
        about
            name, organism, licence, citation.
        """
        return cls._known(edges_of_columns(source, target, sign, weight, evidence), about)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, **about: str) -> Self:
        """Build from a table with ``source``, ``target`` and any other columns, rows merged."""
        return cls._known(edges_of_frame(frame), about)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, **about: str) -> Self:
        """Build from a directed graph; edge attributes sign (or interaction), weight, evidence."""
        return cls._known(edges_of_digraph(graph), about)

    @classmethod
    def read(
        cls,
        source: Readable,
        format: str = "auto",
        *,
        where: Mapping[str, object] | None = None,
        inferred: bool = False,
        organism: str | None = None,
        **about: str,
    ) -> Self:
        """Read from a file of any known format: see :func:`hillflow.networks.read_network`."""
        edges, name = read_columns(source, format, where, inferred)
        return cls._known(edges, {"name": name, "organism": organism or ""} | about)

    @classmethod
    def load(cls, path: str | os.PathLike[str], genes: Sequence[str] | None = None) -> Self:
        """Read what `save` wrote; genes as they occur unless given.

        A table that was changed since has lost its ``about``, which then says so.
        """
        edges, about = read_edges(Path(path))
        ends = [*edges.get("source", ()), *edges.get("target", ())]
        return cls(tuple(dict.fromkeys(ends) if genes is None else genes), edges, about)

    @classmethod
    def _known(cls, edges: pd.DataFrame, about: Mapping[str, str]) -> Self:
        for key in about:
            if key not in ABOUT:
                raise InputError(
                    "name, organism, licence or citation beside the edges", repr(key),
                    did_you_mean(key, ABOUT),
                )  # fmt: skip
        about = {key: text for key, text in about.items() if text}
        genes = tuple(dict.fromkeys([*edges["source"], *edges["target"]]))
        refuse_mangled(genes, f"the network {about.get('name', '')!r}")
        return cls(genes, edges, about)

    def select(
        self,
        *,
        confidence: float | None = None,
        top: int | None = None,
        top_per_target: int | None = None,
        min_weight: float | None = None,
        self_edges: bool = True,
    ) -> Self:
        """The same genes with fewer edges; every bound given must hold.

        Parameters
        ----------
        confidence
            The least confidence.
        top, top_per_target
            The strongest so many, of all edges or of each target's.
        min_weight
            The least |weight|.
        """
        kept = selected(
            self.edges,
            confidence=confidence,
            top=top,
            top_per_target=top_per_target,
            min_weight=min_weight,
            self_edges=self_edges,
        )
        return replace(self, edges=kept)

    def neighbourhood(self, gene: str, radius: int = 1) -> Self:
        """Genes within so many edges of a gene, up or down stream, and all edges among them.

        Select edges first: among all candidate pairs every gene is a neighbour of every other.

        Parameters
        ----------
        gene
            The gene in the middle.
        radius
            1: its regulators and its targets.
        """
        near = genes_near(self.edges, self._gene(gene), radius)
        return replace(
            self,
            genes=tuple(name for name in self.genes if name in near),
            edges=_between(self.edges, near),
            groups=None if self.groups is None else _between(self.groups, near),
        )

    def align(
        self,
        genes: Sequence[str],
        *,
        fold_case: bool = False,
        aliases: Mapping[str, str] | None = None,
    ) -> AlignedPrior[Self]:
        """Restrict to the genes of the data: see :func:`hillflow.networks.align`."""
        return align(self, genes, fold_case=fold_case, aliases=aliases)

    def to_frame(self) -> pd.DataFrame:
        """A copy of `edges`."""
        return self.edges.copy()

    def to_networkx(self) -> nx.DiGraph:
        """A DiGraph of all genes and the edges of non-zero weight, attributes plain Python.

        Edge attributes: every column that is not missing, ``abs_weight``, ``interaction``
        (activates, inhibits, regulates) and ``name`` (``A (activates) B``).
        """
        return to_digraph(self.genes, self.edges, self.about)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the edges as a comma-separated table, and ``about`` beside it."""
        return write_edges(self.edges, self.about, Path(path))

    def write(
        self, path: str | os.PathLike[str], format: str, *, prior: Network | None = None
    ) -> tuple[Path, ...]:
        """Write for another tool: see :func:`hillflow.networks.write_network`."""
        write = writer_of(format, overlay=prior is not None)
        path = check_output_file(path, FORMATS[format].suffix)
        check_writable(self.genes, self.edges)
        return write(self, path) if prior is None else write(self, path, prior=prior)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it: noted when it was inferred, and kept in ``about``."""
        return tuple(Finding(**finding) for finding in self.about.get("findings", ()))

    def blocks(self) -> Iterable[Block]:
        """Its strongest edges as a table and a drawing, and how it was made."""
        return network_blocks(self)


def _between(table: pd.DataFrame, genes: set[str]) -> pd.DataFrame:
    return table[table["source"].isin(genes) & table["target"].isin(genes)]
