"""Candidate regulators of a gene's law: the strongest of the network, and others by request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.networks.network import Network

Also = Sequence[str] | Mapping[str, Sequence[str]]
MOST_CANDIDATES = 12


def candidate_parents(
    graph: Network, target: str, most: int = 4, also: Also = ()
) -> tuple[str, ...]:
    """The strongest regulators of a gene in the network, then those added by the user.

    Parameters
    ----------
    graph
        The network.
    target
        The regulated gene.
    most
        Maximal number of regulators from the network.
    also
        Further genes, for every target or by target.
    """
    extra = also.get(target, ()) if isinstance(also, Mapping) else also
    return tuple(dict.fromkeys([*graph.parents(target)[:most], *extra]))


def wanted_genes(known: Sequence[str], genes: Sequence[str] | None, where: str) -> tuple[str, ...]:
    """The genes whose laws are requested, in the order of the known genes; by default all."""
    if genes is None:
        return tuple(known)
    requested = [genes] if isinstance(genes, str) else list(genes)
    if not requested:
        raise InputError("one gene or more to find a law of", "none", "leave genes out for all")
    for gene in requested:
        if gene not in known:
            raise GeneNameError(f"genes of the {where}", repr(gene), did_you_mean(gene, known))
    return tuple(gene for gene in known if gene in requested)


def check_candidates(most: int, also: Also, genes: Sequence[str]) -> None:
    """Raise an error for invalid numbers of regulators, unknown genes, or a name for a list."""
    if isinstance(also, str):
        raise InputError("a list of genes, or one by target", repr(also), f"write also=[{also!r}]")
    if not 0 <= most <= MOST_CANDIDATES:
        raise InputError(
            f"0 to {MOST_CANDIDATES} regulators per gene", f"parents={most}",
            "write parents=4, and add known regulators with also=…",
        )  # fmt: skip
    by_target = also if isinstance(also, Mapping) else {"": also}
    for gene in (*filter(None, by_target), *chain.from_iterable(by_target.values())):
        if gene not in genes:
            raise GeneNameError(
                "known genes in also=…", repr(gene), did_you_mean(gene, list(genes))
            )


def by_importance(
    x: np.ndarray, velocity: np.ndarray, target: int, most: int, seed: int = 0
) -> list[int]:
    """Columns that predict a gene's velocity, most important first, without the gene itself.

    This is the importance in randomised trees (Geurts, Ernst & Wehenkel 2006) for ẋ_target given
    the levels of all genes. The target's own level is included, so that its decay is not attributed
    to other genes. Used for data without a network.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(n_estimators=100, min_samples_leaf=3, random_state=seed)
    forest.fit(x, velocity[:, target])
    order = np.argsort(-forest.feature_importances_, kind="stable")
    return [int(column) for column in order if column != target][:most]
