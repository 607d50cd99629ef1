"""The methods of inferring activities, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.activities.multivariate import mlm
from hillflow.activities.regulons import Regulons
from hillflow.activities.univariate import ulm
from hillflow.registry import Registry


@dataclass(frozen=True)
class ActivityMethod:
    """A way from expression and regulons to activities.

    Attributes
    ----------
    name, formula, source, cost, when_not
        Key, and what to know of it.
    scores
        Function of x, [cells, genes] (dense or CSR), and the regulons; returns t-values,
        [cells, regulators], and their degrees of freedom.
    """

    name: str
    formula: str
    source: str
    cost: str
    when_not: str
    scores: Callable[[Any, Regulons], tuple[NDArray[np.float64], int]]


METHODS: Registry[ActivityMethod] = Registry(
    "activity method", "activities", "Activities of regulators from their known targets"
)
for _method in (
    ActivityMethod(
        "ulm",
        "t-value of b in y = a + b w over the genes of a cell, w the weights of one regulator",
        "decoupler's ulm (Badia-i-Mompel et al. 2022)",
        "O(cells · edges)",
        "regulators share most of their targets: they get the same activity",
        lambda x, regulons: ulm(x, regulons.weight),
    ),
    ActivityMethod(
        "mlm",
        "t-values of β in y = a + W β over the genes of a cell, all regulators together",
        "decoupler's mlm (Badia-i-Mompel et al. 2022)",
        "O(cells · genes · regulators)",
        "regulators have nearly the same targets, or are as many as the genes",
        mlm,
    ),
):
    METHODS.add(_method, __name__)
