"""Candidate regulators of each gene, for fields that need few of them."""

from __future__ import annotations

import numpy as np

from hillflow.baselines.truth_tables import truth_tables
from hillflow.data import Cells
from hillflow.fields import CandidateEdges

REGULATORS = 4  # of a gene, itself included


def candidate_regulators(
    data: Cells, within: CandidateEdges | None = None, *, count: int = REGULATORS, seed: int = 0
) -> CandidateEdges:
    """Return each gene itself and the best other regulators of the closed-form truth tables.

    Edges that are not of a prior are free.

    Parameters
    ----------
    data
        The cells.
    within
        Edges of a prior, among which to choose, with their signs; None: all pairs.
    count
        Number of candidates of a gene.
    seed
        Seed of the coupling of the cells.
    """
    genes = list(data.genes)
    weight = truth_tables(data, seed=seed).matrix().loc[genes, genes].to_numpy().T
    weight = np.abs(weight)  # [target, source]
    sign, free = np.zeros(weight.shape), np.ones(weight.shape, bool)
    if within is not None:
        allowed = np.zeros(weight.shape, bool)
        allowed[within.target, within.source] = True
        sign[within.target, within.source] = within.sign
        free[within.target, within.source] = within.free
        weight = np.where(allowed, weight + 1e-9, -1.0)
    np.fill_diagonal(weight, np.inf)
    source, target = [], []
    for gene in range(len(genes)):
        best = np.argsort(-weight[gene], kind="stable")[: min(count, len(genes))]
        best = best[weight[gene, best] >= 0]
        source += best.tolist()
        target += [gene] * len(best)
    return CandidateEdges(source, target, len(genes), sign[target, source], free[target, source])
