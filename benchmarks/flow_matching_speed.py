"""Time of a flow-matching step beside torchcfm's OT-CFM, which plans anew in every batch.

Set TORCHCFM_PYTHON to the Python of an environment with torchcfm 1.0.7; without it only our
side is measured and no ratio is claimed. Same data (eb5), network (3 × 64, SiLU), optimiser,
rows a step (the batch from each of four intervals) and thread, one side after the other.
Plan cost: mean squared distance of coupled cells.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots
from hillflow.fields import make_field
from hillflow.objectives import Linear, Match, Stage
from hillflow.objectives.registry import make_method
from hillflow.train import Setting
from hillflow.train.loop import Loop
from hillflow.train.prepare import prepare


def run(quick: bool, seed: int) -> Table:
    table = Table()
    snapshots = Snapshots.from_anndata(data_file("eb5/expression.h5ad"))
    steps = 30 if quick else 1000
    for batch in (256,) if quick else (128, 256, 512):
        ours = _ours(snapshots, batch, steps, seed)
        table.add(tool="hillflow ot-cfm", batch=batch, steps=steps, **ours)
        theirs = _theirs(snapshots, batch, steps, seed)
        if theirs is None:
            continue
        table.add(tool="torchcfm OT-CFM", batch=batch, steps=steps, **theirs)
        if batch == 256:
            table.claims += [
                Claim("times faster than torchcfm a step, batch 256",
                      theirs["seconds_per_1000"] / ours["seconds_per_1000"], 5.0, at_least=True),
                Claim("plan cost over torchcfm's", ours["plan_cost"] / theirs["plan_cost"], 1.0),
                Claim("loss over torchcfm's, at the end", ours["loss"] / theirs["loss"], 1.05),
            ]  # fmt: skip
    return table


def _ours(snapshots: Snapshots, batch: int, steps: int, seed: int) -> dict[str, float]:
    torch.set_num_threads(1)
    intervals = len(snapshots.times) - 1
    stage = Stage(Match(Linear()), steps=steps + 10, cells=batch * intervals, rate=1e-3,
                  schedule="constant")  # fmt: skip
    method = replace(make_method("ot-cfm"), stages=(stage,))
    field = make_field("mlp", snapshots.genes, hidden=(64, 64, 64), time=True, seed=seed)
    start = time.process_time()
    prepared = prepare(field, snapshots, method, seed=seed, setting=Setting(validation_share=0.0))
    planning = time.process_time() - start
    losses, clock = [], []
    loop = Loop(prepared.training, method.stages, None, seed)

    def after_step(_: Loop, __: Stage, loss: float) -> None:
        losses.append(loss)
        clock.append(time.process_time())

    loop.run(after_step)
    pairs = prepared.training.problem.draw_pairs(100_000, torch.Generator().manual_seed(seed))
    cost = float((pairs.x1 - pairs.x0).square().sum(-1).mean())
    tail = np.array(losses[-max(1, steps // 5) :])
    return {
        "seconds_per_1000": 1000 * (clock[-1] - clock[9]) / steps, "planning_seconds": planning,
        "plan_cost": cost, "loss": float(tail.mean()), "loss_sd": float(tail.std()),
    }  # fmt: skip


def _theirs(snapshots: Snapshots, batch: int, steps: int, seed: int) -> dict[str, float] | None:
    python = os.environ.get("TORCHCFM_PYTHON")
    if not python:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "populations.npz"
        populations = {
            str(k): snapshots.x[snapshots.rows(t)] for k, t in enumerate(snapshots.times)
        }
        np.savez(path, **populations)
        done = subprocess.run(
            [python, str(ROOT / "benchmarks" / "torchcfm_side.py"), str(path), str(batch),
             str(steps), str(seed)],
            env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return json.loads(done.stdout)
