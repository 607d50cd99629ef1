"""One look at every step: the sums of linear laws, and a sample of the steps for truth tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.coupled import Coupled
from hillflow.closed_form.steps import Steps, joined
from hillflow.closed_form.sums import AllSums, total

WORK = 16  # parts of a pass, each of which is summed on its own


@dataclass(frozen=True, eq=False)
class Passed:
    """What is kept of the steps: sums for each decay rate, and a sample."""

    sums: tuple[AllSums, ...]
    sample: Steps


def one_pass(
    source: Coupled,
    regulators: NDArray[np.int64],
    perturbed: NDArray[np.bool_],
    rates: Sequence[float],
    unit: float,
    most: int,
) -> Passed:
    """Couple every piece of the cells, add its steps to the sums, and forget them.

    Parameters
    ----------
    regulators, perturbed
        See `AllSums`.
    rates
        Decay rates, for each of which sums are kept.
    unit
        Time unit of the productions.
    most
        About how many steps the sample holds.
    """
    share = most / max(source.rows, 1)
    parts = [
        _part(source, pieces, regulators, perturbed, rates, unit, share)
        for pieces in np.array_split(np.arange(len(source.pieces)), WORK)
        if len(pieces)
    ]
    sums = tuple(total([one.sums[k] for one in parts]) for k in range(len(rates)))
    return Passed(sums, joined([one.sample for one in parts]))


def _part(
    source: Coupled,
    pieces: NDArray[np.int64],
    regulators: NDArray[np.int64],
    perturbed: NDArray[np.bool_],
    rates: Sequence[float],
    unit: float,
    share: float,
) -> Passed:
    """The same of some of the pieces."""
    sums = tuple(AllSums.empty(regulators, perturbed) for _ in rates)
    kept = []
    for index in pieces:
        steps = source.steps(int(index))
        for rate, one in zip(rates, sums, strict=True):
            states, production = steps.at(rate)
            one.add(states, np.float32(unit) * production, steps.condition, steps.bounds)
        kept.append(steps.first(share))
    return Passed(sums, joined(kept))
