"""A left-out time point, predicted: W1 to the held-out cells, every named method.

Protocol: for each inner time t, fit without it; carry the cells of the time before to t; exact
W1 (Euclidean) to all held-out cells. Times are the ranks of the samples (the files hold no
days). Beside: no motion, midpoints of the optimal plan between the neighbours, and one half
of the held-out cells against the other. The held-out cells are used for this score alone.
"""

from __future__ import annotations

import time

import numpy as np
import ot

from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, leave_out_time
from hillflow.fields import make_field
from hillflow.fit import Setting, fit
from hillflow.objectives.registry import Method, method_entries
from hillflow.transport import w1

DATA = {"eb5": (1.0, 2.0, 3.0), "emt": (1.0, 2.0)}
GOAL = {"eb5": 0.851, "emt": 0.300}
CHOSEN = "sb-cfm"  # by its score on training marginals, see `_landing` rows; never by this table


def run(quick: bool, seed: int) -> Table:
    table = Table()
    seeds = range(seed, seed + (1 if quick else 5))
    for name, held in DATA.items():
        snapshots = Snapshots.from_anndata(data_file(f"{name}/expression.h5ad"))
        _baselines(table, name, snapshots, held)
        for method in _applicable():
            scores = [_score(snapshots, held, method, s, quick) for s in seeds]
            w, landing, cpu = (np.array(column) for column in zip(*scores, strict=True))
            table.add(
                data=name, method=method.name, seeds=len(scores), w1=float(w.mean()),
                sd=float(w.std()), landing_error=float(landing.mean()),
                cpu_seconds_a_fit=float(cpu.mean()) / len(held),
            )  # fmt: skip
    return table


def _applicable() -> list[Method]:
    return [method for method in method_entries() if method.data != "trajectories"]


def _field(method: Method, coordinates: tuple[str, ...], seed: int):  # type: ignore[no-untyped-def]
    if method.trains == "any":
        return make_field("mlp", coordinates, time=True, time_scale=4.0, seed=seed)
    return make_field(method.trains, coordinates, seed=seed)
