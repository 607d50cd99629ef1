"""Which regulators a gene's law may name: the graph's strongest, and others by request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hillflow.causal.regulatory_graph import RegulatoryGraph
from hillflow.errors import GeneNameError, InputError, did_you_mean

Also = Sequence[str] | Mapping[str, Sequence[str]]
MOST_CANDIDATES = 12


def candidate_parents(
    graph: RegulatoryGraph, target: str, most: int = 4, also: Also = ()
) -> tuple[str, ...]:
    """The strongest regulators of a gene by the graph, then those that are let in.

    Parameters
    ----------
    most
        How many of the graph's.
    also
        More genes: for every target, or by target.
    """
    extra = also.get(target, ()) if isinstance(also, Mapping) else also
    for gene in extra:
        if gene not in graph.genes:
            raise GeneNameError(
                f"genes of the model among the regulators let in for {target!r}", repr(gene),
                did_you_mean(gene, graph.genes),
            )  # fmt: skip
    return tuple(dict.fromkeys([*graph.parents(target)[:most], *extra]))


def check_candidates(most: int, also: Also, genes: Sequence[str]) -> None:
    """Refuse numbers of regulators that make no sense, and lists that stand for a name."""
    if isinstance(also, str):
        raise InputError("a list of genes, or one by target", repr(also), f"write also=[{also!r}]")
    if not 0 <= most <= MOST_CANDIDATES:
        raise InputError(
            f"0 to {MOST_CANDIDATES} regulators a gene", f"parents={most}",
            "write parents=4 and let known ones in with also=…",
        )  # fmt: skip
    if isinstance(also, Mapping):
        for target in also:
            if target not in genes:
                raise GeneNameError(
                    "targets among the genes of the model", repr(target),
                    did_you_mean(target, list(genes)),
                )  # fmt: skip


def by_importance(
    x: np.ndarray, velocity: np.ndarray, target: int, most: int, seed: int = 0
) -> list[int]:
    """Columns that tell a gene's velocity, most important first, the gene itself left out.

    Importance of randomised trees (Geurts, Ernst & Wehenkel 2006) for ẋ_target given the levels
    of all genes; the target's own level is among them, so that its decay is not laid to
    others. For data that come without a network.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(n_estimators=100, min_samples_leaf=3, random_state=seed)
    forest.fit(x, velocity[:, target])
    order = np.argsort(-forest.feature_importances_, kind="stable")
    return [int(column) for column in order if column != target][:most]
