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
from hillflow.fields import VectorField, make_field
from hillflow.fit import Setting, fit
from hillflow.objectives.registry import Method, method_entries
from hillflow.transport import w1

# Of each method's usual number of steps: simulation costs more a step and needs fewer.
EFFORT = {"default": 0.3, "mioflow": 0.3, "tigon": 0.15, "cell-mnn": 0.3}
CLAIMED = "ot-cfm"  # the plainest method; named after a pilot with one seed and no tuning
GOAL = {"eb5": 0.851, "emt": 0.300}
DATA = {"eb5": (1.0, 2.0, 3.0), "emt": (1.0, 2.0)}


def run(quick: bool, seed: int) -> Table:
    table = Table()
    seeds = range(seed, seed + (1 if quick else 5))
    for name, held in DATA.items():
        snapshots = Snapshots.from_anndata(data_file(f"{name}/expression.h5ad"))
        _baselines(table, name, snapshots, held)
        for method in _applicable():
            scores = [_score(snapshots, held, method, s, quick) for s in seeds]
            w, cpu = (np.array(column) for column in zip(*scores, strict=True))
            table.add(
                data=name, method=method.name, seeds=len(scores), w1=float(w.mean()),
                sd=float(w.std()), cpu_seconds_a_fit=float(cpu.mean()) / len(held),
            )  # fmt: skip
            if method.name == CLAIMED:
                claim = f"{name}: W1 of {CLAIMED} (OT interpolation as published here)"
                table.claims.append(Claim(claim, float(w.mean()), GOAL[name]))
    return table


def _applicable() -> list[Method]:
    return [method for method in method_entries() if method.data != "trajectories"]


def _field(method: Method, coordinates: tuple[str, ...], seed: int) -> VectorField:
    if method.trains == "any":
        return make_field("mlp", coordinates, time=True, time_scale=4.0, seed=seed)
    return make_field(method.trains, coordinates, seed=seed)


def _score(
    snapshots: Snapshots, held: tuple[float, ...], method: Method, seed: int, quick: bool
) -> tuple[float, float]:
    """W1 to the held-out cells, and CPU seconds of all fits."""
    distances = []
    start = time.process_time()
    for at in held:
        train = leave_out_time(snapshots, at).train
        effort = 0.02 if quick else EFFORT.get(method.name, 0.5)
        # Every training cell is trained on: nothing is chosen by cells held back.
        setting = Setting(effort=effort, hold_back=0.0)
        model = fit(_field(method, snapshots.genes, seed), train, method, seed=seed,
                    setting=setting)  # fmt: skip
        before = snapshots.x[snapshots.rows(at - 1)]
        moved = model.simulate(before, [at - 1, at])[-1]
        distances.append(w1(moved.astype(np.float64), _cells(snapshots, at)))
    seconds = time.process_time() - start
    return float(np.mean(distances)), seconds


def _baselines(table: Table, name: str, snapshots: Snapshots, held: tuple[float, ...]) -> None:
    still, midpoints, floor = [], [], []
    for at in held:
        before, cells, after = (_cells(snapshots, at + step) for step in (-1, 0, 1))
        still.append(w1(before, cells))
        midpoints.append(_midpoint_distance(before, cells, after))
        order = np.random.default_rng(0).permutation(len(cells))
        half = len(cells) // 2
        floor.append(w1(cells[order[:half]], cells[order[half : 2 * half]]))
    for kind, values in (
        ("no motion", still), ("OT interpolation", midpoints), ("floor (half against half)", floor),
    ):  # fmt: skip
        table.add(data=name, baseline=kind, w1=float(np.mean(values)))


def _midpoint_distance(before: np.ndarray, cells: np.ndarray, after: np.ndarray) -> float:
    """W1 to the midpoints of the optimal plan between the neighbours, weighted by the plan."""
    plan = ot.emd([], [], ot.dist(before, after), numItermax=10_000_000)
    i, j = np.nonzero(plan)
    weight = plan[i, j] / plan[i, j].sum()
    cost = ot.dist((before[i] + after[j]) / 2, cells, "euclidean")
    return float(ot.emd2(weight, np.full(len(cells), 1 / len(cells)), cost, numItermax=10_000_000))


def _cells(snapshots: Snapshots, time: float) -> np.ndarray:
    return snapshots.x[snapshots.rows(time)].astype(np.float64)
