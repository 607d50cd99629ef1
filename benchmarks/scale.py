"""Networks of thousands of genes and of a million cells: time, memory, accuracy, steadiness.

Cells are of `scale-free` systems (Hill kinetics, hubs), wild type and knockouts of the twenty
largest hubs, at five times. The law is not linear and the regulators are not told beyond their
names. Every network is `hillflow.graph` of a file or a store, with confidences over twenty
bootstraps, in a process of its own, on one thread.

- `genes`: 2,000 genes, 200 of them regulators, 20,000 cells. Beside it GRNBoost2 as published
  (gradient boosting of 5,000 trees at most, rate 0.01, a tenth of the regulators at each split,
  90 % of the cells a tree, stopped when 25 trees improve nothing out of the bag), by scikit-learn,
  of a few targets drawn at random; its seconds for all are those for a target times the targets.
  `ap_same` is ours on these targets. `one_cell`, `subsamples`: Jaccard index of the top edges, as
  many as are true, without one cell, and between two draws of 80 % of the cells.
- `fits` of the same cells: `hill` and the law on the candidate edges that the closed form chooses
  (its time is counted), and `hill` on a prior of as many edges as CollecTRI has, 26,670, of which
  the true ones are a part and the others are drawn.
- `cells`: 500 genes, 100 of them regulators, in a zarr store; 100,000 cells are simulated, and more
  are such cells with counting noise of their own (log of 1 + Poisson counts, twenty a unit).
- `cluster`: a Dask cluster of two processes on this machine beside one process, of the largest
  store, the same bytes; and, of the store of 100,000 cells, with one worker killed on the way.
- `members`: a fit of a thousand bootstrapped members of a small field, without a break, and killed
  (SIGKILL) when half of them are there, then resumed: models with other bytes.

`base` is the average precision of chance.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

import hillflow as hf
from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD, peak_mb
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots
from hillflow.networks import Network
from hillflow.systems import SYSTEMS, build_system, simulate

DATA = ROOT / "build" / "benchmarks" / "scale"
HUBS, MOLECULES = 20, 20.0
GENES = {"genes": 2000, "regulators": 200, "cells": 20_000}
PANEL = {"genes": 500, "regulators": 100}
CELLS, SIMULATED = (10_000, 100_000, 1_000_000), 100_000
BOOSTED = 12  # targets of GRNBoost2
PRIOR = 26_670  # edges, as CollecTRI has
MEMBERS = 1000  # of the ensemble that is killed
QUICK = {"genes": 30, "regulators": 9, "cells": 800}


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("scale", quick, seed)
    DATA.mkdir(parents=True, exist_ok=True)
    _many_genes(table, QUICK if quick else GENES, seed, 1 if quick else BOOSTED)
    if not quick:  # processes take longer to start than small cells to be read
        _fits(table, seed)
        _many_cells(table, seed)
        _cluster(table, seed)
        _many_members(table, MEMBERS)
    return table


def _many_genes(table: Table, size: dict[str, int], seed: int, boosted: int) -> None:
    path = simulated(**size, seed=seed)
    case = {"what": "genes", **size}
    ours = table.once(
        partial(apart, "network", path=str(path), regulators=size["regulators"]), **case
    )
    drawn = np.random.default_rng(seed).choice(size["genes"], boosted, replace=False)
    theirs = table.once(
        partial(apart, "boosted", path=str(path), regulators=size["regulators"],
                targets=drawn.tolist()), **case, method="GRNBoost2",
    )  # fmt: skip
    same = table.once(
        partial(apart, "network", path=str(path), regulators=size["regulators"],
                targets=drawn.tolist()), **case, targets=boosted,
    )  # fmt: skip
    steady = table.once(
        partial(steadiness, path, size["regulators"], seed), **case, stable="top edges"
    )
    seconds = theirs["cpu_seconds"] / boosted * size["genes"]
    table.add(
        **case, method="hillflow", cpu_seconds=ours["cpu_seconds"], peak_mb=ours["peak_mb"],
        ap=ours["ap"], confidence_ap=ours["confidence_ap"], base=ours["base"],
        true_at_0_8=ours["true_at_0_8"], ap_same=same["ap"], **steady,
    )  # fmt: skip
    table.add(
        **case, method="GRNBoost2", cpu_seconds=seconds, peak_mb=theirs["peak_mb"],
        ap=theirs["ap"], measured_targets=boosted,
    )  # fmt: skip
    text = f"{size['genes']:,} genes × {size['regulators']} regulators × {size['cells']:,} cells"
    table.claims += [
        Claim(f"{text}: CPU seconds of a network with confidence", ours["cpu_seconds"], 120),
        Claim(f"{text}: peak memory in MB", ours["peak_mb"], 4000),
        Claim("GRNBoost2's CPU seconds over ours", seconds / ours["cpu_seconds"], 20,
              at_least=True),
        Claim("our AP over GRNBoost2's, on the same targets", same["ap"] / theirs["ap"], 1,
              at_least=True),
        Claim("Jaccard of the top edges with and without one cell", steady["one_cell"], 0.95,
              at_least=True),
        Claim("Jaccard of the top edges of two 80 % subsamples", steady["subsamples"], 0.7,
              at_least=True),
    ]  # fmt: skip


def _fits(table: Table, seed: int) -> None:
    path, regulators = simulated(**GENES, seed=seed), GENES["regulators"]
    prior = path.with_suffix(".prior.csv")
    if not prior.is_file():
        _prior(pd.read_csv(truth_of(path)), seed).to_csv(prior, index=False)
    for name, field, more in (
        ("candidate edges", "hill", {}), (f"prior of {PRIOR:,} edges", "hill",
        {"prior": str(prior)}), ("candidate edges", "logic", {}),
    ):  # fmt: skip
        found = table.once(
            partial(apart, "fit", path=str(path), regulators=regulators, field=field, **more),
            what="fits", field=field, on=name,
        )  # fmt: skip
        table.add(what="fits", field=field, on=name, **found)
        table.claims.append(
            Claim(f"{GENES['genes']:,} genes, {field!r} on {name}: CPU seconds",
                  found["cpu_seconds"], 600)
        )  # fmt: skip


def _prior(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The true edges, and others of the same regulators drawn at random."""
    random, genes = np.random.default_rng(seed), GENES["genes"]
    pairs = dict.fromkeys(zip(truth["source"], truth["target"], strict=True))
    while len(pairs) < PRIOR:
        source, target = random.integers(GENES["regulators"]), random.integers(genes)
        if source != target:
            pairs[f"G{source + 1}", f"G{target + 1}"] = None
    return pd.DataFrame(list(pairs), columns=["source", "target"])


