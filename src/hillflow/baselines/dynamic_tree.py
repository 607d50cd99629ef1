"""A tree ensemble on velocities, a network baseline that takes seconds.

For each target i a forest of extremely randomised trees learns its production,

    (x_i(t+Δ) − x_i(t))/Δ + γ_i x_i(t) = F_i(x(t)),

and the importance of x_j in F_i is the weight of j → i. Without the decay γ_i x_i the target's
own level explains most of its velocity and hides its regulators. γ_i is the decay of the linear
regression (`ridge_lag`), or 0 if that is negative.

Source: dynGENIE3 (Huynh-Thu & Geurts 2018, eq. 4), with Geurts et al. 2006's trees, over cells
coupled by optimal transport.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hillflow.baselines.differences import differences
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.baselines.ridge_lag import linear_law
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network

LEAST_ROWS = 20  # fewest rows for a forest
LEAF = 10  # fewest rows in a leaf, because velocities of coupled cells are noisy
WIDE = 100  # with more genes than this, each split considers a third of them, to save time


def dynamic_tree(
    data: Snapshots | Trajectories,
    *,
    regulators: Sequence[str] | None = None,
    trees: int = 50,
    seed: int = 0,
) -> Network:
    """Return the importance of each gene for the production of each other gene.

    Parameters
    ----------
    data
        Snapshots (coupled by optimal transport first) or trajectories.
    regulators
        Genes that may act on others; by default all.
    trees
        Number of trees of each forest.
    seed
        Seed of pairs and trees.

    Returns
    -------
    Network
        Every pair of a regulator and another gene, strongest first. Importances have no sign, and
        those of a target sum to at most 1. Cost O(regulators · genes · trees · rows · log rows).

    Examples
    --------
    >>> from hillflow.baselines import dynamic_tree
    >>> from hillflow.data import Trajectories
    >>> from hillflow.systems import build_system, simulate_trajectories
    >>> series = simulate_trajectories(build_system("toggle"), range(6), cells=20)
    >>> network = dynamic_tree(Trajectories.from_anndata(series.to_anndata()), trees=10)
    >>> len(network), set(network.sign.tolist())
    (2, {0})
    """
    from sklearn.ensemble import ExtraTreesRegressor

    steps = differences(data, seed=seed)
    decay = np.maximum(-np.diag(linear_law(steps)), 0.0)
    importance = np.zeros((len(data.genes),) * 2)
    acting = np.arange(len(data.genes))
    if regulators is not None:
        acting = np.flatnonzero(np.isin(data.genes, list(regulators)))
    share = 1 / 3 if len(acting) > WIDE else 1.0
    for gene, rate in enumerate(decay):
        rows = steps.free[:, gene]
        production = steps.velocity[rows, gene] + rate * steps.x[rows, gene]
        if rows.sum() < LEAST_ROWS or np.ptp(production) == 0:
            continue
        forest = ExtraTreesRegressor(
            trees, min_samples_leaf=LEAF, max_features=share, random_state=seed, n_jobs=1
        )
        found = forest.fit(steps.x[np.ix_(rows, acting)], production)
        importance[gene, acting] = found.feature_importances_
    return off_diagonal(importance, data.genes, signed=False, sources=acting)
