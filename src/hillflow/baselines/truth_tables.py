"""Regulation by truth tables: the velocity of a gene as a continuous truth table of few genes.

    ẋ_i = Σ_{T ⊆ S} a_T Π_{j∈T} h_j − γ x_i,    h_j = x_j²/(K_j² + x_j²),  K_j half the top of x_j

With free a_T the sum can represent every truth table of the regulators S with Hill functions as
inputs, including AND, OR, and "A but not B", which a sum of single effects cannot represent. All S
of at most three regulators are fitted, in closed form, and averaged: with p(S) ∝ exp(−BIC(S)/2),

    w_ij = ± √ Σ_{S∋j} p(S) max(E(S∖j) − E(S), 0) / var(ẋ_i)

where E(S) is the mean squared error. So w_ij² is the share of the variance that would be lost
without j, and its sign is that of the mean slope of the tables in h_j. The coefficients have a
ridge penalty with the weight of one observation. States and velocities are those of
`ridge_midway`; if levels of a gene are below 0, they are measured from the lowest.

Source: Boolean functions interpolated with Hill inputs (Wittmann et al. 2009), averaged over
models by their BIC (for linear models, Young et al. 2014). The constants below were chosen on
simulated systems (see `benchmarks networks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.differences import Array, Differences, mean_differences
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network

REGULATORS = 3  # most regulators of a gene
CANDIDATES = 12  # candidate regulators of a gene: those that explain most by themselves
TOP = 0.98  # quantile that defines a gene's top level

Set = tuple[int, ...]


def truth_tables(data: Snapshots | Trajectories, *, seed: int = 0) -> Network:
    """Return signed weights, the root of the share of a velocity's variance due to each edge.

    Parameters
    ----------
    data
        Snapshots (coupled by an entropic plan first) or trajectories.
    seed
        Seed of the coupling.

    Returns
    -------
    Network
        Every pair of two genes, strongest first. Cost O(genes · rows · terms²), with at most 300
        terms.

    Examples
    --------
    >>> from hillflow.baselines import truth_tables
    >>> from hillflow.data import Trajectories
    >>> from hillflow.systems import build_system, simulate_trajectories
    >>> series = simulate_trajectories(build_system("toggle"), range(6), cells=20)
    >>> truth_tables(Trajectories.from_anndata(series.to_anndata())).sign.tolist()
    [-1, -1]
    """
    return off_diagonal(table_weights(mean_differences(data, seed=seed)), data.genes)


def table_weights(steps: Differences) -> Array:
    """Return the weights as a matrix [target, source]; 0 on the diagonal."""
    x = steps.x - np.minimum(steps.x.min(axis=0), 0)  # levels start at 0
    squares = x**2
    top = np.quantile(x, TOP, axis=0)
    top = np.where(top > 0, top, x.max(axis=0))  # for genes expressed in very few cells
    half = (0.5 * top) ** 2
    switched = squares / np.where(squares + half > 0, squares + half, 1)
    genes, varying = x.shape[1], steps.varying()
    weights = np.zeros((genes, genes))
    for target in range(genes):
        rows = steps.free[:, target]
        velocity = steps.velocity[rows, target]
        if len(velocity) <= 2**REGULATORS + 1 or velocity.std() == 0:
            continue
        sources = np.flatnonzero(varying & (np.arange(genes) != target))
        own, levels = x[rows, target], switched[rows]
        gains = _gains(levels[:, sources], own, velocity)
        sources = np.sort(sources[np.argsort(-gains, kind="stable")[:CANDIDATES]])
        observations = steps.observations * rows.mean()
        weights[target, sources] = _averaged(levels[:, sources], own, velocity, observations)
    return weights


def _gains(levels: Array, own: Array, velocity: Array) -> Array:
    """Return the squared velocity that each input explains in addition to decay and mean."""
    known, _ = np.linalg.qr(np.column_stack([np.ones_like(own), own]))
    velocity = velocity - known @ (known.T @ velocity)
    levels = levels - known @ (known.T @ levels)
    squares = (levels**2).sum(axis=0)
    return np.asarray((velocity @ levels) ** 2 / np.where(squares > 1e-12, squares, np.inf))


def _averaged(levels: Array, own: Array, velocity: Array, observations: float) -> Array:
    """Return the weights of the candidates of one target, averaged over sets of regulators."""
    terms = table_terms(levels, own)
    gram, moment = terms.T @ terms / len(own), terms.T @ velocity / len(own)
    (weights,) = averaged(
        gram[None], moment[None], np.array([(velocity**2).mean()]), np.array([velocity.var()]),
        levels.shape[1], observations,
    )  # fmt: skip
    return np.asarray(weights)


def table_terms(levels: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
    """Return 1, the products of up to three levels, and the own level, [rows, terms]."""
    sets = regulator_sets(levels.shape[1]).sets
    position = {subset: k for k, subset in enumerate(sets)}
    terms = np.ones((len(sets) + 1, len(own)), levels.dtype)  # each term lies in one piece
    levels = np.ascontiguousarray(levels.T)
    for subset, k in position.items():
        if subset:
            np.multiply(terms[position[subset[:-1]]], levels[subset[-1]], out=terms[k])
    terms[-1] = own
    return terms.T


def averaged(
    gram: Array, moment: Array, square: Array, variance: Array, count: int, observations: float
) -> Array:
    """Return the weights averaged over sets of regulators, for several samples of the rows.

    Parameters
    ----------
    gram, moment
        Means of products of the terms with each other, [samples, terms, terms], and with the
        velocity, [samples, terms].
    square, variance
        Mean square and variance of the velocity, [samples].
    count
        Number of candidate regulators.
    observations
        Effective number of independent rows, for the BIC.

    Returns
    -------
    ndarray
        [samples, count].
    """
    every = regulator_sets(count)
    scale = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    scale = np.where(scale > 0, scale, 1)
    means = gram[:, 0]  # the first term is 1
    gram = gram / (scale[:, :, None] * scale[:, None, :])
    moment = moment / scale
    error = np.empty((len(gram), len(every.sets)))
    slopes = {}
    for group in every.by_size:
        columns = group.columns
        a, b = gram[:, columns[:, :, None], columns[:, None, :]], moment[:, columns]
        each = np.arange(columns.shape[1])
        a[..., each, each] += 1 / observations
        w = np.linalg.solve(a, b[..., None])[..., 0]  # so that wᵀ a w = wᵀ b, ridge included
        error[:, group.places] = square[:, None] - (w * b).sum(-1) - (w * w).sum(-1) / observations
        raw = w / scale[:, columns]
        slopes[group.size] = np.stack(
            [
                sum(raw[..., term] * means[:, columns[:, rest]] for term, rest in of_member)
                for of_member in _parts(group.size)[1]
            ],
            axis=-1,
        ) if group.size else np.zeros((*raw.shape[:2], 0))  # fmt: skip
    error = np.maximum(error, 1e-9 * variance[:, None])
    bic = observations * np.log(error) + every.terms * np.log(observations)
    probability = np.exp(-0.5 * (bic - bic.min(axis=1, keepdims=True)))
    probability /= probability.sum(axis=1, keepdims=True)
    lost, slope = np.zeros((len(gram), count)), np.zeros((len(gram), count))
    for group in every.by_size:
        p = probability[:, group.places]
        for k in range(group.size):
            gain = np.maximum(error[:, group.without[:, k]] - error[:, group.places], 0.0)
            member = np.eye(count)[group.members[:, k]]  # [sets, count]
            lost += (p * gain) @ member
            slope += (p * slopes[group.size][..., k]) @ member
    return np.asarray(np.sign(slope) * np.sqrt(lost / variance[:, None]))


@dataclass(frozen=True, eq=False)
class _SetsOfSize:
    """Sets of one size: their places in the list, members, terms, and sets without a member."""

    size: int
    places: NDArray[np.int64]
    members: NDArray[np.int64]  # [sets, size]
    columns: NDArray[np.int64]  # [sets, terms]
    without: NDArray[np.int64]  # [sets, size]


@dataclass(frozen=True, eq=False)
class RegulatorSets:
    """All sets of at most three of `count` candidates."""

    sets: tuple[Set, ...]
    terms: NDArray[np.int64]  # of each set, with the own level, which is the last term
    by_size: tuple[_SetsOfSize, ...]


@cache
def regulator_sets(count: int) -> RegulatorSets:
    """All sets of at most `REGULATORS` of so many candidates."""
    sets = tuple(s for size in range(REGULATORS + 1) for s in combinations(range(count), size))
    position = {subset: k for k, subset in enumerate(sets)}
    groups = []
    for size in range(min(REGULATORS, count) + 1):
        chosen = [s for s in sets if len(s) == size]
        parts = _parts(size)[0]
        columns = [[*(position[tuple(s[k] for k in part)] for part in parts), len(sets)]
                   for s in chosen]  # fmt: skip
        without = [[position[s[:k] + s[k + 1 :]] for k in range(size)] for s in chosen]
        groups.append(
            _SetsOfSize(
                size, np.array([position[s] for s in chosen]),
                np.array(chosen, dtype=int).reshape(len(chosen), size), np.array(columns),
                np.array(without, dtype=int).reshape(len(chosen), size),
            )
        )  # fmt: skip
    return RegulatorSets(sets, np.array([2 ** len(s) + 1 for s in sets]), tuple(groups))


@cache
def _parts(size: int) -> tuple[list[Set], list[list[tuple[int, int]]]]:
    """Return the terms of a set, and for each member the pairs of terms (with, without) it."""
    parts = [p for k in range(size + 1) for p in combinations(range(size), k)]
    position = {part: k for k, part in enumerate(parts)}
    pairs = [
        [(position[p], position[tuple(j for j in p if j != member)]) for p in parts if member in p]
        for member in range(size)
    ]
    return parts, pairs