def fit(path: str, regulators: int, field: str, prior: str | None = None) -> dict[str, Any]:
    """The cost of a fit at full effort, and the network of the fitted field."""
    names = [f"G{k + 1}" for k in range(regulators)]
    cpu = time.process_time()
    run = hf.fit(path, field=field, regulators=names, prior=prior)
    cpu = time.process_time() - cpu
    peak, metrics = peak_mb(), run.fit.metrics
    edges = hf.graph(run, readout="weight").edges
    edges = edges[edges["source"] != edges["target"]]
    true = _true(edges, Path(path))
    return {
        "cpu_seconds": cpu, "peak_mb": peak, "edges": len(edges),
        "ap_of_edges": _ap(true, edges["weight"].abs()), "base_of_edges": float(true.mean()),
        "loss_over_no_change": metrics["validation_loss"] / metrics["no_change_loss"],
    }  # fmt: skip


def _many_cells(table: Table, seed: int) -> None:
    size, every, found = PANEL, CELLS, []
    for cells in every:
        path = measured_anew(cells, size, SIMULATED, seed)
        one = table.once(
            partial(apart, "network", path=str(path), regulators=size["regulators"]),
            what="cells", cells=cells, **size,
        )  # fmt: skip
        table.add(what="cells", cells=cells, **size, **one)
        found.append(one)
    slope = np.polyfit(np.log(every), np.log([one["cpu_seconds"] for one in found]), 1)[0]
    table.claims += [
        Claim(f"{every[-1]:,} cells × {size['genes']} genes: minutes", found[-1]["seconds"] / 60,
              20),
        Claim(f"{every[-1]:,} cells: peak memory in MB", found[-1]["peak_mb"], 8000),
        Claim("slope of CPU time against cells, log–log", float(slope), 1.1),
    ]  # fmt: skip


def _cluster(table: Table, seed: int) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for name, cells, more in (
        ("one process", CELLS[-1], {}), ("two workers", CELLS[-1], {"cluster": "local:2"}),
        ("one process", SIMULATED, {}),
        ("two workers, one killed", SIMULATED, {"cluster": "local:2", "kill": True}),
    ):  # fmt: skip
        path = str(measured_anew(cells, PANEL, SIMULATED, seed))
        found = table.once(
            partial(apart, "network", path=path, regulators=PANEL["regulators"], **more),
            what="cluster", workers=name, cells=cells,
        )  # fmt: skip
        rows[f"{name}, {cells}"] = found
        same = found["digest"] == rows[f"one process, {cells}"]["digest"]
        table.add(
            what="cluster", workers=name, cells=cells, seconds=found["seconds"], same_bytes=same
        )
    alone, both = (rows[f"{name}, {CELLS[-1]}"] for name in ("one process", "two workers"))
    other = sum(not row["same_bytes"] for row in table.rows if row.get("what") == "cluster")
    table.claims += [
        Claim("two workers: how many times faster", alone["seconds"] / both["seconds"], 1.6,
              at_least=True),
        Claim("networks of the cluster with other bytes", other, 0),
    ]  # fmt: skip


