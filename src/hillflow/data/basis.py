"""The linear basis in which cells are coupled: principal components of the training cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hillflow.errors import InputError


@dataclass(frozen=True, eq=False)
class LinearBasis:
    """z = (x − mean) · components / scale, and back.

    Attributes
    ----------
    mean
        [genes].
    components
        Orthonormal columns, [genes, d].
    scale
        What each coordinate is divided by, [d]; ones unless whitened.
    explained
        Share of the training cells' variance along each component, [d].
    """

    mean: np.ndarray
    components: np.ndarray
    scale: np.ndarray
    explained: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, size: int, whiten: bool = False) -> LinearBasis:
        """Principal components of the rows of x (scikit-learn), [cells, genes].

        Cost: O(cells · genes · min(cells, genes)); a randomised solver takes over for large x,
        always with the same seed.
        """
        from sklearn.decomposition import PCA

        most = min(x.shape)
        if not 1 <= size <= most:
            raise InputError(
                f"between 1 and {most} components for {x.shape[0]:,} cells and "
                f"{x.shape[1]:,} genes",
                str(size),
                "ask for fewer components",
            )
        if (x == x[0]).all():
            raise InputError("cells that differ", f"{x.shape[0]:,} alike", "give other cells")
        pca = PCA(n_components=size, random_state=0).fit(x)
        kind = x.dtype
        # below this share of the largest, a variance is rounding error of its computation
        tiny = max(x.shape) * np.finfo(kind).eps
        varying = int((pca.explained_variance_ > tiny * pca.explained_variance_[0]).sum())
        if whiten and varying < size:
            raise InputError(
                f"{size} directions along which the cells differ",
                f"{varying}",
                "ask for fewer components, or do not whiten",
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
        """For states that are coordinates already: z = x."""
        return cls(np.zeros(genes), np.eye(genes), np.ones(genes), np.full(genes, 1 / genes))

    def refit(self, x: np.ndarray) -> LinearBasis:
        """The basis of the same kind and size for other states: identity, plain or whitened."""
        if not self.mean.any() and np.array_equal(self.components, np.eye(x.shape[1])):
            return self
        return LinearBasis.fit(x, min(self.size, *x.shape), not (self.scale == 1).all())

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.components.shape[1]

    def project(self, x: np.ndarray) -> np.ndarray:
        """Coordinates of states, [cells, genes] → [cells, d]."""
        return (x - self.mean) @ self.components / self.scale

    def lift(self, z: np.ndarray) -> np.ndarray:
        """States of coordinates, [cells, d] → [cells, genes]."""
        return self.mean + (z * self.scale) @ self.components.T
