"""Fates and ancestors of cells by a plan, over any number of intervals.

With the labels L [cells, labels] of the cells at the last time, one column a label, and the masses
γ_ij that cell i sends to cell j, the labels of descendants are

    D_K = L,    D_k = diag(1 / m_k) γ_k D_{k+1},    share = D_k / Σ_labels D_k,

with m_k the mass of each cell at the start of interval k. Where mass is not conserved, γ is the
mass at the end, so that a cell that divides counts as often as it does. Ancestors are the same on
the transposed plan, with the mass of each cell at the end.

Source: Schiebinger et al. 2019 (Waddington-OT: descendants, ancestors and fates).
Cost: O(pairs · labels) for each interval; of a dense plan, O(n · chunk · labels).
When not: a plan is a model of who becomes whom, not an observation. Shares of a plan without
lineage tracing tell what the plan assumes, least motion or another cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data.times import format_time
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.transport.entropic import EntropicPlan
from hillflow.transport.pairs import Interval, Pairs
from hillflow.transport.plan import Plan
from hillflow.transport.storage import fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data.snapshots import Snapshots


def descendant_shares(
    plan: Plan,
    snapshots: Snapshots,
    labels: Sequence[Any] | np.ndarray | None = None,
    *,
    time: float | None = None,
    condition: Intervention | str = "control",
) -> pd.DataFrame:
    """Return the shares of labels among the descendants of each cell.

    Parameters
    ----------
    plan
        Of `fit_plan`, for these snapshots. Of an entropic plan all pairs count if mass is
        conserved and the snapshots have the basis of the plan, else those that were kept.
    snapshots
        The cells.
    labels
        One per cell, such as clusters or types. None: the labels of the snapshots.
    time
        When descendants are looked at. None: the last time of the condition.
    condition
        Whose intervals are chained.

    Returns
    -------
    pandas.DataFrame
        A row for each cell before `time`, by name (or row), and a column for each label that
        occurs at `time`. Rows sum to 1; those of cells without descendants are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> from hillflow.transport import descendant_shares, fit_plan
    >>> x = np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=0)  # two kinds of cells that stay apart
    >>> cells = Snapshots.from_arrays(
    ...     np.concatenate([x, x]), np.repeat([0, 1], 20), ["GATA1", "SPI1"],
    ...     labels=["erythroid"] * 10 + ["myeloid"] * 10 + ["erythroid"] * 10 + ["myeloid"] * 10,
    ... ).with_basis(2)
    >>> descendant_shares(fit_plan(cells), cells).round(2).iloc[[0, -1]].to_numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    chain, at = _chain(plan, snapshots, condition, time, last=True)
    states = _states(plan, snapshots)
    return _shares(snapshots, states, labels, at, reversed(chain), _start, _to_descendants)


def ancestor_shares(
    plan: Plan,
    snapshots: Snapshots,
    labels: Sequence[Any] | np.ndarray | None = None,
    *,
    time: float | None = None,
    condition: Intervention | str = "control",
) -> pd.DataFrame:
    """Return the shares of labels among the ancestors of each cell.

    Parameters
    ----------
    plan, snapshots, labels, condition
        As in `descendant_shares`.
    time
        When ancestors are looked at. None: the first time of the condition.

    Returns
    -------
    pandas.DataFrame
        A row for each cell after `time`, by name (or row), and a column for each label that
        occurs at `time`. Rows sum to 1; those of cells without ancestors are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data import Snapshots
    >>> from hillflow.transport import ancestor_shares, fit_plan
    >>> x = np.random.default_rng(0).random((60, 2))
    >>> cells = Snapshots.from_arrays(
    ...     x, np.repeat([0, 1, 2], 20), ["GATA1", "SPI1"], labels=["a", "b"] * 30
    ... ).with_basis(2)
    >>> shares = ancestor_shares(fit_plan(cells), cells)
    >>> shares.shape, bool(np.allclose(shares.sum(axis=1), 1))
    ((40, 2), True)
    """
    chain, at = _chain(plan, snapshots, condition, time, last=False)
    states = _states(plan, snapshots)
    return _shares(snapshots, states, labels, at, chain, _end, _to_ancestors)


def _states(plan: Plan, snapshots: Snapshots) -> np.ndarray | None:
    """States in the basis of the plan, from which a dense plan is computed; None without it."""
    if snapshots.basis is None or fingerprint(snapshots) != plan.fingerprint:
        return None
    return snapshots.states()


