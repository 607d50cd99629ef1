"""Candidate regulators of a gene's law: the strongest of the graph, and others by request."""

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
    """The strongest regulators of a gene in the graph, then those added by the user.

    Parameters
    ----------
    most
        How many of the graph's.
    also
        More genes: for every target, or by target.
    """
    extra = also.get(target, ()) if isinstance(also, Mapping) else also
    return tuple(dict.fromkeys([*graph.parents(target)[:most], *extra]))


def wanted_genes(known: Sequence[str], genes: Sequence[str] | None, where: str) -> tuple[str, ...]:
    """The genes whose laws are asked for, in the order known; all where none are named."""
    if genes is None:
        return tuple(known)
    asked = [genes] if isinstance(genes, str) else list(genes)
    if not asked:
        raise InputError("one gene or more to find a law of", "none", "leave genes out for all")
    for gene in asked:
        if gene not in known:
            raise GeneNameError(f"genes of the {where}", repr(gene), did_you_mean(gene, known))
    return tuple(gene for gene in known if gene in asked)


def check_candidates(most: int, also: Also, genes: Sequence[str]) -> None:
    """Refuse invalid numbers of regulators, and a name where a list is expected."""
    if isinstance(also, str):
        raise InputError("a list of genes, or one by target", repr(also), f"write also=[{also!r}]")
    if not 0 <= most <= MOST_CANDIDATES:
        raise InputError(
            f"0 to {MOST_CANDIDATES} regulators a gene", f"parents={most}",
            "write parents=4 and let known ones in with also=…",
        )  # fmt: skip
    by_target = also if isinstance(also, Mapping) else {"": also}
    for gene in (*filter(None, by_target), *chain.from_iterable(by_target.values())):
        if gene not in genes:
            raise GeneNameError(
                "genes of the model in also=…", repr(gene), did_you_mean(gene, list(genes))
            )


def by_importance(
    x: np.ndarray, velocity: np.ndarray, target: int, most: int, seed: int = 0
) -> list[int]:
    """Columns that predict a gene's velocity, most important first, without the gene itself.

    Importance of randomised trees (Geurts, Ernst & Wehenkel 2006) for ẋ_target given the levels
    of all genes; the target's own level is among them, so that its decay is not attributed to
    others. For data that come without a network.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(n_estimators=100, min_samples_leaf=3, random_state=seed)
    forest.fit(x, velocity[:, target])
    order = np.argsort(-forest.feature_importances_, kind="stable")
    return [int(column) for column in order if column != target][:most]
