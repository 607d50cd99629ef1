"""Fates of cells: shares of cell labels, or the stable states that cells reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from hillflow.errors import InputError
from hillflow.findings import warn
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.solve import find_equilibria

NEIGHBOURS = 15
MOST_CELLS = 2000  # labelled cells that a state is compared with


@dataclass(frozen=True, eq=False)
class FateMap:
    """Labelled cells in the basis; a state has the fate of most of its nearest neighbours."""

    classifier: Any

    @classmethod
    def of(cls, points: np.ndarray, labels: np.ndarray, seed: int = 0) -> FateMap:
        """From the coordinates and labels of measured cells; a sample if there are many."""
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

    def shares(self, points: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Share of each fate among cells, [..., cells, coordinates] → [..., fates].

        NaN where a state is not finite. With weights, [cells], cells count by them.
        """
        votes = self.votes(points)
        if weights is None:
            return np.asarray(votes.mean(axis=-2))
        return np.asarray(np.einsum("...cf,c->...f", votes, weights / weights.sum()))

    def votes(self, points: np.ndarray) -> np.ndarray:
        """1 for the fate of each state, else 0; [..., cells, coordinates] → [..., cells, fates]."""
        *outer, cells, size = points.shape
        flat = points.reshape(-1, size)
        votes = np.full((len(flat), len(self.labels)), np.nan)
        known = np.isfinite(flat).all(axis=-1)
        if known.any():
            nearest = self.classifier.predict_proba(flat[known]).argmax(axis=-1)
            votes[known] = np.eye(len(self.labels))[nearest]
        return votes.reshape(*outer, cells, len(self.labels))


def terminal_states(
    member: Member, cells: np.ndarray, interventions: Sequence[Intervention], *, same: float = 0.05
) -> pd.DataFrame:
    """Find the stable states that cells reach in the control and under each intervention.

    Cells follow the flow until they rest (`find_equilibria`), which costs O(genes³) per cell and
    iteration: suitable for some tens of genes and some tens of cells.

    Parameters
    ----------
    member
        One member of a fit, such as ``run.fit[0]``.
    cells
        States to start from, [cells, genes]; they are denoised first.
    interventions
        Beside the control, which is always included.
    same
        States closer than this, as a share of 1 + their largest level, count as one state.

    Returns
    -------
    pandas.DataFrame
        One row per perturbation and stable state: ``perturbation``, ``state`` (the same number
        under every intervention), ``share`` of the cells, ``leading`` (real part of the leading
        eigenvalue, below 0), and the level of each gene. State −1 collects the cells that reach
        no stable state because they keep moving or diverge; a warning names such perturbations.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import terminal_states
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> states = terminal_states(run.fit[0], run.data.x[:3], [hf.Intervention.knockout("A")])
    >>> states[["perturbation", "state", "share"]].values.tolist()
    [['control', 0, 1.0], ['A=knockout', 1, 1.0]]
    """
    if not len(cells):
        raise InputError("cells to follow until they rest", "none", "give some measured cells")
    like = member.field._like()
    start = torch.as_tensor(member.denoise(cells), dtype=like.dtype, device=like.device)
    known: list[np.ndarray] = []
    rows, unsettled = [], []
    for intervention in (Intervention.control(), *interventions):
        acting = member.field.do(member.as_fitted(intervention))
        reached = find_equilibria(acting, start, follow_flow=True)
        stable, rest = reached.stable, 1.0
        for state, leading, count in zip(
            reached.states[stable], reached.leading[stable], reached.counts[stable], strict=True
        ):
            levels, share = state.numpy(force=True), float(count) / len(start)
            rest -= share
            levels_by_gene = dict(zip(member.genes, levels.tolist(), strict=True))
            rows.append(
                {"perturbation": intervention.name, "state": _number(known, levels, same),
                 "share": share, "leading": float(leading.real), **levels_by_gene}
            )  # fmt: skip
        if rest > 1e-9:
            rows.append({"perturbation": intervention.name, "state": -1, "share": rest})
            unsettled.append(f"{rest:.0%} under {intervention.name}")
    if unsettled:
        warn(
            f"some cells reach no stable state ({', '.join(unsettled)}): they keep moving, or "
            "diverge; the table lists them as state -1",
            "fates.unsettled",
        )
    columns = ["perturbation", "state", "share", "leading", *member.genes]
    return pd.DataFrame(rows, columns=columns)


def _number(known: list[np.ndarray], state: np.ndarray, same: float) -> int:
    """The number of this state among the known ones, to which a new state is added."""
    for number, other in enumerate(known):
        if np.abs(state - other).max() <= same * (1 + np.abs(other).max()):
            return number
    known.append(state)
    return len(known) - 1
