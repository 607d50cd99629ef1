"""The graph of nearest cells, as `scanpy.pp.neighbors` writes it.

scanpy compiles its code in every process that calls it, for ten seconds or more. The same graph is
a page of NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hillflow import keys

if TYPE_CHECKING:
    import anndata

HALVINGS = 64  # of the interval in which the width of a cell's neighbourhood lies
EXACT = 1e-5  # error of the sum of weights at which the search for the width ends
LEAST = 1e-3  # of a width, as a share of the mean distance


def add_neighbors(adata: anndata.AnnData, use_rep: str, size: int) -> list[str]:
    """Write the neighbours of each cell in ``obsm[use_rep]``, and return the keys.

    Neighbours are exact, with Euclidean distances. As in scanpy a cell counts as one of its own
    `size` neighbours, and is not listed. Cost: O(cells²), about 6 CPU seconds for 50,000 cells.
    """
    from sklearn.neighbors import NearestNeighbors

    count, others = adata.n_obs, max(1, size - 1)
    found = NearestNeighbors(n_neighbors=others, algorithm="brute").fit(adata.obsm[use_rep])
    distance, index = found.kneighbors()  # of the cells themselves: none is its own neighbour

    def graph(values: np.ndarray) -> sparse.csr_matrix:
        ends = np.arange(0, values.size + 1, others)
        return sparse.csr_matrix((values.ravel(), index.ravel(), ends), shape=(count, count))

    weight = graph(fuzzy_weights(distance))
    both = weight.multiply(weight.T)
    adata.obsp[keys.DISTANCES] = graph(distance)
    adata.obsp[keys.CONNECTIVITIES] = (weight + weight.T - both).tocsr().astype(np.float32)
    adata.uns[keys.NEIGHBORS] = {
        "connectivities_key": keys.CONNECTIVITIES, "distances_key": keys.DISTANCES,
        "params": {"n_neighbors": size, "method": "umap", "metric": "euclidean",
                   "random_state": 0, "use_rep": use_rep},
    }  # fmt: skip
    return [
        f"obsp[{keys.CONNECTIVITIES!r}]", f"obsp[{keys.DISTANCES!r}]", f"uns[{keys.NEIGHBORS!r}]"
    ]  # fmt: skip


def fuzzy_weights(distance: np.ndarray) -> np.ndarray:
    """Weights of each cell's neighbours by UMAP (McInnes, Healy and Melville 2018).

        w_ij = exp(−max(0, d_ij − ρ_i) / σ_i),   ρ_i the smallest d_ij > 0,

    with the width σ_i at which Σ_j w_ij = log₂(neighbours + 1), found by bisection.

    Parameters
    ----------
    distance
        Ascending distances to the other cells, [cells, neighbours].

    Returns
    -------
    numpy.ndarray
        [cells, neighbours], between 0 and 1.
    """
    wanted = np.log2(distance.shape[1] + 1)
    apart = np.where(distance > 0, distance, np.inf).min(axis=1, keepdims=True)
    beyond = np.maximum(distance - np.where(np.isfinite(apart), apart, 0.0), 0.0)
    low, high = np.zeros((len(distance), 1)), np.full((len(distance), 1), np.inf)
    width = np.ones_like(low)
    for _ in range(HALVINGS):
        total = np.exp(-beyond / width).sum(axis=1, keepdims=True)
        if (searching := abs(total - wanted) >= EXACT).sum() == 0:
            break
        high = np.where(searching & (total > wanted), width, high)
        low = np.where(searching & (total < wanted), width, low)
        middle = np.where(np.isfinite(high), (low + high) / 2, 2 * width)
        width = np.where(searching, middle, width)
    mean = np.where(np.isfinite(apart), _mean_with_self(distance), _mean_with_self(distance).mean())
    return np.asarray(np.exp(-beyond / np.maximum(width, LEAST * np.maximum(mean, 1e-300))))


def _mean_with_self(distance: np.ndarray) -> np.ndarray:
    """Mean distance to the neighbours, of which a cell itself is one, [cells, 1]."""
    total = distance.sum(axis=1, keepdims=True)
    return np.asarray(total / (distance.shape[1] + 1))
