"""Linear regression of velocity on the state, with a ridge penalty.

    (x_i(t+Δ) − x_i(t))/Δ = b_i + Σ_j W_ij x_j,   W by ridge, its strength by leave-one-out error

`ridge_lag` uses pairs of the exact plan and the state before the step, x = x(t). `ridge_midway`
uses the mean descendant of each cell on an entropic plan, and the midpoint x = (x(t) + x(t+Δ))/2:
the trapezoidal rule, whose error is of the next order in Δ, and without the noise of single pairs.

W_ii contains the decay. Weights are in standard deviations, W_ij sd(x_j)/sd(ẋ_i), and for
`ridge_midway` relative to the target's strongest, to compare targets. Source: the linear lagged
regression of dynamic network inference, as in SINCERITIES (Papili Gao et al. 2018), here over
coupled cells.
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
    """Return the signed weights of a linear regression on the state before each step.

    Parameters
    ----------
    data
        Snapshots (coupled by optimal transport first) or trajectories.
    seed
        Seed of the drawn pairs.

    Returns
    -------
    Network
        Every pair of two genes, strongest first. Cost O(rows · genes² + genes³) for each set of
        targets with the same rows.

    Examples
    --------
    >>> from hillflow.baselines import ridge_lag
    >>> from hillflow.data import Trajectories
    >>> from hillflow.systems import build_system, simulate_trajectories
    >>> series = simulate_trajectories(build_system("toggle"), range(6), cells=20)
    >>> network = ridge_lag(Trajectories.from_anndata(series.to_anndata()))
    >>> network.sign.tolist()  # both genes repress each other
    [-1, -1]
    """
    return off_diagonal(in_deviations(differences(data, seed=seed)), data.genes)


def ridge_midway(data: Snapshots | Trajectories, *, seed: int = 0) -> Network:
    """Return the signed weights of a linear regression on midpoints to mean descendants.

    Weights are relative to each target's strongest, as in the readout `importance`, which was
    chosen on simulated systems.

    Parameters
    ----------
    data
        Snapshots (coupled by an entropic plan first) or trajectories.
    seed
        Seed of the coupling.

    Returns
    -------
    Network
        Every pair of two genes, strongest first. Cost: that of `ridge_lag` and the plan.

    Examples
    --------
    >>> from hillflow.baselines import ridge_midway
    >>> from hillflow.data import Trajectories
    >>> from hillflow.systems import build_system, simulate_trajectories
    >>> series = simulate_trajectories(build_system("toggle"), range(6), cells=20)
    >>> ridge_midway(Trajectories.from_anndata(series.to_anndata())).weight.tolist()
    [-1.0, -1.0]
    """
    return off_diagonal(midway_slopes(mean_differences(data, seed=seed)), data.genes)


def midway_slopes(steps: Differences) -> Array:
    """Return W_ij sd(x_j) / max_{k≠i} |W_ik| sd(x_k), [target, source]."""
    return relative_to_strongest(in_deviations(steps))


def in_deviations(steps: Differences) -> Array:
    """Return W_ij sd(x_j)/sd(ẋ_i), [target, source]; 0 for targets always perturbed or constant."""
    scale = np.where(steps.free.any(axis=0), steps.velocity.std(axis=0), 0)
    weights = linear_law(steps) * steps.x.std(axis=0)
    return np.asarray(weights / np.where(scale > 0, scale, 1)[:, None])


def linear_law(steps: Differences) -> Array:
    """Return W, [target, source], in units of 1/time; 0 for sources that do not vary."""
    from sklearn.linear_model import RidgeCV

    varying, genes = steps.varying(), steps.x.shape[1]
    law = np.zeros((genes, genes))
    groups: dict[bytes, list[int]] = {}  # targets that are free in the same rows share one fit
    for gene in range(genes):
        groups.setdefault(steps.free[:, gene].tobytes(), []).append(gene)
    for targets in groups.values():
        rows, columns = steps.free[:, targets[0]], np.array(targets)
        if rows.sum() < 3 or not varying.any():
            continue
        x = steps.x[np.ix_(rows, varying)]
        spread = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
        standard = (x - x.mean(axis=0)) / spread
        model = RidgeCV(alphas=STRENGTHS * rows.sum(), alpha_per_target=len(targets) > 1)
        velocity = steps.velocity[np.ix_(rows, columns)]
        model.fit(standard, velocity if len(targets) > 1 else velocity[:, 0])
        slopes = model.coef_.reshape(len(columns), -1) / spread
        law[np.ix_(columns, np.flatnonzero(varying))] = slopes
    return law
