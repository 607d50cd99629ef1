"""The linear basis in which cells are coupled: principal components of the training cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError


@dataclass(frozen=True, eq=False)
class LinearBasis:
    """The linear map z = (x − mean) · components / scale, and its inverse.

    Attributes
    ----------
    mean
        Mean expression that is subtracted, [genes].
    components
        Orthonormal columns, [genes, d].
    scale
        Divisor of each coordinate, [d]; ones unless whitened.
    explained
        Share of the training cells' variance along each component, [d].

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import LinearBasis
    >>> x = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])  # cells on a line
    >>> basis = LinearBasis.fit(x, 1)
    >>> basis.explained.round(6).tolist()
    [1.0]
    >>> bool(np.allclose(basis.lift(basis.project(x)), x))
    True
    """

    mean: np.ndarray
    components: np.ndarray
    scale: np.ndarray
    explained: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, size: int, whiten: bool = False) -> LinearBasis:
        """Fit principal components of the rows of x, [cells, genes], by scikit-learn.

        Cost: O(cells · genes · min(cells, genes)). For large x scikit-learn uses a randomised
        solver, always with the same seed.
        """
        from sklearn.decomposition import PCA

        most = min(x.shape)
        if not 1 <= size <= most:
            raise InputError(
                f"between 1 and {most} components for {x.shape[0]:,} cells and "
                f"{x.shape[1]:,} genes",
                str(size),
                "request fewer components",
            )
        if (x == x[0]).all():
            raise InputError("cells that differ", f"{x.shape[0]:,} alike", "give other cells")
        pca = PCA(n_components=size, random_state=0).fit(x)
        kind = x.dtype
        # a variance below this share of the largest is rounding error
        tiny = max(x.shape) * np.finfo(kind).eps
        varying = int((pca.explained_variance_ > tiny * pca.explained_variance_[0]).sum())
        if whiten and varying < size:
            raise InputError(
                f"{size} directions along which the cells differ",
                f"{varying}",
                "request fewer components, or do not whiten",
            )
        scale = np.sqrt(pca.explained_variance_) if whiten else np.ones(size)
        return cls(
            pca.mean_.astype(kind),
            np.ascontiguousarray(pca.components_.T).astype(kind),
            scale.astype(kind),
            pca.explained_variance_ratio_,
        )

    @classmethod
    def identity(cls, genes: int) -> LinearBasis:
        """Return the basis with z = x, for states that are coordinates already."""
        return cls(np.zeros(genes), np.eye(genes), np.ones(genes), np.full(genes, 1 / genes))

    def refit(self, x: np.ndarray) -> LinearBasis:
        """Fit a basis of the same kind (identity, plain or whitened) and size to other states."""
        if not self.mean.any() and np.array_equal(self.components, np.eye(x.shape[1])):
            return self
        return LinearBasis.fit(x, min(self.size, *x.shape), not (self.scale == 1).all())

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.components.shape[1]

    def project(self, x: np.ndarray) -> np.ndarray:
        """Return the coordinates of states, [cells, genes] → [cells, d]."""
        return (x - self.mean) @ self.components / self.scale

    def without(self, z: np.ndarray, levels: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Return the coordinates with some genes at their mean, which then say nothing.

        z − (x_g − mean_g) · components_g / scale, [..., d], of states with coordinates `z` whose
        `levels` of those genes are [..., columns]. Distances are then those of all other genes, as
        far as the basis holds them.
        """
        genes = list(columns)
        part: np.ndarray = (levels - self.mean[genes]) @ self.components[genes] / self.scale
        return z - part

    def lift(self, z: np.ndarray) -> np.ndarray:
        """Return the states of coordinates, [cells, d] → [cells, genes]."""
        return self.mean + (z * self.scale) @ self.components.T
