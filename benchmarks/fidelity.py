"""What each named method promises, on truths that are known, and originals beside ours.

- `between`: cells of one Gaussian become those of another in a day, in two coordinates. What is
  half way follows from each method's theory: straight optimal transport, N(m, ((s₀ + s₁)/2)²), for
  methods of least action; independent pairs, N(m, (s₀² + s₁²)/4); a Schrödinger bridge of variance
  σ², in closed form (Bunne et al. 2023). `off` is the Bures–Wasserstein distance from the predicted
  to the promised population half way, over that between the two ends.
- `growth`: two branches; one grows by 0.6 a day, the other rests. `difference` is that of the
  fitted rates, which relative growth has too.
- `noise`: an Ornstein–Uhlenbeck process with noise 0.5, which is told but to methods that learn it;
  `spread` is the standard deviation of cells simulated to the last time over the measured one.
- `edges`: a scale-free Hill network of twelve genes at five times, with knockouts of three hubs;
  average precision of sparse fields' networks, and of `linear`'s, beside chance (`base`).
- `likelihood`: mean log density of fresh cells at the last time of `between`, less the true one.
- `eb5`: torchcfm 1.0.7 by its own classes, and our methods of these names: W1 to the times left
  out, as in `interpolation`, with the same steps and batch. Set TORCHCFM_PYTHON to the Python of an
  environment with torchcfm; without it these rows are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

import hillflow as hf
from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD
from benchmarks.reference_data import MissingDataError, data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, leave_out_time
from hillflow.fields import make_field
from hillflow.model import Fit
from hillflow.objectives.registry import make_method
from hillflow.train import Setting, train
from hillflow.transport import w1

Array = NDArray[np.float64]
# Of `between`: means and standard deviations at the ends, alike in both coordinates.
ENDS = ((np.array([0.0, 0.0]), 0.4), (np.array([2.0, 1.0]), 1.0))
SIGMA = 0.5
BETWEEN = (
    "ot-cfm", "wfr-fm", "action-matching", "wlf", "mioflow", "trajectorynet", "cfm",
    "sb-cfm", "sf2m",
)  # fmt: skip
RATE = 0.6
GROWING = ("tigon", "wfr-fm", "wlf-uot", "deepruot")
NOISY = ("prescient", "nlsb", "deepruot")
FIELDS = {"sparse": "network", "c-node": "default", "path-reg": "default", "linear": "default"}
ORIGINALS = ("cfm", "ot-cfm", "sb-cfm")


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("fidelity", quick, seed)
    effort = 0.02 if quick else 1.0
    _between(table, ("ot-cfm", "sf2m") if quick else BETWEEN, effort, seed)
    _growth(table, GROWING[:1] if quick else GROWING, effort, seed)
    _noise(table, NOISY[:1] if quick else NOISY, effort, seed)
    _edges(table, effort, seed)
    if not quick and "TORCHCFM_PYTHON" in os.environ:
        _originals(table, seed)
    return table


def _fitted(cells: Snapshots, name: str, effort: float, seed: int, **setting: Any) -> Fit:
    method = make_method(name)
    kind = "mlp" if method.trains == "any" else method.trains
    options = {"time": True, "time_scale": float(cells.times[-1])} if kind == "mlp" else {}
    field = make_field(kind, cells.genes, seed=seed, **options, **method.options_of(method.trains))
    return train(field, cells, method, seed=seed, setting=Setting(effort=effort, **setting))


# Half way between two Gaussians ----------------------------------------------------------


def between(seed: int, count: int = 800) -> Snapshots:
    random = np.random.default_rng(seed)
    x = np.concatenate([mean + sd * random.normal(size=(count, 2)) for mean, sd in ENDS])
    return Snapshots.from_arrays(
        x.astype(np.float32), np.repeat([0.0, 1.0], count), ("A", "B"), unit="d"
    )


def promised(name: str) -> float:
    """The standard deviation half way."""
    first, last = ENDS[0][1], ENDS[1][1]
    if name in ("sb-cfm", "sf2m"):
        both = 4 * first**2 * last**2 + SIGMA**4
        together = 0.5 * (np.sqrt(both) - SIGMA**2)
        return float(np.sqrt((first**2 + last**2 + 2 * together) / 4 + SIGMA**2 / 4))
    if name == "cfm":
        return float(np.sqrt((first**2 + last**2) / 4))
    return (first + last) / 2


def bures(mean: Array, covariance: Array, other: Array, sd: float) -> float:
    """The 2-Wasserstein distance of a Gaussian to one that is alike in all directions."""
    roots = np.sqrt(np.clip(np.linalg.eigvalsh(covariance), 0, None))
    return float(np.sqrt(((mean - other) ** 2).sum() + ((roots - sd) ** 2).sum()))


def half_way(name: str, effort: float, seed: int) -> dict[str, float]:
    cells = between(seed)
    told = {"sigma": SIGMA} if name in ("sb-cfm", "sf2m") else {}
    fit = _fitted(cells, name, effort, seed, validation_share=0.0, **told)
    start = between(seed + 1000).x[:800]
    middle = fit.simulate(start, [0.0, 0.5])[-1].astype(float)
    ends = np.hypot(*(ENDS[1][0] - ENDS[0][0])), ENDS[1][1] - ENDS[0][1]
    apart = float(np.sqrt(ends[0] ** 2 + 2 * ends[1] ** 2))
    goal = (ENDS[0][0] + ENDS[1][0]) / 2
    found = {
        "off": bures(middle.mean(0), np.cov(middle.T), goal, promised(name)) / apart,
        "sd": float(middle.std(axis=0).mean()), "promised_sd": promised(name),
    }  # fmt: skip
    if name in ("sf2m", "trajectorynet"):
        fresh = between(seed + 2000)
        fresh = fresh.x[fresh.time == 1.0].astype(float)
        found["nats"] = float(np.mean(fit.log_density(fresh, 1.0, _log_start)))
        found["nats"] -= float(_log_gaussian(fresh, *ENDS[1]).mean())
    return found


def _log_gaussian(x: Array, mean: Array, sd: float) -> Array:
    return np.asarray(-((x - mean) ** 2).sum(-1) / (2 * sd**2) - np.log(2 * np.pi * sd**2))


def _log_start(x: Array) -> Array:
    return _log_gaussian(x, *ENDS[0])


def _between(table: Table, names: tuple[str, ...], effort: float, seed: int) -> None:
    for name in names:
        found = table.once(partial(half_way, name, effort, seed), truth="between", method=name)
        nats = found.pop("nats", None)
        table.add(truth="between", method=name, **found)
        if nats is not None:
            table.add(truth="likelihood", method=name, nats=nats)
        table.claims.append(Claim(f"{name}: off its own theory half way", found["off"], 0.1))


# Growth ----------------------------------------------------------------------------------


def branches(seed: int) -> Snapshots:
    """Both branches move away from (1, 1) as e^{t/2}; "grows", along A, as e^{0.6 t} cells."""
    random = np.random.default_rng(seed)
    x, times, labels = [], [], []
    for t in (0.0, 1.0, 2.0):
        for label, rate, way in (("grows", RATE, (0.4, 0.0)), ("rests", 0.0, (0.0, 0.4))):
            count = round(200 * np.exp(rate * t))
            off = np.array(way) + 0.05 * random.normal(size=(count, 2))
            x.append(1 + off * np.exp(t / 2))
            times += [t] * count
            labels += [label] * count
    return Snapshots.from_arrays(
        np.concatenate(x).astype(np.float32), times, ("A", "B"), labels=labels, unit="d"
    )


def growth(name: str, effort: float, seed: int) -> dict[str, float]:
    cells = branches(seed)
    fit = _fitted(cells, name, effort, seed, validation_share=0.0)
    rates = {}
    for label in ("grows", "rests"):
        mine = np.asarray(cells.labels) == label
        with torch.no_grad():
            rates[label] = float(np.mean([
                fit[0].heads.growth(torch.from_numpy(cells.x[mine & (cells.time == t)]), t).mean()
                for t in cells.times
            ]))  # fmt: skip
    return {**rates, "difference": rates["grows"] - rates["rests"]}


def _growth(table: Table, names: tuple[str, ...], effort: float, seed: int) -> None:
    for name in names:
        found = table.once(partial(growth, name, effort, seed), truth="growth", method=name)
        table.add(truth="growth", method=name, **found, true=RATE)
        off = abs(found["difference"] - RATE)
        table.claims.append(Claim(f"{name}: error of the difference between rates", off, 0.15))


# Noise -----------------------------------------------------------------------------------


def ornstein_uhlenbeck(seed: int) -> Snapshots:
    """dx = −(x − (2, 1)) dt + 0.5 dW from N(0, 0.1²)."""
    random, x, times = np.random.default_rng(seed), [], (0.0, 0.5, 1.0, 2.0)
    for t in times:
        kept = np.exp(-t)
        spread = np.sqrt(0.1**2 * kept**2 + SIGMA**2 * (1 - kept**2) / 2)
        x.append(np.array([2.0, 1.0]) * (1 - kept) + spread * random.normal(size=(400, 2)))
    return Snapshots.from_arrays(
        np.concatenate(x).astype(np.float32), np.repeat(times, 400), ("A", "B"), unit="d"
    )


def noise(name: str, effort: float, seed: int) -> dict[str, float]:
    cells = ornstein_uhlenbeck(seed)
    told = {} if name == "nlsb" else {"sigma": SIGMA}
    fit = _fitted(cells, name, effort, seed, validation_share=0.0, **told)
    ends = fit.simulate(cells.x[cells.time == 0], [0.0, 2.0])[-1]
    measured = cells.x[cells.time == 2]
    return {
        "spread": float((ends.std(axis=0) / measured.std(axis=0)).mean()),
        "mean_off": float(np.abs(ends.mean(axis=0) - measured.mean(axis=0)).max()),
    }


def _noise(table: Table, names: tuple[str, ...], effort: float, seed: int) -> None:
    for name in names:
        found = table.once(partial(noise, name, effort, seed), truth="noise", method=name)
        table.add(truth="noise", method=name, **found)
        off = abs(found["spread"] - 1)
        table.claims.append(Claim(f"{name}: spread of simulated cells, off the measured", off, 0.1))


# Edges -----------------------------------------------------------------------------------


def edges(field: str, method: str, effort: float, seed: int) -> dict[str, float]:
    cells = hf.simulate(
        "scale-free", cells=100, times=[0, 0.5, 1, 2, 4], knockouts="G1,G2,G3", genes=12, seed=seed
    )  # fmt: skip
    run = hf.fit(cells, field=field, method=method, effort=effort, seed=seed)
    found = hf.graph(run, readout="auto").edges
    found = found[found["source"] != found["target"]]
    known = {(s, t) for s, t, _ in _truth(seed) if s != t}
    true = np.array([pair in known for pair in zip(found["source"], found["target"], strict=True)])
    return {
        "ap": float(average_precision_score(true, found["weight"].abs())),
        "base": len(known) / (12 * 11),
    }


def _truth(seed: int) -> list[tuple[str, str, int]]:
    from hillflow.systems import build_system

    return list(build_system("scale-free", genes=12, seed=seed).edges())


def _edges(table: Table, effort: float, seed: int) -> None:
    for field, method in FIELDS.items():
        found = table.once(partial(edges, field, method, effort, seed), truth="edges", field=field)
        table.add(truth="edges", field=field, method=method, **found)


# Originals -------------------------------------------------------------------------------


def _originals(table: Table, seed: int) -> None:
    try:
        path = data_file("eb5/expression.h5ad")
    except MissingDataError:
        return
    snapshots = Snapshots.from_anndata(path)
    for name in ORIGINALS:
        ours = table.once(partial(_ours, snapshots, name, seed), original=name, by="hillflow")
        theirs = table.once(partial(_theirs, snapshots, name, seed), original=name, by="torchcfm")
        table.add(data="eb5", method=name, ours_w1=ours["w1"], torchcfm_w1=theirs["w1"],
                  ours_cpu_seconds=ours["cpu"], torchcfm_cpu_seconds=theirs["cpu"])  # fmt: skip
        table.claims.append(
            Claim(f"{name} on eb5: our W1 over torchcfm's", ours["w1"] / theirs["w1"], 1.02)
        )


def _ours(snapshots: Snapshots, name: str, seed: int) -> dict[str, float]:
    method = make_method(name)
    (stage,) = method.stages
    method = replace(method, stages=(replace(stage, steps=2000, cells=4 * 128),))
    distances, start = [], time.process_time()
    for at in (1.0, 2.0, 3.0):
        left = leave_out_time(snapshots, at).train
        field = make_field("mlp", snapshots.genes, time=True, time_scale=4.0, seed=seed)
        fit = train(field, left, method, seed=seed, setting=Setting(validation_share=0.0))
        moved = fit.simulate(snapshots.x[snapshots.rows(at - 1)], [at - 1, at])[-1]
        distances.append(w1(moved.astype(float), _cells(snapshots, at)))
    return {"w1": float(np.mean(distances)), "cpu": time.process_time() - start}


def _theirs(snapshots: Snapshots, name: str, seed: int) -> dict[str, float]:
    """torchcfm's, in the environment whose Python TORCHCFM_PYTHON names."""
    folder = ROOT / "build" / "benchmarks"
    np.savez(folder / "eb5.npz", x=snapshots.x, time=snapshots.time)
    done = subprocess.run(
        [os.environ["TORCHCFM_PYTHON"], str(ROOT / "benchmarks" / "torchcfm_left_out_side.py"),
         name, str(seed), str(folder / "eb5.npz"), str(folder / "moved.npz")],
        cwd=ROOT, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    moved = np.load(folder / "moved.npz")
    each = [w1(moved[str(at)].astype(float), _cells(snapshots, at)) for at in (1.0, 2.0, 3.0)]
    return {"w1": float(np.mean(each)), "cpu": json.loads(done.stdout.splitlines()[-1])}


def _cells(snapshots: Snapshots, at: float) -> Array:
    return snapshots.x[snapshots.rows(at)].astype(np.float64)
