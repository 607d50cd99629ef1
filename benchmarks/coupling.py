"""Exact couplings in chunks: CPU time, cost above the unchunked plan, and peak memory.

16,800 cells at 5 times (cells of eb5 drawn anew and jittered by a tenth of their spread, since
the file holds 3,988) against the exact plan of whole populations; then 100,000 cells at 5
times in 10 dimensions, in a process of its own for its memory.
"""

from __future__ import annotations

import time

import numpy as np
import ot

from benchmarks.measure import Work, measured
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots
from hillflow.transport import fit_plan


def run(quick: bool, seed: int) -> Table:
    table = Table()
    cells = 200 if quick else 3360
    snapshots = _resampled(cells, seed)
    start = time.process_time()
    plan = fit_plan(snapshots, "exact", seed=seed)
    seconds = time.process_time() - start
    ours = float(np.mean([interval.pairs.cost for interval in plan]))
    exact = float(np.mean([_exact_cost(snapshots, k) for k in range(len(snapshots.times) - 1)]))
    table.add(what="exact, in chunks", cells=len(snapshots), times=5, cpu_seconds=seconds,
              cost=ours, cost_of_exact=exact)  # fmt: skip
    large = measured("benchmarks.coupling:large_case", 1, cells=1000 if quick else 20_000,
                     seed=seed)  # fmt: skip
    peak, cpu = large["peak_mb"], next(iter(large["seconds"].values()))["cpu"]
    count = 5 * (1000 if quick else 20_000)
    table.add(what="exact, in chunks, 10 dimensions", cells=count, times=5, cpu_seconds=cpu,
              peak_mb=peak)  # fmt: skip
    table.claims += [
        Claim("CPU seconds for 16,800 cells at 5 times", seconds, 5.0),
        Claim("cost over the exact plan's", ours / exact, 1.03),
        Claim("peak memory in MB for 100,000 cells at 5 times", peak, 2000.0),
    ]
    return table


def large_case(cells: int, seed: int) -> dict[str, Work]:
    """Five clouds that drift apart."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(5 * cells, 10)).astype(np.float32)
    time_of = np.repeat(np.arange(5.0), cells)
    x += time_of[:, None].astype(np.float32) * 0.5
    genes = [f"PC{k}" for k in range(10)]
    snapshots = Snapshots.from_arrays(x, time_of, genes).with_basis(10)
    return {"plan": lambda: fit_plan(snapshots, "exact", seed=seed)}


def _resampled(cells: int, seed: int) -> Snapshots:
    measured_cells = Snapshots.from_anndata(data_file("eb5/expression.h5ad"))
    random = np.random.default_rng(seed)
    parts = []
    for at in measured_cells.times:
        x = measured_cells.x[measured_cells.rows(at)]
        drawn = x[random.integers(len(x), size=cells)]
        parts.append(drawn + 0.1 * x.std(0) * random.normal(size=drawn.shape))
    return Snapshots.from_arrays(
        np.concatenate(parts).astype(np.float32),
        np.repeat(measured_cells.times, cells),
        measured_cells.genes,
    ).with_basis(len(measured_cells.genes))


def _exact_cost(snapshots: Snapshots, k: int) -> float:
    start, end = (snapshots.states(snapshots.rows(t)) for t in snapshots.times[k : k + 2])
    cost = ot.dist(start.astype(np.float64), end.astype(np.float64))
    return float(ot.emd2([], [], cost, numItermax=100_000_000))
