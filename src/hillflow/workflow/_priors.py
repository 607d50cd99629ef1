"""``priors``: which prior networks there are, getting one, and laying it over data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import read_gene_names
from hillflow.findings import Finding, collect_findings, note
from hillflow.networks import (
    AlignedPrior,
    CatalogueEntry,
    Network,
    catalogue,
    load_prior,
)
from hillflow.networks import fetch as fetch_file
from hillflow.networks.as_network import as_network
from hillflow.networks.catalogue import find_entry
from hillflow.networks.download import file_sum
from hillflow.networks.load import named_entry
from hillflow.networks.network import INTERACTION
from hillflow.show import Block, Shown, Table, Text
from hillflow.workflow.options.priors import ALIGN, FETCH, AlignOptions, ChecksumOptions
from hillflow.workflow.priors_options import read_names, terms_of
from hillflow.workflow.reading import rows_to_keep
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    import pandas as pd

MOST_EDGES = 10
EDGE_COLUMNS = ("source", "target", "sign", "both", "weight", "evidence")  # of the JSON


@dataclass(frozen=True)
class Catalogue(Shown):
    """The prior networks that hillflow knows."""

    entries: tuple[CatalogueEntry, ...] = field(repr=False)

    def blocks(self) -> list[Block]:
        """A row a network."""
        rows = [
            (one.name, one.organism, one.counts.get("pairs"), one.licence,
             "included" if one.included else "known" if one.sha256 else "not known",
             one.citation.split(",")[0])
            for one in self.entries
        ]  # fmt: skip
        return [Table(("name", "organism", "pairs", "licence", "checksum", "source"), rows)]

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values."""
        return [dataclasses.asdict(entry) for entry in self.entries]


@dataclass(frozen=True)
class Fetched(Shown):
    """The file of a prior network on this machine."""

    entry: CatalogueEntry
    path: Path
    sha256: str
    noted: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    def blocks(self) -> list[Block]:
        """Where it lies."""
        return [Text(str(self.path))]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.entry.name, "path": self.path, "sha256": self.sha256,
            "licence": self.entry.licence, "citation": self.entry.citation,
        }  # fmt: skip


@dataclass(frozen=True)
class Alignment(Shown):
    """A prior network laid over the genes of data, and how it matched."""

    prior: AlignedPrior
    note: str = ""
    noted: tuple[Finding, ...] = ()

    @property
    def network(self) -> Network:
        """The edges among the genes of the data."""
        return self.prior.network

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of it."""
        return self.noted

    def blocks(self) -> list[Block]:
        """What matched, and the first edges."""
        network = self.network
        shown = range(min(MOST_EDGES, len(network)))
        rows = [
            (network.source[k],
             "activates or inhibits" if network.both[k] else INTERACTION[int(network.sign[k])],
             network.target[k], network.evidence[k])
            for k in shown
        ]  # fmt: skip
        more = len(network) - len(shown)
        return [
            Text(str(self.prior)),
            Table(("match", "names", "examples"), self.prior.match.rows(), "Gene names"),
            Table(
                ("source", "", "target", "evidence"), rows, "Edges among your genes",
                f"… and {more:,} more (--json prints all)" if more else "",
            ),
            # Of a network of one's own there is nothing to say.
            *([Text(f"{network.name}: {terms_of(network)}")]
              if network.licence or network.citation else []),
        ]  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        network = self.network
        columns = {name: getattr(network, name).tolist() for name in EDGE_COLUMNS}
        edges = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
        unmatched = list(self.prior.match.unmatched)
        return {**self.prior.summary(), "unmatched": unmatched, "edges": edges, "note": self.note}


def list_priors() -> Catalogue:
    """Show the catalogue of prior networks: name, organism, pairs, licence, source."""
    return Catalogue(tuple(catalogue().values()))


@verb(FETCH)
def fetch(name: str, options: ChecksumOptions) -> Fetched:
    """Do what it promises."""
    with collect_findings() as said:
        entry = find_entry(name, options.organism)
        path = fetch_file(entry, sha256=options.sha256, allow_unverified=options.allow_unverified)
        checksum = file_sum(path)
        if not (entry.included or entry.sha256 or options.sha256):
            note(f"nobody has vouched for this file; its sha256 is {checksum}", "prior.unverified")
        note(f"{entry.licence}. Please cite: {entry.citation}", "prior.licence")
    return Fetched(entry, path, checksum, tuple(said))


@verb(ALIGN)
def align(
    name: str | PathLike[str] | Network | pd.DataFrame,
    data: Any,
    options: AlignOptions,
    checksum: ChecksumOptions,
) -> Alignment:
    """Do what it promises."""
    genes = _genes_of(data)
    with collect_findings() as said:
        if isinstance(name, str | PathLike):
            network = load_prior(
                name, checksum.organism, prior_file=options.prior_file, format=options.format,
                where=rows_to_keep(options.where), sha256=checksum.sha256,
                allow_unverified=checksum.allow_unverified,
            )  # fmt: skip
        else:
            network = as_network(name, inferred=False)
        aligned = network.align(
            genes, fold_case=options.fold_case, aliases=read_names(options.aliases)
        )
    entry = None
    if isinstance(name, str | PathLike):
        entry = named_entry(name, checksum.organism, options.prior_file)
    text = f"{entry.name}: {entry.note}" if entry and entry.note else ""
    extra = (Finding("prior.note", text, "note"),) if text else ()
    return Alignment(aligned, text, (*said, *extra))


def _genes_of(data: Any) -> tuple[str, ...]:
    if isinstance(data, str | PathLike):
        return read_gene_names(data)
    if hasattr(data, "var_names"):
        return tuple(map(str, data.var_names))
    return tuple(getattr(data, "genes", data))


class Priors:
    """The prior networks: ``priors()`` lists them, and they can be fetched, loaded and aligned.

    Examples
    --------
    >>> import hillflow as hf
    >>> network = hf.priors.load("hematopoiesis")
    >>> len(network)
    30
    """

    fetch = staticmethod(fetch)
    align = staticmethod(align)
    load = staticmethod(load_prior)

    def __call__(self) -> Catalogue:
        """Show the catalogue: name, organism, pairs, licence, source."""
        return list_priors()

    def list(self) -> Catalogue:
        """The same."""
        return list_priors()

    def __repr__(self) -> str:
        return f"<priors: {', '.join(catalogue())}>"


priors = Priors()
