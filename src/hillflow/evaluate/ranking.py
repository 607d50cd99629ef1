"""A ranking with ties, and scores of how early the true items come in it.

Items of equal score form a group, and the threshold always falls between groups, as in
scikit-learn. The groups are computed once. Each score then costs O(edges), so that a thousand
shuffles of a reference are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items in groups of equal score, best first.

    Attributes
    ----------
    group
        The group of each item, [items]; 0 is the best.
    size
        The number of items in each group, [groups].
    """

    group: Positions
    size: Positions

    @classmethod
    def of(cls, scores: ArrayLike) -> Ranking:
        """Rank by decreasing score; time O(items · log items)."""
        _, group, size = np.unique(-np.asarray(scores), return_inverse=True, return_counts=True)
        return cls(group.reshape(-1).astype(np.int64), size.astype(np.int64))

    @cached_property
    def cumulative(self) -> Positions:
        """Number of items in each group and all groups before it, [groups]."""
        return np.cumsum(self.size)

    def average_precision(self, true: Positions) -> float:
        """Σ over groups of (recall gained) × (precision so far); `true` are item numbers."""
        groups, hits = np.unique(self.group[true], return_counts=True)
        return float((hits * np.cumsum(hits) / self.cumulative[groups]).sum() / len(true))

    def auroc(self, true: Positions) -> float:
        """The probability that a true item ranks before a false one, with ties as one half.

        NaN if there is no false item. Rank-sum form: Mann & Whitney 1947.
        """
        positive, negative = len(true), len(self.group) - len(true)
        if not negative:
            return float("nan")
        middle = self.cumulative - (self.size - 1) / 2  # mean rank of a group, from 1
        late = middle[self.group[true]].sum() - positive * (positive + 1) / 2
        return float(1 - late / (positive * negative))

    def precision_at(self, true: Positions, k: int) -> float:
        """Expected share of true items among the first k, ties broken at random."""
        hits = np.bincount(self.group[true], minlength=len(self.size))
        last = int(np.searchsorted(self.cumulative, k))  # the group of the k-th item
        whole = hits[:last].sum()
        partial = k - (self.cumulative[last] - self.size[last])
        return float((whole + partial * hits[last] / self.size[last]) / k)

    def curve(self, true: Positions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Recall and precision after each group, [groups] each."""
        hits = np.cumsum(np.bincount(self.group[true], minlength=len(self.size)))
        return hits / len(true), hits / self.cumulative

    def precision_at_recall(
        self, true: Positions, recall: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Precision after the first group at which each recall is reached, [recall]."""
        reached, precision = self.curve(true)
        return precision[np.searchsorted(reached, recall).clip(max=len(reached) - 1)]
