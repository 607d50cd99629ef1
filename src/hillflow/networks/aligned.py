"""Restrict a known network to the genes of the data, and report what was matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from hillflow.errors import GeneNameError, listing
from hillflow.findings import warn
from hillflow.genes import GeneMatch, check_gene_names, gene_style, match_genes
from hillflow.networks.catalogue import networks_of
from hillflow.networks.mask import EdgeMask, FreeEdges, SelfEdges, build_mask
from hillflow.networks.network_table import NetworkTable

N = TypeVar("N", bound=NetworkTable)


@dataclass(frozen=True, eq=False)
class AlignedPrior(Generic[N]):
    """The part of a known network whose genes the data measure, in the names of the data.

    Attributes
    ----------
    network
        A `Network`: the edges with both ends in the panel, and their genes.
    genes
        The panel, in the order of the data's columns.
    match
        How the names of the whole prior were matched to the panel.
    edges_by_match
        Number of edges by the weaker match of their two names: exact, case-folded, alias.
    edges_before
        Number of edges of the whole prior.
    regulators
        Panel genes that regulate any gene in the whole prior, whether the data have it or not.
    """

    network: N
    genes: tuple[str, ...]
    match: GeneMatch
    edges_by_match: Mapping[str, int]
    edges_before: int
    regulators: tuple[str, ...]

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Panel genes without an edge."""
        covered = set(self.network.genes)
        return tuple(gene for gene in self.genes if gene not in covered)

    def mask(self, free: FreeEdges = "none", self_edges: SelfEdges = "prior") -> EdgeMask:
        """Return the candidate edges as arrays; see :func:`hillflow.networks.mask.build_mask`."""
        return build_mask(self.network, self.genes, self.regulators, free, self_edges)

    def summary(self) -> dict[str, Any]:
        """Return the report as plain Python values."""
        return {
            "prior": self.network.summary(),
            "edges_before": self.edges_before,
            "edges_by_match": dict(self.edges_by_match),
            "panel": {
                "genes": len(self.genes),
                "with_edges": len(self.genes) - len(self.uncovered),
                "without_edges": list(self.uncovered),
            },
            "names": {how: count for how, count, _ in self.match.rows()},
            "assumption": self.match.assumption,
        }

    def __len__(self) -> int:
        return len(self.network)

    def __str__(self) -> str:
        by_match = ", ".join(f"{count:,} {how}" for how, count in self.edges_by_match.items())
        uncovered = self.uncovered
        lines = [
            f"{len(self):,} of {self.edges_before:,} edges have both genes in the panel "
            f"({by_match})",
            f"{len(self.genes) - len(uncovered):,} of {len(self.genes):,} panel genes have an edge",
        ]
        if uncovered:
            lines.append(f"without an edge: {listing(uncovered)}")
        if self.match.assumption:
            lines.append(self.match.assumption)
        return "\n".join(lines)


