"""Fates that a fit gives its own cells, beside those that were measured."""

from __future__ import annotations

from typing import TypeGuard

import numpy as np
import pandas as pd

from hillflow.baselines.differences import COMPONENTS
from hillflow.causal.fate import FateMap
from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError
from hillflow.model.fit import Fitted, members_of


def has_fates(data: Cells) -> TypeGuard[Snapshots]:
    """Whether cells have what `simulated_fates` needs: labels, control cells, a later time."""
    return (
        isinstance(data, Snapshots)
        and data.labels is not None
        and any(condition.is_control for condition in data.conditions)
        and (len(data.times) > 1 or data.at_rest)
    )


def simulated_fates(fitted: Fitted, data: Snapshots, *, seed: int = 0) -> pd.DataFrame:
    """Share of each fate at the last time: measured, and simulated from the first cells.

    Control cells of the first time are simulated under each condition, with the noise and growth
    that the fit learnt; each then has the fate of most of the measured cells of the last time
    around it. Cells are compared without the genes that the condition perturbs, as in `knockout`.

    Parameters
    ----------
    fitted
        A fit, or one of its members.
    data
        Snapshots with labels.
    seed
        Seed of the simulated noise, and of the measured cells that are compared with.

    Returns
    -------
    DataFrame
        ``perturbation, label, measured, simulated``, for each condition measured at the last time;
        ``simulated`` is the mean over members. Half the sum of |measured − simulated| over the
        labels of a condition is their total variation distance.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import simulated_fates
    >>> cells = hf.simulate("hematopoiesis", cells=30)
    >>> run = hf.fit(cells, field="linear", effort=0.01)
    >>> table = simulated_fates(run.fit, run.data)
    >>> round(float(table["simulated"].sum()), 6)  # of one condition, the control
    1.0
    """
    if data.labels is None:
        raise InputError(
            "cells with labels, to tell their fates", "none",
            "put the cell type of each cell into obs['label']",
        )  # fmt: skip
    cells = data if data.basis is not None else data.with_basis(min(COMPONENTS, len(data.genes)))
    basis = cells.basis
    assert basis is not None
    last = float(data.times[-1])
    states, labels = cells.states(), np.asarray(data.labels).astype(str)
    of_last = data.rows(last)
    place = {gene: column for column, gene in enumerate(cells.genes)}
    rows = []
    for condition in data.conditions:
        seen = data.rows(last, condition)
        if not len(seen):
            continue
        moved = [
            member.predict(data, condition, [last], absolute=True, seed=seed)
            for member in members_of(fitted)
        ]
        own = [place[gene] for gene in condition.perturbed]
        known = basis.without(states[of_last], cells.x[of_last][:, own], own)
        map_ = FateMap.of(known, labels[of_last], seed)
        ends = [basis.without(basis.project(one.x), one.x[:, own], own) for one in moved]
        shares = np.mean(
            [map_.shares(z, one.weights) for z, one in zip(ends, moved, strict=True)], axis=0
        )
        for label, share in zip(map_.labels, shares.tolist(), strict=True):
            rows.append(
                {
                    "perturbation": condition.name, "label": label,
                    "measured": float((labels[seen] == label).mean()), "simulated": share,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
