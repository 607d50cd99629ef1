"""What becomes of the cells: shares of labels where cells carry them, else resting states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.solve import find_equilibria

NEIGHBOURS = 15
MOST_CELLS = 2000  # labelled cells that are compared with


@dataclass(frozen=True, eq=False)
class FateMap:
    """Labelled cells in the basis: a state is of the fate of most of its nearest neighbours."""

    classifier: Any

    @classmethod
    def of(cls, points: np.ndarray, labels: np.ndarray, seed: int = 0) -> FateMap:
        """From the coordinates and labels of measured cells; some of them if they are many."""
        from sklearn.neighbors import KNeighborsClassifier

        if len(points) > MOST_CELLS:
            random = np.random.default_rng(seed)
            rows = random.choice(len(points), MOST_CELLS, replace=False)
            points, labels = points[rows], labels[rows]
        size = min(NEIGHBOURS, len(points))
        return cls(KNeighborsClassifier(size, algorithm="brute").fit(points, labels))

    @property
    def labels(self) -> tuple[str, ...]:
        """The fates, sorted."""
        return tuple(str(label) for label in self.classifier.classes_)

    def shares(self, points: np.ndarray) -> np.ndarray:
        """Share of each fate among cells, [..., cells, coordinates] → [..., fates]; NaN stays."""
        *outer, cells, size = points.shape
        flat = points.reshape(-1, size)
        votes = np.full((len(flat), len(self.labels)), np.nan)
        known = np.isfinite(flat).all(axis=-1)
        if known.any():
            nearest = self.classifier.predict_proba(flat[known]).argmax(axis=-1)
            votes[known] = np.eye(len(self.labels))[nearest]
        shares: np.ndarray = votes.reshape(*outer, cells, len(self.labels)).mean(axis=-2)
        return shares


def terminal_states(
    model: Member, cells: np.ndarray, interventions: Sequence[Intervention], *, same: float = 0.05
) -> pd.DataFrame:
    """Stable resting states under the control and each intervention, and who comes there.

    Cells are followed to rest (`find_equilibria`), which costs O(genes³) a cell and iteration:
    for some tens of genes and some tens of cells.

    Parameters
    ----------
    cells
        States to start from, [cells, genes]; they are denoised first.
    same
        States this close, as a share of 1 + their largest level, are one and the same.

    Returns
    -------
    pandas.DataFrame
        A row a perturbation and stable state: ``perturbation``, ``state`` (numbered alike under
        every intervention), ``share`` of the cells, ``leading`` (real part of the leading
        eigenvalue, below 0), and a column a gene. State −1 is that of the cells that came to
        none: they go on moving, or run away.
    """
    if not len(cells):
        raise InputError("cells to follow to rest", "none", "give some measured cells")
    start = torch.as_tensor(model.denoise(cells), dtype=model.field.dtype)
    known: list[np.ndarray] = []
    rows = []
    for one in (Intervention.control(), *interventions):
        found = find_equilibria(model.field.do(model.as_fitted(one)), start, follow_flow=True)
        left = 1.0
        for state, leading, count in zip(
            found.states[found.stable], found.leading[found.stable], found.counts[found.stable],
            strict=True,
        ):  # fmt: skip
            levels, share = state.numpy(force=True), float(count) / len(start)
            left -= share
            levels_by_gene = dict(zip(model.genes, levels.tolist(), strict=True))
            rows.append(
                {"perturbation": one.name, "state": _number(known, levels, same), "share": share,
                 "leading": float(leading.real), **levels_by_gene}
            )  # fmt: skip
        if left > 1e-9:
            rows.append({"perturbation": one.name, "state": -1, "share": left})
    columns = ["perturbation", "state", "share", "leading", *model.genes]
    return pd.DataFrame(rows, columns=columns)


def _number(known: list[np.ndarray], state: np.ndarray, same: float) -> int:
    """Which of the states already met this is; a new one is added to them."""
    for number, other in enumerate(known):
        if np.abs(state - other).max() <= same * (1 + np.abs(other).max()):
            return number
    known.append(state)
    return len(known) - 1
