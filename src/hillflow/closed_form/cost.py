"""What a network in closed form will cost: one piece of the cells and a few tables are timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.coupled import Coupled
from hillflow.closed_form.halves import MOST
from hillflow.closed_form.network import LATE, MOST_ROWS, MOST_ROWS_OF_FEW
from hillflow.closed_form.steps import BLOCKS, Steps, perturbed_in
from hillflow.closed_form.sums import AllSums, bootstrap_counts
from hillflow.closed_form.tables import PANEL, ROWS, table_weights
from hillflow.cost import Cost
from hillflow.machine import memory_in_use, memory_of_machine

T = TypeVar("T")
TARGETS = 8  # whose tables are timed
_KEPT_OF_A_PAIR = 600  # bytes of its columns in the table of edges
_COPIES_OF_SUMS, _COPIES_OF_VIEWS = 3, 5  # at the same time, of 64-bit numbers


def estimate(
    source: Coupled, regulators: NDArray[np.int64], bootstraps: int, jobs: int = 1
) -> Cost:
    """Measure what `closed_form_network` costs.

    That takes two looks at one piece and at the tables of a few targets, and one at single pairs.

    Parameters
    ----------
    source
        The pieces of the cells.
    regulators
        Columns of the genes that may act.
    bootstraps
        Resamplings.
    jobs
        How many workers share the work.
    """
    perturbed = perturbed_in(source.conditions, source.genes)
    views = 1 + (len(LATE) if perturbed.any() else 0)
    steps, pass_ = _timed(lambda: _one_piece(source, regulators, perturbed))
    genes, members = len(source.genes), 1 + bootstraps
    few = len(regulators) <= PANEL
    rows = min(source.rows, MOST_ROWS_OF_FEW if few else ROWS)
    targets = np.arange(min(TARGETS, genes))
    counts = bootstrap_counts(BLOCKS, bootstraps, 0)
    states, production = steps.at(0.0)
    levels, own, y = states[:, regulators], states[:, targets], production[:, targets]
    seen = steps.observations
    _, tables = _timed(
        lambda: table_weights(levels, own, y, regulators, targets, steps.bounds, counts, seen)
    )
    _, pairs_of_one = _timed(lambda: source.single_pairs(0))
    share = max(1.0, rows / len(steps))  # of small pieces; what does not grow with rows counts too
    coupling = views * pass_ * source.rows / max(source.size(0), 1)
    coupling += pairs_of_one * len(source.samples)
    solving = (views + 1) * tables * share * genes / len(targets)
    # Tables are solved in halves of few regulators alone, and there without resamplings.
    in_halves = min(1.0, 2 * MOST / source.rows) * (coupling + few * solving / members)
    parts = {
        "coupling cells": coupling / jobs,
        "truth tables": solving / jobs,
    }
    if bootstraps:
        parts["halves of the cells"] = in_halves / min(jobs, 2)
    r, pairs = len(regulators) + 1, genes * len(regulators)
    sums = 8 * BLOCKS * views * (r**2 + 2 * r * genes)
    sample = 8 * min(source.rows, MOST_ROWS_OF_FEW if few else MOST_ROWS) * genes
    memory = (
        _COPIES_OF_SUMS * sums + sample + 8 * _COPIES_OF_VIEWS * members * pairs
        + _KEPT_OF_A_PAIR * pairs
    )  # fmt: skip
    return Cost(
        parts, memory_in_use() + memory, memory_of_machine(), "a network",
        "let fewer genes act, regulators=… (--regulators), or name fewer genes, genes=… (--genes)",
    )  # fmt: skip


def _one_piece(source: Coupled, regulators: NDArray[np.int64], perturbed: NDArray) -> Steps:
    """Couple a piece and add it up, as is done with each."""
    steps = source.steps(0)
    states, production = steps.at(0.0)
    sums = AllSums.empty(regulators, perturbed)
    sums.add(states, production, steps.condition, steps.bounds)
    return steps


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """The second of two times: the first has imports in it."""
    work()
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start
