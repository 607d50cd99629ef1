"""One look at every step: the sums of linear laws, and a sample of the steps for truth tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.coupled import Coupled, CoupledSeries
from hillflow.closed_form.steps import Steps, joined
from hillflow.closed_form.sums import AllSums
from hillflow.data.on_disk import Stored, stored
from hillflow.progress import ProgressCallback
from hillflow.tasks import SERIAL, Workers

PARTS = 8  # of a pass, each summed on its own: the same, whoever does them


@dataclass(frozen=True, eq=False)
class Passed:
    """What is kept of the steps: sums for each decay rate, a sample, and single pairs of cells."""

    sums: tuple[AllSums, ...]
    sample: Steps
    singles: Steps


@dataclass(frozen=True, eq=False)
class Part:
    """The sums and the sample of some pieces."""

    sums: tuple[AllSums, ...]
    sample: Steps


def one_pass(
    source: Coupled,
    regulators: NDArray[np.int64],
    perturbed: NDArray[np.bool_],
    rates: Sequence[float],
    most: int,
    workers: Workers = SERIAL,
    progress: ProgressCallback | None = None,
) -> Passed:
    """Couple every piece of the cells, add its steps to the sums, and forget them.

    Parameters
    ----------
    regulators, perturbed
        See `AllSums`.
    rates
        Decay rates, for each of which sums are kept. Productions are in units of the median gap.
    most
        About how many steps the sample holds.
    workers
        Who does the parts.
    progress
        Called with ("cells coupled", how many, of how many).
    """
    parts = [one for one in np.array_split(np.arange(len(source.pieces)), PARTS) if len(one)]
    done, sums, samples = 0, list[AllSums](), list[Steps]()
    with readable(source, workers) as sent:
        part = partial(
            _part, sent, regulators, perturbed, rates, source.gap, most / max(source.rows, 1)
        )
        for pieces, found in zip(parts, workers.each(part, parts), strict=True):
            if sums:
                for mine, theirs in zip(sums, found.sums, strict=True):
                    mine.add_sums(theirs)
            else:
                sums += found.sums
            samples.append(found.sample)
            done += sum(source.size(int(k)) for k in pieces)
            if progress is not None:
                progress("cells coupled", done, source.rows)
        # A worker that couples a sample needs no list of all cells.
        few = sent if isinstance(sent, CoupledSeries) else replace(sent, pieces=())
        plans: Iterator[Any] = workers.each(few.single_pairs, range(len(source.samples)))
        singles = source.singles(plans)
    return Passed(tuple(sums), joined(samples), singles)


@contextmanager
def readable(source: Coupled, workers: Workers) -> Iterator[Coupled]:
    """The source, with its cells in a file if other processes read them."""
    if workers.alone or isinstance(source, CoupledSeries) or isinstance(source.x, Stored):
        yield source
        return
    with stored(source.x) as x:
        yield replace(source, x=x)


def _part(
    source: Coupled,
    regulators: NDArray[np.int64],
    perturbed: NDArray[np.bool_],
    rates: Sequence[float],
    unit: float,
    share: float,
    pieces: NDArray[np.int64],
) -> Part:
    """The same of some of the pieces."""
    sums = tuple(AllSums.empty(regulators, perturbed, source.blocks) for _ in rates)
    kept = []
    for index in pieces:
        steps = source.steps(int(index))
        for rate, one in zip(rates, sums, strict=True):
            states, production = steps.at(rate)
            one.add(states, np.float32(unit) * production, steps.condition, steps.bounds)
        kept.append(steps.first(share))
    return Part(sums, joined(kept))
