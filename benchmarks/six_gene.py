"""The six-gene system with known law: how good a field comes out of matching, rollout, both.

A network and decay a gene with the true edges as mask, five times of 1,500 cells. Scored on
cells drawn anew: W2 of one interval's rollout (floor: two draws of the truth), and the mean
cosine between the fitted and the true velocity at the cells.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from benchmarks.table import Claim, Table
from hillflow.data import Snapshots
from hillflow.fields import CandidateEdges, make_field
from hillflow.model import Fit
from hillflow.objectives.registry import make_method
from hillflow.systems import RegulatorySystem, SimulatedData, build_system, simulate
from hillflow.train import train
from hillflow.transport import w2

TIMES = (0.0, 1.0, 2.0, 4.0, 6.0)
COMPARED = 1000  # cells a population in W2


def run(quick: bool, seed: int) -> Table:
    table = Table()
    seeds = range(seed, seed + (1 if quick else 3))
    default = make_method("default", effort=0.1 if quick else 1.0)
    matching, rollout = default.stages
    methods = {
        "matching only": [matching],
        "rollout only": [replace(rollout, steps=round(1.6 * rollout.steps))],
        "matching, then rollout (default)": [matching, rollout],
    }
    for name, stages in methods.items():
        scores = np.array([_score(stages, s) for s in seeds])
        (w, floor, cosine, cpu), sd = scores.mean(0).tolist(), scores.std(0).tolist()
        table.add(
            method=name, seeds=len(scores), one_step_w2=w, sd_w2=sd[0], floor=floor,
            cosine=cosine, sd_cosine=sd[2], cpu_seconds=cpu,
        )  # fmt: skip
    table.claims += [
        Claim("default's one-step W2 over the sampling floor", w / floor, 1.5),
        Claim("default's cosine to the true velocity", cosine, 0.9, at_least=True),
    ]
    return table


def _score(stages: list, seed: int) -> tuple[float, float, float, float]:
    system = build_system("six-gene")
    training, test = _draw(system, seed), _draw(system, seed + 1000)
    snapshots = Snapshots.from_anndata(training.to_anndata())
    genes = list(snapshots.genes)
    edges = CandidateEdges(
        [genes.index(g) for g in training.network.source],
        [genes.index(g) for g in training.network.target],
        len(genes),
    )
    field = make_field("sparse", genes, edges=edges, l1=0.0, seed=seed)
    start = time.process_time()
    model = train(field, snapshots, stages, seed=seed)
    seconds = time.process_time() - start
    return (*_landing(model, snapshots, test), _cosine(model, system, test), seconds)


def _draw(system: RegulatorySystem, seed: int) -> SimulatedData:
    return simulate(system, TIMES, 1500, seed=seed)


def _landing(model: Fit, training: Snapshots, test: SimulatedData) -> tuple[float, float]:
    fresh = Snapshots.from_anndata(test.to_anndata())
    landed, floor = [], []
    for before, after in pairwise(TIMES):
        moved = model.simulate(fresh.x[fresh.rows(before)], [before, after])[-1]
        truth = fresh.x[fresh.rows(after)][:COMPARED].astype(np.float64)
        landed.append(w2(moved[:COMPARED].astype(np.float64), truth))
        floor.append(w2(training.x[training.rows(after)][:COMPARED].astype(np.float64), truth))
    return float(np.mean(landed)), float(np.mean(floor))


def _cosine(model: Fit, system: RegulatorySystem, test: SimulatedData) -> float:
    x = test.expression
    ours = torch.from_numpy(np.asarray(model.velocity(x.astype(np.float32)), dtype=np.float64))
    theirs = torch.from_numpy(system.velocity(x))
    return float(torch.cosine_similarity(ours, theirs, dim=1).mean())
