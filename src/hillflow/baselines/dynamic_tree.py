"""A tree ensemble on velocities: the network baseline to beat in seconds.

For each target i a forest of extremely randomised trees learns its production,

    (x_i(t+Δ) − x_i(t))/Δ + γ_i x_i(t) = F_i(x(t)),

and the importance of x_j in F_i is the weight of j → i. Without the decay γ_i x_i the target's
own level explains most of its velocity and hides its regulators. γ_i is the decay of the linear
law (`ridge_lag`), or nothing where that is negative.

Source: dynGENIE3 (Huynh-Thu & Geurts 2018, eq. 4), with Geurts et al. 2006's trees, over cells
coupled by optimal transport.
"""

from __future__ import annotations

import numpy as np

from hillflow.baselines.differences import differences
from hillflow.baselines.off_diagonal import off_diagonal
from hillflow.baselines.ridge_lag import linear_law
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network

LEAST_ROWS = 20  # with which a forest is grown at all
LEAF = 10  # rows in a leaf, at least: velocities of coupled cells are noisy
WIDE = 100  # genes beyond which each split looks at a third of them: a third of the time


def dynamic_tree(data: Snapshots | Trajectories, *, trees: int = 50, seed: int = 0) -> Network:
    """Importance of each gene for each other's production.

    Parameters
    ----------
    data
        Snapshots are coupled by optimal transport first.
    trees
        Trees in each forest.
    seed
        Seed of pairs and trees.

    Returns
    -------
    Network
        Every pair of two genes, strongest first; no self-pairs. Importances have no sign, and
        those of a target sum to 1 at most. Cost O(genes² · trees · rows · log rows).
    """
    from sklearn.ensemble import ExtraTreesRegressor

    moved = differences(data, seed=seed)
    decay = np.maximum(-np.diag(linear_law(moved)), 0.0)
    importance = np.zeros((len(data.genes),) * 2)
    share = 1 / 3 if len(data.genes) > WIDE else 1.0
    for gene, rate in enumerate(decay):
        rows = moved.free[:, gene]
        production = moved.velocity[rows, gene] + rate * moved.x[rows, gene]
        if rows.sum() < LEAST_ROWS or np.ptp(production) == 0:
            continue
        forest = ExtraTreesRegressor(
            trees, min_samples_leaf=LEAF, max_features=share, random_state=seed, n_jobs=1
        )
        importance[gene] = forest.fit(moved.x[rows], production).feature_importances_
    return off_diagonal(importance, data.genes, signed=False)
