"""Whether laws hold in every condition: what each loses in the condition that it does worst in.

A law gives the production P(x) of a gene. In each condition c, with the constants of

    ẋ = a + b P(x) − γ x

fitted to all other conditions (error B_c) and to c itself (A_c), the excess (B_c − A_c) / A_c is
what condition c costs a law that did not see it: 0 where the law is the same there. This is the
statistic of `hillflow.closed_form.invariance` for one given formula. The formula itself, with its
thresholds and exponents, was fitted to all conditions: only the three constants are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.by_condition import ConditionSums
from hillflow.closed_form.coupled import coupled
from hillflow.closed_form.invariance import FLOOR, LEAST
from hillflow.closed_form.one_pass import one_pass
from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError
from hillflow.interventions import Intervention
from hillflow.symbolic.laws import Laws

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
COLUMNS = ("gene", "condition", "rows", "left_out", "own", "excess", "p")
_RIDGE = 1e-9
_ALL_TERMS = np.array([[0, 1, 2]])


def errors_by_condition(laws: Laws, data: Cells, seed: int = 0) -> pd.DataFrame:
    """Compare the best law of each gene between conditions.

    Parameters
    ----------
    laws
        Laws of the levels in `data`.
    data
        Snapshots, which are coupled, or series; of two conditions or more.
    seed
        Seed of the coupling.

    Returns
    -------
    DataFrame
        A row for each gene and condition that does not act on it: ``rows``; the mean square errors
        ``left_out`` (B) and ``own`` (A), in units of the gene's top level and the data's time;
        ``excess``; and for the gene ``p``, that all conditions have the same three constants (see
        `hillflow.closed_form.by_condition`: too small for coupled cells). Genes with fewer than
        two such conditions have no row. Cost: a coupling of the cells.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import errors_by_condition
    >>> cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], knockouts="A")
    >>> run = hf.fit(cells, field="logic", method="ot-cfm", effort=0.02)
    >>> table = errors_by_condition(run.laws, run.data)
    >>> table[["gene", "condition"]].values.tolist()  # the knockout of A says nothing of A's law
    [['B', 'control'], ['B', 'A=knockout']]
    """
    import pandas as pd

    check_conditions(laws, data)
    source = coupled(data, seed)
    nobody = np.arange(0)
    none_perturbed = np.zeros((len(source.conditions), len(data.genes)), dtype=bool)
    sample = one_pass(source, nobody, none_perturbed, (), MOST_ROWS).sample
    levels, velocity = sample.at(0.0)
    states = sample.low + sample.top * levels
    for gene, least in laws.floor.items():
        column = data.genes.index(gene)
        states[:, column] = np.maximum(states[:, column], least)
    rows = []
    for gene, law in laws.best.items():
        column = data.genes.index(gene)
        teaching = np.array([_teaches(one, gene) for one in sample.conditions])
        there, counts = np.unique(sample.condition, return_counts=True)
        conditions = there[teaching[there] & (counts >= LEAST)]
        if len(conditions) < 2:
            continue
        kept = np.isin(sample.condition, conditions)
        made = law.evaluate(states[kept], data.genes)
        terms = np.column_stack([np.ones(len(made)), made, levels[kept, column]])
        sums = ConditionSums.of(terms, velocity[kept, column], sample.condition[kept])
        left_out, own, excess = _compared(sums)
        p = sums.same_law()
        rows += [
            (gene, sample.conditions[c].name, int(sums.rows[k]), left_out[k], own[k], excess[k], p)
            for k, c in enumerate(conditions)
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_conditions(laws: Laws | None, data: Cells) -> None:
    """Refuse what cannot be compared between conditions, before or after laws are known."""
    if laws is not None and laws.proteins:
        raise InputError(
            "laws of measured levels, to compare them between conditions",
            "laws of proteins, whose levels are not measured", "leave invariance out",
        )  # fmt: skip
    if len(set(data.conditions)) < 2:
        raise InputError(
            "cells of two conditions or more, to compare laws between them", "one",
            "leave invariance out",
        )  # fmt: skip
    if isinstance(data, Snapshots) and len(data.times) < 2:
        raise InputError(
            "cells of two times or more, to compare laws between conditions", "one",
            "leave invariance out",
        )  # fmt: skip


def worst_conditions(table: pd.DataFrame) -> dict[str, dict[str, str | float]]:
    """The condition of the largest excess of each gene, and that excess, as plain JSON values."""
    worst = table.loc[table.groupby("gene", sort=False)["excess"].idxmax()]
    return {
        str(gene): {"condition": str(condition), "excess": float(excess)}
        for gene, condition, excess in zip(
            worst["gene"], worst["condition"], worst["excess"], strict=True
        )
    }


def _compared(sums: ConditionSums) -> tuple[NDArray, NDArray, NDArray]:
    """B, A and the excess of each condition."""
    left_out = sums.left_out(_ALL_TERMS, _RIDGE)[:, 0]
    own = sums.within(_ALL_TERMS, _RIDGE)[:, 0]
    free = np.maximum(own, FLOOR * sums.variance)
    return left_out, own, np.maximum(left_out - free, 0.0) / np.where(free > 0, free, 1.0)


def _teaches(condition: Intervention, gene: str) -> bool:
    """Whether the law of a gene is untouched in a condition, and its regulators' levels known."""
    return all(
        action.gene != gene
        and (action.kind in ("knockout", "clamp") or action.share_seen_by(gene) == 1)
        for action in condition
    )
