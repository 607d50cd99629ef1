"""The methods that `real` compares: each ranks every gene as a target of every tested regulator."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD
from benchmarks.real_sets import Array, RealData
from hillflow.activities import activity_associations, activity_network, flattened, regulons
from hillflow.activities.associations import mrna_associations
from hillflow.baselines import dynamic_tree
from hillflow.closed_form import closed_form_network
from hillflow.closed_form.coupled import coupled
from hillflow.data import Snapshots, Trajectories
from hillflow.networks import Network

TREES = 20
RATE = 8.0  # 1/h: a half-life of 5 min, short for an mRNA of yeast or bacteria
HUBS, OURS, FIRST = "hubs", "hillflow", "hillflow, known first"

Method = Callable[[RealData, int], Array]  # scores, [regulators, genes]; NaN rows: no score


def random_scores(data: RealData, seed: int) -> Array:
    return np.random.default_rng(seed).random((len(data.regulators), len(data.genes)))


def mrna_scores(data: RealData, seed: int) -> Array:
    return np.abs(mrna_associations(data.x, data.columns))


def motif_scores(data: RealData, seed: int) -> Array:
    targets = regulons(data.prior, data.genes, tmin=1)
    return _rows(data, targets.regulators, (targets.weight.toarray().T != 0).astype(float))


def degree_scores(data: RealData, seed: int) -> Array:
    """In-degree, for regulators that have a motif."""
    targets = regulons(data.prior, data.genes, tmin=1)
    degree = np.asarray((targets.weight != 0).sum(axis=1)).ravel().astype(float)
    return _rows(data, targets.regulators, np.tile(degree, (len(targets), 1)))


def motif_degree_scores(data: RealData, seed: int) -> Array:
    """Pairs with a motif before the others, each group by in-degree."""
    degree = degree_scores(data, seed)
    return motif_scores(data, seed) * (1 + np.nanmax(degree)) + degree


def activity_scores(data: RealData, seed: int) -> Array:
    """|r| with the activity from z-scored expression as measured."""
    x = data.x - data.x.mean(axis=0)
    spread = x.std(axis=0)
    z = x / np.where(spread > 0, spread, 1.0)
    targets = regulons(data.prior, data.genes, tmin=1)
    r = activity_associations(z, targets, neighbours=data.neighbours, order=data.order)
    undefined = np.isnan(r)  # all known targets are left out: neither a target nor none
    r[undefined] = 0
    middle = np.median(np.abs(r), axis=1, keepdims=True)
    return _rows(data, targets.regulators, np.where(undefined, middle, np.abs(r)))


def hillflow_scores(data: RealData, seed: int, known: str = "ignore") -> Array:
    network = activity_network(
        data.samples, data.genes, data.prior, regulator_state=data.state, known=known,
        neighbours=data.neighbours, order=data.order, tmin=1,
    )  # fmt: skip
    return _of_network(data, network)


def production_scores(data: RealData, seed: int) -> Array:
    """Production at `RATE` on the activity at the same step; series only."""
    steps = coupled(data.cells, seed).steps(0)
    states, production = (flattened(part * steps.top) for part in steps.at(RATE))
    targets = regulons(data.prior, data.genes, tmin=1)
    r = activity_associations(
        states, targets, production, neighbours=data.neighbours, order=data.order
    )
    return _rows(data, targets.regulators, np.nan_to_num(r))


def forest_scores(data: RealData, seed: int) -> Array:
    network = dynamic_tree(data.cells, regulators=data.regulators, trees=TREES, seed=seed)
    return _of_network(data, network)


def renge_scores(data: RealData, seed: int) -> Array:
    """|coefficient| of RENGE, in the environment whose Python RENGE_PYTHON names."""
    assert isinstance(data.cells, Snapshots)
    acting = [one.genes[0] if one.genes else "" for one in data.cells.conditions]
    place = {gene: k for k, gene in enumerate(data.genes)} | {"": -1}
    knockout = np.array([place[name] for name in acting])[data.cells.condition]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.npz"
        x = data.cells.x.astype(float)
        np.savez(path, x=x, time=data.cells.time, knockout=knockout)
        done = subprocess.run(
            [os.environ["RENGE_PYTHON"], str(ROOT / "benchmarks" / "renge_side.py"), str(path)],
            env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return np.abs(json.loads(done.stdout)["coefficients"]).T[data.columns]


def closed_form_scores(data: RealData, seed: int) -> Array:
    network = closed_form_network(data.cells, regulators=data.regulators, bootstraps=0, seed=seed)
    return _of_network(data, network)


METHODS: dict[str, Method] = {
    "random": random_scores,
    "mRNA": mrna_scores,
    "closed form": closed_form_scores,
    "motif": motif_scores,
    "in-degree": degree_scores,
    "motif, in-degree": motif_degree_scores,
    "activity": activity_scores,
    "production": production_scores,
    OURS: hillflow_scores,
    FIRST: partial(hillflow_scores, known="first"),
    "forest": forest_scores,
    "RENGE": renge_scores,
}
OF_MOTIFS = (
    "motif",
    "in-degree",
    "motif, in-degree",
    FIRST,
)  # circular where the prior holds the truth


def methods_for(data: RealData, quick: bool) -> list[str]:
    left_out = {"forest", "RENGE"} if quick else set()
    screened = isinstance(data.cells, Snapshots) and len(data.cells.conditions) > 1
    if not (screened and os.environ.get("RENGE_PYTHON")):
        left_out.add("RENGE")
    if data.known_is_truth:
        left_out |= set(OF_MOTIFS)
    if not isinstance(data.cells, Trajectories):
        left_out.add("production")
    return [name for name in METHODS if name not in left_out]


def _rows(data: RealData, names: Iterable[str], scores: Array) -> Array:
    """Rows in the order of the tested regulators; NaN for those without."""
    place = {name: k for k, name in enumerate(names)}
    made = np.full((len(data.regulators), len(data.genes)), np.nan)
    for k, name in enumerate(data.regulators):
        if name in place:
            made[k] = scores[place[name]]
    return made


def _of_network(data: RealData, network: Network) -> Array:
    """|weight| of every pair; NaN rows for regulators that it does not list."""
    row = {name: k for k, name in enumerate(data.regulators)}
    column = {name: k for k, name in enumerate(data.genes)}
    listed = np.isin(network.source, data.regulators)
    made = np.full((len(row), len(column)), np.nan)
    made[[row[name] for name in set(network.source[listed])]] = 0.0
    sources, targets = network.source[listed], network.target[listed]
    made[[row[s] for s in sources], [column[t] for t in targets]] = np.abs(network.weight[listed])
    return made
