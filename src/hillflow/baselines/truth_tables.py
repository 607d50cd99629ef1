"""Regulation by truth tables: which few genes, switched how, explain a gene's velocity best.

    ẋ_i = Σ_{T ⊆ S} a_T Π_{j∈T} h_j − γ x_i,    h_j = x_j²/(K_j² + x_j²),  K_j half the top of x_j

With free a_T the sum is every truth table of the regulators S, its steps softened: AND, OR, "A but
not B" among them, which no sum of single effects can be. All S of at most three regulators are
fitted, in closed form, and none is chosen: with p(S) ∝ exp(−BIC(S)/2),

    w_ij = ± √ Σ_{S∋j} p(S) max(E(S∖j) − E(S), 0) / var(ẋ_i)

E(S) being the mean squared error. So w_ij² is the share of the variance that would be lost without
j, and its sign that of the mean slope of the tables in h_j. The coefficients have a ridge that
weighs as much as one observation. Cells and velocities are those of `ridge_midway`; levels of
genes that fall below 0 are counted from their lowest.

Source: Boolean functions interpolated with Hill inputs (Wittmann et al. 2009), averaged over
models by their BIC (as for linear ones, Young et al. 2014). What is set here was settled on
simulated systems (see `benchmarks networks`).
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np

from hillflow.baselines.differences import Array, Differences, mean_differences
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network

REGULATORS = 3  # of a gene, at most
CANDIDATES = 12  # regulators that the tables of a gene are made of: those best by themselves
TOP = 0.98  # quantile that is a gene's top level

Set = tuple[int, ...]


def truth_tables(data: Snapshots | Trajectories, *, seed: int = 0) -> Network:
    """Signed weights, each the root of the share of velocity's variance that rests on an edge.

    Parameters
    ----------
    data
        Snapshots are coupled by an entropic plan first.
    seed
        Seed of the coupling.

    Returns
    -------
    Network
        Every pair of two genes, strongest first; no self-pairs. Cost O(genes · rows · terms²),
        with at most 300 terms.
    """
    return off_diagonal(table_weights(mean_differences(data, seed=seed)), data.genes)


def table_weights(found: Differences) -> Array:
    """The weights as a matrix [target, source]; 0 on the diagonal."""
    x = found.x - np.minimum(found.x.min(axis=0), 0)  # levels start at 0
    squares = x**2
    top = np.quantile(x, TOP, axis=0)
    top = np.where(top > 0, top, x.max(axis=0))  # of genes that hardly any cell has
    half = (0.5 * top) ** 2
    switched = squares / np.where(squares + half > 0, squares + half, 1)
    genes, varying = x.shape[1], found.varying()
    weights = np.zeros((genes, genes))
    for target in range(genes):
        rows = found.free[:, target]
        velocity = found.velocity[rows, target]
        if len(velocity) <= 2**REGULATORS + 1 or velocity.std() == 0:
            continue
        sources = np.flatnonzero(varying & (np.arange(genes) != target))
        own, levels = x[rows, target], switched[rows]
        alone = _gains(levels[:, sources], own, velocity)
        sources = np.sort(sources[np.argsort(-alone, kind="stable")[:CANDIDATES]])
        observations = found.observations * rows.mean()
        weights[target, sources] = _averaged(levels[:, sources], own, velocity, observations)
    return weights


def _gains(levels: Array, own: Array, velocity: Array) -> Array:
    """How much of the squared velocity each switch explains, beside decay and the mean."""
    known, _ = np.linalg.qr(np.column_stack([np.ones_like(own), own]))
    velocity = velocity - known @ (known.T @ velocity)
    levels = levels - known @ (known.T @ levels)
    squares = (levels**2).sum(axis=0)
    return np.asarray((velocity @ levels) ** 2 / np.where(squares > 1e-12, squares, np.inf))


def _averaged(levels: Array, own: Array, velocity: Array, observations: float) -> Array:
    """Weights of the candidates of one target, the mean over all sets of regulators."""
    error, slopes, size = _fits(levels, own, velocity, observations)
    bic = np.array(
        [observations * np.log(error[s]) + size[s] * np.log(observations) for s in error]
    )
    likely = np.exp(-0.5 * (bic - bic.min()))
    likely /= likely.sum()
    lost, slope = np.zeros(levels.shape[1]), np.zeros(levels.shape[1])
    for one, p in zip(error, likely, strict=True):
        for k, source in enumerate(one):
            without = error[one[:k] + one[k + 1 :]]
            lost[source] += p * max(without - error[one], 0.0)
            slope[source] += p * slopes[one][k]
    return np.asarray(np.sign(slope) * np.sqrt(lost / velocity.var()))


def _fits(
    levels: Array, own: Array, velocity: Array, observations: float
) -> tuple[dict[Set, float], dict[Set, list[float]], dict[Set, int]]:
    """Of every set of regulators: mean squared error, mean slopes, number of coefficients.

    All terms are laid out once; what a set needs of their moments is picked from them.
    """
    count = levels.shape[1]
    sets = [s for size in range(REGULATORS + 1) for s in combinations(range(count), size)]
    place = {one: k for k, one in enumerate(sets)}
    terms = np.ones((len(own), len(sets) + 1))
    for one, k in place.items():
        if one:
            terms[:, k] = terms[:, place[one[:-1]]] * levels[:, one[-1]]
    terms[:, -1] = own
    means, scale = terms.mean(axis=0), np.sqrt((terms**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1)
    terms /= scale
    gram, moment = terms.T @ terms / len(own), terms.T @ velocity / len(own)

    error, slopes, size = {}, {}, {}
    for regulators in range(min(REGULATORS, count) + 1):
        parts, pairs = _parts(regulators)
        chosen = list(combinations(range(count), regulators))
        columns = np.array(
            [[*(place[tuple(s[k] for k in part)] for part in parts), len(sets)] for s in chosen]
        )
        a, b = gram[columns[:, :, None], columns[:, None, :]], moment[columns]
        w = np.linalg.solve(a + np.eye(columns.shape[1]) / observations, b[..., None])[..., 0]
        missed = (velocity**2).mean() - 2 * (w * b).sum(1) + np.einsum("si,sij,sj->s", w, a, w)
        raw = w / scale[columns]
        for k, one in enumerate(chosen):
            error[one] = max(float(missed[k]), 1e-9 * float(velocity.var()))
            size[one] = columns.shape[1]
            slopes[one] = [
                sum(raw[k, term] * means[columns[k, rest]] for term, rest in of_member)
                for of_member in pairs
            ]
    return error, slopes, size


@cache
def _parts(size: int) -> tuple[list[Set], list[list[tuple[int, int]]]]:
    """The terms of a set by position, and for each member the terms (with it, without it)."""
    parts = [p for k in range(size + 1) for p in combinations(range(size), k)]
    place = {part: k for k, part in enumerate(parts)}
    pairs = [
        [(place[p], place[tuple(j for j in p if j != member)]) for p in parts if member in p]
        for member in range(size)
    ]
    return parts, pairs