def _many_members(table: Table, members: int) -> None:
    found = table.once(partial(resumed, members), what="members", members=members)
    table.add(what="members", members=members, **found)
    table.claims += [
        Claim("members there when the fit was killed, as a share", found["there"], 0.9),
        Claim("models with other bytes after a kill and a resume", found["other_bytes"], 0),
    ]


def resumed(members: int) -> dict[str, float]:
    """A fit in one go, and one that is killed when half of its members are there."""
    whole, broken = (DATA / f"members-{kind}" for kind in ("whole", "broken"))
    for folder in (whole, broken):
        shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    apart("ensemble", folder=str(whole), members=members)
    seconds = time.perf_counter() - start
    arguments = json.dumps({"folder": str(broken), "members": members})
    begun = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scale", "ensemble", arguments], cwd=ROOT,
        env={**os.environ, **ONE_THREAD}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while begun.poll() is None and 2 * (there := _models(broken)) < members:
        time.sleep(0.02)
    begun.kill()
    begun.wait()
    apart("ensemble", folder=str(broken), members=members)
    digests = [
        {path.name: hashlib.blake2b((path / "model.safetensors").read_bytes()).digest()
         for path in (folder / "model").iterdir()}
        for folder in (whole, broken)
    ]  # fmt: skip
    other = sum(digests[0][name] != digests[1].get(name) for name in digests[0])
    return {"seconds": seconds, "there": there / members, "other_bytes": other}


def _models(folder: Path) -> int:
    """How many members a fit that is under way has finished."""
    return len(list(folder.glob(".building/model/member-*/model.json")))


def ensemble(folder: str, members: int) -> dict[str, Any]:
    """The fit of many members, begun or resumed."""
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], knockouts="A", seed=0)
    hf.fit(cells, folder, field="linear", effort=0.01, ensemble=members, resume=True)
    return {"members": members}