def _chain(
    plan: Plan,
    snapshots: Snapshots,
    condition: Intervention | str,
    time: float | None,
    *,
    last: bool,
) -> tuple[list[Interval], np.ndarray]:
    """The intervals up to a time, or from it, and the cells at it."""
    intervals = plan.chain(snapshots, condition)
    ends = [(_end if last else _start)(interval) for interval in intervals]
    if time is None:
        chosen = len(ends) - 1 if last else 0
    else:
        times = [float(snapshots.time[rows[0]]) for rows in ends]
        chosen = int(np.argmin(np.abs(np.array(times) - time)))
        if not np.isclose(times[chosen], time):
            known = ", ".join(format_time(one, snapshots.time_unit) for one in times)
            raise InputError(
                f"one of the times {known}", format_time(time, snapshots.time_unit),
                f"choose a measured time with cells {'before' if last else 'after'} it",
            )  # fmt: skip
    chain = intervals[: chosen + 1] if last else intervals[chosen:]
    return list(chain), ends[chosen]


def _shares(
    snapshots: Snapshots,
    states: np.ndarray | None,
    labels: Sequence[Any] | np.ndarray | None,
    at: np.ndarray,
    chain: Any,
    side: Callable[[Interval], np.ndarray],
    step: Callable[[Interval, np.ndarray, np.ndarray | None], np.ndarray],
) -> pd.DataFrame:
    """Carry labels of the cells `at` along a chain of intervals, to the cells of one side."""
    import pandas as pd

    given = snapshots.labels if labels is None else np.asarray(labels, dtype=object).astype(str)
    if given is None:
        raise InputError(
            "a label for each cell", "none",
            "give labels=…, or read them: Snapshots.from_anndata(adata, label='cell_type')",
        )  # fmt: skip
    if len(given) != len(snapshots):
        raise InputError(
            f"a label for each of the {len(snapshots):,} cells", f"{len(given):,}",
            "give them in the order of the cells",
        )  # fmt: skip
    names, index = np.unique(given[at], return_inverse=True)
    carried = np.zeros((len(snapshots), len(names)))
    carried[at, index] = 1.0
    parts = []
    for interval in chain:
        rows = side(interval)
        carried = step(interval, carried, states)
        total = carried[rows].sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(pd.DataFrame(carried[rows] / total, _named(snapshots, rows), names))
    return pd.concat(parts if side is _end else parts[::-1])


def _to_descendants(
    interval: Interval, carried: np.ndarray, states: np.ndarray | None
) -> np.ndarray:
    """Mass at the end by mass of the cell at the start, times what its descendants carry."""
    pairs, total, mass = interval.pairs, np.zeros_like(carried), np.zeros(len(carried))
    dense = _dense(pairs)
    if dense is not None and states is not None:
        dense.add_conditional_sums(carried, states, total, mass)
    else:
        total += pairs.arriving(len(carried), len(carried)) @ carried
        mass += np.bincount(pairs.i, pairs.weight, minlength=len(carried))
    return _divided(total, mass)


def _to_ancestors(interval: Interval, carried: np.ndarray, states: np.ndarray | None) -> np.ndarray:
    """Share of each cell's mass by its source, times what its ancestors carry."""
    pairs, total, mass = interval.pairs, np.zeros_like(carried), np.zeros(len(carried))
    dense = _dense(pairs)
    if dense is not None and states is not None:
        for i, j, plan in dense.blocks(states):
            total[j] += plan.T @ carried[i]
            mass[j] += plan.sum(axis=0)
    else:
        matrix = pairs.arriving(len(carried), len(carried))
        total += matrix.T @ carried
        mass += np.asarray(matrix.sum(axis=0)).ravel()
    return _divided(total, mass)


def _dense(pairs: Pairs) -> EntropicPlan | None:
    """The plan from which pairs were drawn, if its mass is that of the cells at both ends."""
    return pairs.entropic if pairs.growth is None else None


def _divided(total: np.ndarray, mass: np.ndarray) -> np.ndarray:
    inverse = np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > 0)
    return np.asarray(total * inverse[:, None])


def _start(interval: Interval) -> np.ndarray:
    return interval.start.rows


def _end(interval: Interval) -> np.ndarray:
    return interval.end.rows


def _named(snapshots: Snapshots, rows: np.ndarray) -> pd.Index:
    import pandas as pd

    return pd.Index(rows if snapshots.cells is None else snapshots.cells[rows], name="cell")
