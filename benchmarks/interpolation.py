"""A left-out time point, predicted: W1 to the left-out cells, every named method.

Protocol: for each inner time t, fit without it; carry the cells of the time before to t; exact
W1 (Euclidean) to all left-out cells. Times are the ranks of the samples (the files hold no
days). Beside: no motion, midpoints of the optimal plan between the neighbours, and one half
of the left-out cells against the other. The left-out cells are used for this score alone:
which method to use is chosen, for each t, by the other inner times.

At the end, where RNA velocity was measured: its cosine with each method's field.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import anndata
import numpy as np

from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, leave_out_time
from hillflow.evaluate.population_baselines import ot_interpolation
from hillflow.fields import VectorField, make_field
from hillflow.model import Fit
from hillflow.objectives.registry import METHODS, Method, make_method
from hillflow.train import Setting, choose_method, train
from hillflow.transport import Schrodinger, Unbalanced, w1

# Of each method's usual number of steps: simulation costs more a step and needs fewer.
EFFORT = {"default": 0.3, "mioflow": 0.3, "tigon": 0.15, "cell-mnn": 0.3}
GOAL = {"eb5": 0.851, "emt": 0.300}
DATA = {"eb5": (1.0, 2.0, 3.0), "emt": (1.0, 2.0)}
CHOSEN_FROM = ("ot-cfm", "sb-cfm", "wfr-fm", "mfm", "ot-cfm, unbalanced", "sb-cfm, unbalanced")
CHOOSING_SEEDS = (100, 101)  # none of those whose fits are scored
COMPONENTS = 5  # of eb_velocity, as many as eb5 has


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("interpolation", quick, seed)
    seeds = range(seed, seed + (1 if quick else 5))
    for name in ("emt",) if quick else DATA:
        held = DATA[name][:1] if quick else DATA[name]
        snapshots = Snapshots.from_anndata(data_file(f"{name}/expression.h5ad"))
        _baselines(table, name, snapshots, held)
        scores = {}  # of a method: W1 and CPU seconds, [seeds, left-out times, 2]
        for method in _methods(quick):
            scores[method.name] = np.array([
                [_scored(table, name, snapshots, at, method, s, quick) for at in held]
                for s in seeds
            ])  # fmt: skip
            _add(table, scores[method.name], data=name, method=method.name)
        chosen = {at: _choice(table, name, snapshots, at, quick) for at in held}
        picked = [scores[chosen[at]][:, k] for k, at in enumerate(held)]
        w = _add(table, np.stack(picked, axis=1), data=name, method="chosen by inner times")
        table.claims.append(
            Claim(f"{name}: W1 of the method chosen by inner left-out times", w, GOAL[name])
        )
        joint = [_joint(table, name, snapshots, at, chosen[at], seeds, quick) for at in held]
        table.add(data=name, ensemble=f"mean of {len(seeds)} fits of the chosen",
                  w1=float(np.mean(joint)))  # fmt: skip
    _velocities(table, seeds, quick)
    return table


def _add(table: Table, scores: np.ndarray, **labels: str) -> float:
    """A row of means over seeds; the mean W1."""
    w, cpu = scores[..., 0].mean(axis=1), scores[..., 1].mean()
    row = {"seeds": len(w), "w1": float(w.mean()), "sd": float(w.std())}
    table.add(**labels, **row, cpu_seconds_a_fit=float(cpu))
    return row["w1"]


def _methods(quick: bool = False) -> list[Method]:
    """Every named method for snapshots of any values, and two of them on unbalanced plans.

    In a quick run, those from which one is chosen.

    Principal components go below zero: a method of a field of amounts has no sense there.
    Source: Eyring et al. 2024 (unbalanced flow matching).
    """
    named = [
        method for method in METHODS.values()
        if method.data != "trajectories" and method.trains != "logic"
        and method.name not in ("equilibrium", "velocity")  # these need other data
    ]  # fmt: skip
    unbalanced = {"ot-cfm": Unbalanced(), "sb-cfm": Schrodinger(tau=1.0)}
    named += [
        replace(make_method(name), name=f"{name}, unbalanced", coupling=coupling)
        for name, coupling in unbalanced.items()
    ]
    return [method for method in named if not quick or method.name in CHOSEN_FROM]


def _field(method: Method, coordinates: tuple[str, ...], seed: int) -> VectorField:
    if method.trains == "any":
        return make_field("mlp", coordinates, time=True, time_scale=4.0, seed=seed)
    return make_field(method.trains, coordinates, seed=seed, **method.options_of(method.trains))


def _setting(method: str, quick: bool) -> Setting:
    # Every training cell is trained on: nothing is chosen by cells held back.
    return Setting(effort=0.02 if quick else EFFORT.get(method, 0.5), validation_share=0.0)


def _fit(training: Snapshots, method: Method, seed: int, quick: bool) -> Fit:
    field = _field(method, training.genes, seed)
    return train(field, training, method, seed=seed, setting=_setting(method.name, quick))


def _moved(snapshots: Snapshots, at: float, method: Method, seed: int, quick: bool) -> np.ndarray:
    """The cells of the time before, carried to a time that was left out."""
    model = _fit(leave_out_time(snapshots, at).train, method, seed, quick)
    return model.simulate(snapshots.x[snapshots.rows(at - 1)], [at - 1, at])[-1].astype(float)


def _scored(
    table: Table, name: str, snapshots: Snapshots, at: float, method: Method, seed: int,
    quick: bool,
) -> tuple[float, float]:  # fmt: skip
    """W1 to the left-out cells, and CPU seconds of the fit."""

    def measure() -> tuple[float, float]:
        start = time.process_time()
        moved = _moved(snapshots, at, method, seed, quick)
        seconds = time.process_time() - start
        return w1(moved, _cells(snapshots, at)), seconds

    return table.once(measure, data=name, left_out=at, method=method.name, seed=seed)


def _choice(table: Table, name: str, snapshots: Snapshots, at: float, quick: bool) -> str:
    """The candidate that best predicts other inner times, across gaps like this time's own.

    A row for each candidate.
    """
    candidates = [method for method in _methods() if method.name in CHOSEN_FROM]
    training = leave_out_time(snapshots, at).train

    def choose() -> dict[str, Any]:
        found = choose_method(
            training, candidates, lambda method, seed: _field(method, training.genes, seed),
            by="w1", seeds=CHOOSING_SEEDS[: 1 if quick else None], gap=_gap(snapshots, at),
            setting=_setting("", quick),
        )  # fmt: skip
        by_seed = found.table.groupby(["method", "seed"], sort=False)["w1"].mean()
        scores = {m: (float(np.mean(w)), float(np.std(w))) for m, w in by_seed.groupby("method")}
        return {"chosen": found.name, "scores": scores}

    found = table.once(choose, data=name, left_out=at, chosen_from=CHOSEN_FROM)
    for candidate, (w, sd) in found["scores"].items():
        mark = "chosen" if candidate == found["chosen"] else ""
        table.add(data=name, left_out=at, candidate=candidate, inner_w1=w, inner_sd=sd, mark=mark)
    return str(found["chosen"])


def _gap(snapshots: Snapshots, at: float) -> float:
    """From the time before to the time after."""
    k = int(np.flatnonzero(snapshots.times == at)[0])
    return float(snapshots.times[k + 1] - snapshots.times[k - 1])


def _joint(
    table: Table, name: str, snapshots: Snapshots, at: float, chosen: str, seeds: range,
    quick: bool,
) -> float:  # fmt: skip
    """W1 of the mean, cell by cell, of what several fits predict."""
    (method,) = (method for method in _methods() if method.name == chosen)

    def measure() -> float:
        moved = [_moved(snapshots, at, method, seed, quick) for seed in seeds]
        return w1(np.mean(moved, axis=0), _cells(snapshots, at))

    return table.once(measure, data=name, left_out=at, together=chosen, seeds=len(seeds))


def _velocities(table: Table, seeds: range, quick: bool) -> None:
    """Mean cosine of field and RNA velocity at the cells of all times, which are all trained on.

    The null hands each cell the RNA velocity of another cell of the same time, so that it
    keeps what a time has in common.
    """
    data = anndata.read_h5ad(data_file("eb_velocity/expression.h5ad"))[:, :COMPONENTS].copy()
    measured = np.asarray(data.layers["velocity"], dtype=float)
    snapshots = Snapshots.from_anndata(data)
    for method in _methods(quick):
        found = np.array([
            table.once(
                partial(_cosines, snapshots, measured, method, seed, quick),
                data="eb_velocity", method=method.name, seed=seed,
            )
            for seed in seeds
        ])  # fmt: skip
        (cosine, null), (sd, _) = found.mean(axis=0).tolist(), found.std(axis=0).tolist()
        table.add(data="eb_velocity", method=method.name, seeds=len(seeds),
                  cosine_to_rna_velocity=cosine, sd=sd, permuted=null)  # fmt: skip


def _cosines(
    snapshots: Snapshots, measured: np.ndarray, method: Method, seed: int, quick: bool
) -> tuple[float, float]:
    """With each cell's RNA velocity, and with that of another cell of its time."""
    model = _fit(snapshots, method, seed, quick)
    ours = model.velocity(snapshots.x, snapshots.time)
    random = np.random.default_rng(seed)
    other = np.empty(len(snapshots), dtype=int)
    for t in snapshots.times:
        rows = snapshots.rows(t)
        other[rows] = random.permutation(rows)
    return _cosine(ours, measured), _cosine(ours, measured[other])


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / lengths)[lengths > 0].mean())


def _baselines(table: Table, name: str, snapshots: Snapshots, held: tuple[float, ...]) -> None:
    still, midpoints, floor = [], [], []
    for at in held:
        before, cells = (_cells(snapshots, at + step) for step in (-1, 0))
        still.append(w1(before, cells))
        points, weight = ot_interpolation(snapshots, at)
        midpoints.append(w1(points, cells, weight))
        order = np.random.default_rng(0).permutation(len(cells))
        half = len(cells) // 2
        floor.append(w1(cells[order[:half]], cells[order[half : 2 * half]]))
    for kind, values in (
        ("no motion", still), ("OT interpolation", midpoints), ("floor (half against half)", floor),
    ):  # fmt: skip
        table.add(data=name, baseline=kind, w1=float(np.mean(values)))


def _cells(snapshots: Snapshots, time: float) -> np.ndarray:
    return snapshots.x[snapshots.rows(time)].astype(np.float64)