def simulated(genes: int, regulators: int, cells: int, seed: int) -> Path:
    """Cells of a system, as an .h5ad file with the true edges beside it; made once."""
    path = DATA / f"{genes}-{regulators}-{cells}-{seed}.h5ad"
    if path.is_file():
        return path
    system = build_system("scale-free", genes=genes, regulators=regulators, seed=seed)
    edges = pd.DataFrame(system.edges(), columns=["source", "target", "sign"])
    hubs = [gene for gene, _ in Counter(edges["source"]).most_common(min(HUBS, regulators // 3))]
    times = SYSTEMS["scale-free"].times
    each = cells // (len(times) * (1 + len(hubs)))
    data = simulate(system, times, each, [f"{gene}=ko" for gene in hubs], seed=seed).to_anndata()
    data.layers.clear()
    edges.to_csv(truth_of(path), index=False)
    data.write_h5ad(path)
    return path


def measured_anew(cells: int, size: dict[str, int], simulate_: int, seed: int) -> Path:
    """A zarr store of so many cells, each one of the simulated with counting noise of its own."""
    import zarr

    source = simulated(**size, cells=simulate_, seed=seed)
    path = DATA / f"{source.stem}-{cells}.zarr"
    if (path / "uns").exists():
        return path
    data, random = anndata.read_h5ad(source), np.random.default_rng(seed)
    turns = -(-cells // len(data))
    rows = np.concatenate([random.permutation(len(data)) for _ in range(turns)])[:cells]
    obs = data.obs[["time", "perturbation"]].iloc[rows].set_axis([f"c{k}" for k in range(cells)])
    store = zarr.open_group(path, mode="w", zarr_format=2)
    shape = (cells, data.n_vars)
    x = store.create_array("X", shape=shape, chunks=(4096, data.n_vars), dtype="float32")
    x.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    for start in range(0, cells, 32_768):
        part = rows[start : start + 32_768]
        counts = random.poisson(MOLECULES * np.maximum(np.asarray(data.X[part]), 0))
        x[start : start + len(part)] = np.log1p(counts).astype("float32")
    store.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    for name, value in (("obs", obs), ("var", data.var), ("uns", {})):
        anndata.io.write_elem(store, name, value)
    truth_of(path).write_text(truth_of(source).read_text(encoding="utf-8"), encoding="utf-8")
    return path


def truth_of(path: Path) -> Path:
    return path.with_suffix(".edges.csv")


def apart(work: str, **arguments: Any) -> dict[str, Any]:
    """What `network` or `boosted` finds, in a process of its own, with its peak memory."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", work, json.dumps(arguments)], cwd=ROOT,
        env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def network(
    path: str, regulators: int, targets: list[int] | None = None, cluster: str | None = None,
    kill: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Scores of the network of a file; of some targets, if they are given."""
    killed = threading.Event()

    def progress(what: str, done: int, total: int) -> None:
        if kill and 2 * done > total and not killed.is_set():
            killed.set()
            os.kill(_a_worker(), signal.SIGKILL)

    names = [f"G{k + 1}" for k in range(regulators)]
    start, cpu = time.perf_counter(), time.process_time()
    found = hf.graph(path, regulators=names, cluster=cluster, progress=progress)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert killed.is_set() == kill
    digest = hashlib.blake2b(found.edges.to_csv().encode(), digest_size=16).hexdigest()
    edges = found.edges
    if targets is not None:
        edges = edges[edges["target"].isin([f"G{k + 1}" for k in targets])]
    true = _true(edges, Path(path))
    sure = edges["confidence"] >= 0.8
    return {
        "cpu_seconds": cpu, "seconds": seconds, "peak_mb": peak_mb(),
        "ap": _ap(true, edges["weight"].abs()), "confidence_ap": _ap(true, edges["confidence"]),
        "base": float(true.mean()), "true_at_0_8": float(true[sure].mean()) if sure.any() else None,
        "digest": digest,
    }  # fmt: skip


def _a_worker() -> int:
    """The process of a worker of this process's own cluster."""
    from distributed import default_client

    return int(min(default_client().run(os.getpid).values()))


def boosted(path: str, regulators: int, targets: list[int]) -> dict[str, Any]:
    """GRNBoost2 of some targets: each target's level from the regulators' in the same cell."""
    from sklearn.ensemble import GradientBoostingRegressor

    x = np.asarray(anndata.read_h5ad(path).X)
    cpu, parts = time.process_time(), []
    for target in targets:
        acting = np.flatnonzero(np.arange(regulators) != target)
        forest = GradientBoostingRegressor(
            learning_rate=0.01, n_estimators=5000, max_features=0.1, subsample=0.9, random_state=0
        )
        forest.fit(x[:, acting], x[:, target], monitor=_improves_no_more)
        weight = forest.feature_importances_ * len(forest.estimators_)
        pairs = {"source": [f"G{k + 1}" for k in acting], "target": f"G{target + 1}"}
        parts.append(pd.DataFrame({**pairs, "weight": weight}))
    edges = pd.concat(parts)
    return {
        "cpu_seconds": time.process_time() - cpu, "peak_mb": peak_mb(),
        "ap": _ap(_true(edges, Path(path)), edges["weight"]),
    }  # fmt: skip


def _improves_no_more(step: int, forest: Any, _: Any) -> bool:
    return step >= 24 and float(np.mean(forest.oob_improvement_[step - 24 : step + 1])) < 0


def steadiness(path: Path, regulators: int, seed: int) -> dict[str, float]:
    """Jaccard indices of the top edges, as many as are true."""
    cells, random = Snapshots.from_anndata(path), np.random.default_rng(seed)
    top = len(pd.read_csv(truth_of(path)))
    names = [f"G{k + 1}" for k in range(regulators)]

    def edges(rows: np.ndarray) -> set[tuple[str, str]]:
        found: Network = hf.graph(cells.take(rows), regulators=names, bootstraps=0)
        return set(found.pairs()[:top])

    whole = edges(np.arange(len(cells)))
    without = edges(np.delete(np.arange(len(cells)), random.integers(len(cells))))
    drawn = []
    for _ in range(2):
        rows = [
            random.choice(p.rows, int(0.8 * len(p)), replace=False) for p in cells.populations()
        ]
        drawn.append(edges(np.sort(np.concatenate(rows))))
    return {
        "one_cell": len(whole & without) / len(whole | without),
        "subsamples": len(drawn[0] & drawn[1]) / len(drawn[0] | drawn[1]),
    }


def _true(edges: pd.DataFrame, path: Path) -> np.ndarray:
    truth = pd.read_csv(truth_of(path))
    pairs = set(zip(truth["source"], truth["target"], strict=True))
    given = zip(edges["source"], edges["target"], strict=True)
    return np.array([pair in pairs for pair in given])


def _ap(true: np.ndarray, score: pd.Series) -> float:
    return float(average_precision_score(true, score))


WORKS = {"network": network, "boosted": boosted, "ensemble": ensemble, "fit": fit}

if __name__ == "__main__":
    print(json.dumps(WORKS[sys.argv[1]](**json.loads(sys.argv[2]))))
