"""Regulons: the targets of each regulator among the measured genes, as a signed matrix.

A regulator need not be measured itself: its activity is read from its targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.findings import note, warn
from hillflow.genes import check_gene_names, match_genes
from hillflow.networks import Network

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

TMIN = 5  # fewest targets; decoupler's default


@dataclass(frozen=True, eq=False)
class Regulons:
    """The signed targets of regulators among the genes of data.

    Attributes
    ----------
    genes
        The genes of the data, in the order of their columns.
    regulators
        Sorted by name; measured or not.
    weight
        W, sparse, [genes, regulators]: above 0 for activation and unknown signs, below 0 for
        repression.
    dropped
        Regulators with fewer than the required number of measured targets, with that number.
    name
        Of the network.
    """

    genes: tuple[str, ...]
    regulators: tuple[str, ...]
    weight: csc_matrix = field(repr=False)
    dropped: Mapping[str, int] = field(default_factory=dict, repr=False)
    name: str = ""

    def __len__(self) -> int:
        return len(self.regulators)

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """Number of measured targets of each regulator, [regulators]."""
        return np.diff(self.weight.indptr).astype(np.int64)

    def index(self, regulator: str) -> int:
        """The column of a regulator; an error that names the nearest one if there is none."""
        if regulator not in self.regulators:
            few = self.dropped.get(regulator)
            raise GeneNameError(
                "a regulator of the network", repr(regulator),
                did_you_mean(regulator, self.regulators) if few is None
                else f"lower the fewest targets: it has {few}",
            )  # fmt: skip
        return self.regulators.index(regulator)

    def without(self, rows: NDArray[np.int64]) -> Regulons:
        """The same regulators, genes in these rows left out of data and targets alike."""
        kept = np.setdiff1d(np.arange(len(self.genes)), rows)
        return replace(
            self, genes=tuple(self.genes[k] for k in kept), weight=self.weight.tocsr()[kept].tocsc()
        )

    def at_least(self, tmin: int) -> Regulons:
        """Only regulators with `tmin` targets or more; the others join `dropped`."""
        enough = self.targets >= tmin
        few = {
            name: int(count)
            for name, count, kept in zip(self.regulators, self.targets, enough, strict=True)
            if not kept
        }
        return replace(
            self, regulators=tuple(np.array(self.regulators, dtype=object)[enough]),
            weight=self.weight[:, np.flatnonzero(enough)], dropped={**self.dropped, **few},
        )  # fmt: skip


def regulons(
    network: Network,
    genes: Sequence[str],
    *,
    tmin: int = TMIN,
    fold_case: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> Regulons:
    """Lay a network over the genes of data: which regulators have enough measured targets.

    Parameters
    ----------
    network
        Signed edges. An edge of unknown sign counts as an activation.
    genes
        The measured genes.
    tmin
        Fewest measured targets of a regulator.
    fold_case, aliases
        How names are matched, as in `hillflow.networks.align`.

    Returns
    -------
    Regulons
        Cost O(edges).

    Examples
    --------
    >>> from hillflow.activities import regulons
    >>> from hillflow.networks import Network
    >>> network = Network.from_columns(["TF", "TF", "X"], ["A", "B", "C"], sign=[1, -1, 1])
    >>> found = regulons(network, ["A", "B", "C"], tmin=2)
    >>> found.regulators, found.dropped
    (('TF',), {'X': 1})
    >>> found.weight.toarray()[:, 0].tolist()
    [1.0, -1.0, 0.0]
    """
    if tmin < 1:
        raise InputError("one target or more of each regulator", f"tmin={tmin}", "use tmin=5")
    from scipy.sparse import csc_matrix

    panel = check_gene_names(genes)
    inside = _renamed(network, panel, fold_case, aliases)
    place = {gene: k for k, gene in enumerate(panel)}
    kept = np.array([target in place for target in inside.target]) & (inside.weight != 0)
    sources, targets = inside.source[kept], inside.target[kept]
    names = sorted(set(sources))
    column = {name: k for k, name in enumerate(names)}
    weight = csc_matrix(
        (inside.weight[kept], ([place[gene] for gene in targets], [column[s] for s in sources])),
        shape=(len(panel), len(names)),
    )
    found = Regulons(panel, tuple(names), weight, {}, network.name).at_least(tmin)
    if not len(found):
        most = max(found.dropped.values(), default=0)
        raise GeneNameError(
            f"a regulator with {tmin} measured targets or more",
            f"{most} at most, of {len(names):,} regulators in {network.name or 'the network'!r}",
            f"lower tmin=… (--tmin) to {most}, pass data of more genes, or use a larger network",
        )
    _tell(found, int(kept.sum()), len(network), int((inside.sign[kept] == 0).sum()), tmin)
    return found


def _renamed(
    network: Network, panel: tuple[str, ...], fold_case: bool, aliases: Mapping[str, str] | None
) -> Network:
    """The edges in the names of the data; regulators that are not measured keep theirs."""
    match = match_genes(network.genes, panel, fold_case=fold_case, aliases=aliases)
    measured = [source in match.mapping for source, target in network.pairs()
                if target in match.mapping]  # fmt: skip
    if not measured:
        _refuse_case(network, panel, aliases)
    if any(measured) or not measured:  # checks of species and aliases, and errors that help
        network.align(panel, fold_case=fold_case, aliases=aliases)
    unmeasured = [name for name in network.regulators if name not in match.mapping]
    return network.renamed({**match.mapping, **{name: name for name in unmeasured}})


def _refuse_case(
    network: Network, panel: tuple[str, ...], aliases: Mapping[str, str] | None
) -> None:
    """Raise an error where targets, but no regulators, would match with case ignored."""
    folded = match_genes(network.genes, panel, fold_case=True, aliases=aliases).mapping
    ends = [[name in folded for name in names] for names in (network.source, network.target)]
    if any(ends[1]) and not any(ends[0]):  # else `align` raises one that knows the species
        raise GeneNameError(
            f"targets of {network.name or 'the network'!r} among the genes",
            f"none with the same case ({listing(network.target, 3)} in the network, "
            f"{listing(panel, 3)} in the data)",
            "if both are of one species, pass fold_case=True (--fold-case)",
        )


def _tell(found: Regulons, measured: int, edges: int, unsigned: int, tmin: int) -> None:
    note(
        f"{measured:,} of {edges:,} edges have a measured target; {len(found):,} regulators have "
        f"{tmin} of them or more",
        "activity.regulons",
    )
    if found.dropped:
        names = [f"{name} ({count})" for name, count in found.dropped.items()]
        note(
            f"left out, with fewer than {tmin} measured targets: {listing(names)}",
            "activity.few-targets",
        )
    if unsigned == measured:
        warn(
            "no edge has a sign, and all count as activations: the activity of a repressor is then "
            "upside down",
            "activity.no-signs",
        )
    elif unsigned:
        note(
            f"{unsigned:,} of {measured:,} edges have no known sign and count as activations",
            "activity.unknown-signs",
        )