def align(
    prior: N,
    genes: Sequence[str],
    *,
    fold_case: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> AlignedPrior[N]:
    """Restrict a known network to the genes of the data; refuse if no edge is left.

    Edges are counted as distinct (source, target) pairs with both ends in the panel, self-edges
    included. Pairs of weight 0 are not edges.

    Parameters
    ----------
    prior
        The network.
    genes
        The panel, in the order of the data's columns.
    fold_case
        Ignore letter case. Refused for a human network and a panel written like mouse genes:
        orthologs need a table, because they are not found by spelling.
    aliases
        Prior name → panel name, for renamed genes and for orthologs. Several prior names may
        become one gene; their edges are merged.

    Returns
    -------
    AlignedPrior
        The edges within the panel, and a report of what was matched.

    Examples
    --------
    >>> from hillflow.networks import Network, align
    >>> prior = Network.from_columns(["GATA1", "SPI1"], ["KLF1", "CSF1R"], sign=[1, 1])
    >>> aligned = align(prior, ["GATA1", "KLF1", "SPI1"])
    >>> aligned.network.pairs()
    [('GATA1', 'KLF1')]
    >>> aligned.uncovered
    ('SPI1',)
    """
    panel = check_gene_names(genes)
    if fold_case and prior.organism == "human" and gene_style(panel) == "mouse-like":
        raise GeneNameError(
            "a prior network of the species that the data are from",
            f"the human network {prior.name!r} and genes written as in mouse ({listing(panel, 3)})",
            f"{_take('mouse')}, or give a table of orthologs (human name, name in the data) as "
            "aliases=… (--aliases FILE)",
        )
    _warn_of_unused_aliases(aliases or {}, prior, panel)
    match = match_genes(prior.genes, panel, fold_case=fold_case, aliases=aliases)
    inside = _edges_inside(prior, match.mapping)
    if not inside:
        raise _nothing_matched(prior, panel, match, aliases)

    how = dict.fromkeys(match.exact, 0) | dict.fromkeys(match.case_folded, 1)
    how |= dict.fromkeys(match.alias, 2)
    weakest: dict[tuple[str, str], int] = {}
    for source, target in inside:
        pair = match.mapping[source], match.mapping[target]
        weakest[pair] = max(weakest.get(pair, 0), how[source], how[target])
    kinds = list(weakest.values())
    regulators = {match.mapping[name] for name in prior.regulators if name in match.mapping}
    return AlignedPrior(
        network=prior.renamed(match.mapping),
        genes=panel,
        match=match,
        edges_by_match=MappingProxyType(
            {name: kinds.count(k) for k, name in enumerate(("exact", "case-folded", "alias"))}
        ),
        edges_before=len(prior),
        regulators=tuple(gene for gene in panel if gene in regulators),
    )


def _edges_inside(prior: NetworkTable, mapping: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return source and target of each edge whose genes were both matched."""
    return [(s, t) for s, t in prior.pairs() if s in mapping and t in mapping]


def _take(organism: str) -> str:
    return f"use a network of {organism} ({', '.join(networks_of(organism))})"


def _warn_of_unused_aliases(
    aliases: Mapping[str, str], prior: NetworkTable, panel: Sequence[str]
) -> None:
    """Warn of aliases whose names are in neither the prior nor the data: probably typing errors."""
    sources, targets = set(prior.genes), set(panel)
    unused = [
        f"{name} → {other}"
        for row, (name, other) in enumerate(aliases.items())
        if name not in sources and other not in targets and row > 0  # the first may be a header
    ]
    if unused:
        warn(
            f"{len(unused):,} of {len(aliases):,} aliases name genes that neither "
            f"{prior.name or 'the prior'!r} nor the data have, such as {listing(unused, 3)}: "
            "check their spelling, unless it is a table of all orthologs.",
            "network.unused-aliases",
        )


def _nothing_matched(
    prior: NetworkTable,
    panel: Sequence[str],
    match: GeneMatch,
    aliases: Mapping[str, str] | None,
) -> GeneNameError:
    """Return an error that explains why no edge is left, and suggests case, species or aliases."""
    folded = match_genes(prior.genes, panel, fold_case=True, aliases=aliases)
    would_match = len(_edges_inside(prior, folded.mapping))
    found = f"0 of {len(prior):,} ({len(match.mapping):,} names match exactly or by alias"
    if len(match.mapping):
        found += ", but no edge joins two of them"
    found += f"; the prior has {listing(prior.genes, 3)}, the data {listing(panel, 3)}"
    found += f"; {would_match:,} edge{'s' * (would_match != 1)} would match with case folded)"
    prior_style, style = gene_style(prior.genes), gene_style(panel)
    if prior.organism == "human" and style == "mouse-like":
        fix = (
            f"for mouse data {_take('mouse')}; for human data write the symbols in capitals; or "
            "give a table of orthologs as aliases=… (--aliases FILE)"
        )
    elif would_match and prior_style == "mouse-like" and style == "human-like":
        fix = (
            "if these are mouse symbols in capitals, pass fold_case=True (--fold-case); if they "
            f"are human, {_take('human')}"
        )
    elif would_match:
        fix = "if both are of one species, pass fold_case=True (--fold-case)"
    else:
        fix = (
            "check that the data and the prior use gene symbols (not Ensembl identifiers) of one "
            "species, or give a table (prior name, data name) as aliases=… (--aliases FILE)"
        )
    return GeneNameError(f"edges of {prior.name or 'the prior'!r} among the genes", found, fix)
