"""Linear regression of velocity on the state, with a ridge penalty.

    (x_i(t+Δ) − x_i(t))/Δ = b_i + Σ_j W_ij x_j,   W by ridge, its strength by leave-one-out error

`ridge_lag` takes pairs of the exact plan and the state a step before, x = x(t). `ridge_midway`
takes from each cell the mean of its descendants on a blurred plan, and the state half way, x =
(x(t) + x(t+Δ))/2: the trapezoidal rule, whose error is of the next order in Δ, and no chance of
single pairs.

W_ii holds the decay. Weights are in standard deviations, W_ij sd(x_j)/sd(ẋ_i), or, half way,
relative to the target's strongest, so that targets compare. Source: the linear lagged regression
of dynamic network inference, as in SINCERITIES (Papili Gao et al. 2018), here over coupled cells.
"""

from __future__ import annotations

import numpy as np

from hillflow.baselines.differences import Array, Differences, differences, mean_differences
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network
from hillflow.networks.relative_weights import relative_to_strongest

STRENGTHS = 10.0 ** np.arange(-3, 4)  # times the number of rows


def ridge_lag(data: Snapshots | Trajectories, *, seed: int = 0) -> Network:
    """Signed weights of a linear law.

    Parameters
    ----------
    data
        Snapshots are coupled by optimal transport first.
    seed
        Seed of the pairs drawn.

    Returns
    -------
    Network
        Every pair of two genes, strongest first; no self-pairs. Cost
        O(rows · genes² + genes³) for each set of targets that share their rows.
    """
    return off_diagonal(in_deviations(differences(data, seed=seed)), data.genes)


def ridge_midway(data: Snapshots | Trajectories, *, seed: int = 0) -> Network:
    """As `ridge_lag`, half way to the mean descendant; cost that of an entropic plan more.

    Weights are relative to each target's strongest, as the readout `importance` has them, which
    was chosen on simulated systems.
    """
    return off_diagonal(midway_slopes(mean_differences(data, seed=seed)), data.genes)


def midway_slopes(found: Differences) -> Array:
    """W_ij sd(x_j) / max_{k≠i} |W_ik| sd(x_k), [target, source]."""
    return relative_to_strongest(in_deviations(found))


def in_deviations(found: Differences) -> Array:
    """W_ij sd(x_j)/sd(ẋ_i), [target, source]; 0 for targets nowhere free or that never move."""
    scale = np.where(found.free.any(axis=0), found.velocity.std(axis=0), 0)
    weights = linear_law(found) * found.x.std(axis=0)
    return np.asarray(weights / np.where(scale > 0, scale, 1)[:, None])


def linear_law(found: Differences) -> Array:
    """W, [target, source], in units of 1/time; 0 for sources that do not vary."""
    from sklearn.linear_model import RidgeCV

    varying, genes = found.varying(), found.x.shape[1]
    law = np.zeros((genes, genes))
    groups: dict[bytes, list[int]] = {}  # targets that are free in the same rows share one fit
    for gene in range(genes):
        groups.setdefault(found.free[:, gene].tobytes(), []).append(gene)
    for targets in groups.values():
        rows, columns = found.free[:, targets[0]], np.array(targets)
        if rows.sum() < 3 or not varying.any():
            continue
        x = found.x[np.ix_(rows, varying)]
        spread = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
        standard = (x - x.mean(axis=0)) / spread
        model = RidgeCV(alphas=STRENGTHS * rows.sum(), alpha_per_target=len(targets) > 1)
        velocity = found.velocity[np.ix_(rows, columns)]
        model.fit(standard, velocity if len(targets) > 1 else velocity[:, 0])
        slopes = model.coef_.reshape(len(columns), -1) / spread
        law[np.ix_(columns, np.flatnonzero(varying))] = slopes
    return law
