"""Networks from snapshots and knockouts: average precision over ordered off-diagonal pairs.

Cells are taken as log(1 + x), the scale that the numbers we compare with are of (on it, not on the
files as they are, our |correlation| agrees with theirs, .382 on hsc and .385 on tf, wild type).
The recipe is fits of two fields, `sparse` and `dense`, by the method `network`, and the readout
`consensus`. It was settled on li, cn5, fn4 and on systems that we simulate: first on four of
`boolean_systems` (added because a recipe settled on the three alone had done badly on one seed of
hsc; ten more, drawn by chance, were there for the shares); then, since all of those differ from
the benchmark in how fast mRNA is and in what a time is, on li, cn5, fn4, ten published systems and
seventeen of ours in its own regime, where `dense` and its share, and slopes relative to a target's
strongest, were chosen (`asynchronous_systems` has eight of the ten, by another simulator). hsc and
tf were not unseen: earlier recipes were scored on them (the last one .572 and .850 on hsc, .659
and .948 on tf, wild type and all knockouts; this one with fits of `linear` besides .580, .831, .686
and .963, not taken since li and fn4 fell), and their scores were printed beside those of the
systems chosen by.

`hillflow` is the consensus, `hillflow, fit alone` what the networks say without the two views it
adds (`ridge-midway` and `truth-tables`, which are ours too and stand among the baselines). Each
seed takes four fifths of the cells of every population, drawn anew, and a random subset of the
knockouts; the curve over the number of knockouts has two seeds, as have li, cn5 and fn4; the
systems that we simulate have one, of fresh cells. One thread; CPU seconds are of one network, fits
and readout together.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.asynchronous_systems import PUBLISHED, asynchronous_cells
from benchmarks.boolean_systems import SYSTEMS, boolean_cells
from benchmarks.reference_data import data_file, logged
from benchmarks.table import Claim, Table
from hillflow.baselines import NETWORK_BASELINES
from hillflow.causal import graph
from hillflow.data import Snapshots
from hillflow.evaluate import Universe, network_scores, network_signs
from hillflow.model import Fit
from hillflow.networks import Network
from hillflow.train import Setting, train

SETTLED_ON, SCORED_ONCE = ("li", "cn5", "fn4"), ("hsc", "tf")
MEMBERS = {"sparse": 5, "dense": 3}  # of each kind of field
METHOD, READOUT = "network", "consensus"
FIT_ALONE = "hillflow, fit alone"
FRESH = 100  # added to the seeds of systems that we simulate: other cells than it was settled on
KEPT = 0.8  # of the cells of each population
GOALS = {
    ("hsc", "none"): 0.75, ("hsc", "all"): 0.83, ("tf", "none"): 0.65, ("tf", "all"): 0.97,
}  # fmt: skip
COLUMNS = ("ap", "auroc", "sign_accuracy", "cpu_seconds")


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("networks", quick, seed)
    for system in ("fn4",) if quick else SCORED_ONCE:
        for count in ("none", "all"):
            _score(table, system, count, range(seed, seed + (1 if quick else 5)), quick)
    if not quick:
        for system in SCORED_ONCE:
            for count in ("1", "2", "3"):
                _score(table, system, count, range(seed, seed + 2), quick)
        for count in ("none", "all"):
            for system in (*SETTLED_ON, *SYSTEMS):
                seeds = 1 if system in SYSTEMS else 2
                _score(table, system, count, range(seed, seed + seeds), quick)
            _score(table, "eight published", count, range(seed, seed + 1), quick, tuple(PUBLISHED))
    return table


def _score(
    table: Table, data: str, count: str, seeds: range, quick: bool, systems: tuple[str, ...] = ()
) -> None:
    """Rows of one system, or of the mean over several; sd is over seeds and systems."""
    every = [
        table.once(
            lambda seed=seed, system=system: _measured(system, count, seed, quick),  # type: ignore[misc]
            system=system, knockouts=count, seed=seed,
        )
        for seed in seeds
        for system in systems or (data,)
    ]  # fmt: skip
    base = float(np.mean([one["base_rate"] for one in every]))
    for name in every[0]["methods"]:
        found = {key: [one["methods"][name][key] for one in every] for key in COLUMNS}
        mean = float(np.mean(found["ap"]))
        table.add(
            data=data, knockouts=count, method=name, seeds=len(seeds),
            systems=len(systems) or 1, ap=mean,
            sd=float(np.std(found["ap"])), ap_over_base=mean / base,
            **{key: _mean(found[key]) for key in COLUMNS[1:]},
        )  # fmt: skip
        if name == "hillflow" and (data, count) in GOALS:
            goal = GOALS[data, count]
            text = f"{data}, {count} of the knockouts: average precision"
            table.claims.append(Claim(text, mean, goal, at_least=True))


def _measured(system: str, count: str, seed: int, quick: bool) -> dict[str, Any]:
    """Scores of every method on the same cells."""
    every, truth = system_cells(system, seed)
    cells = part_of(every, count, seed)
    universe = Universe.ordered_pairs(cells.genes)
    found, seconds = timed_network("hillflow", cells, seed, quick)
    methods = {"hillflow": _scores(found, truth, universe, seconds)}
    own = found.edges["fitted"]
    alone = found.edges.assign(weight=own, sign=np.sign(own).astype(int))
    methods[FIT_ALONE] = _scores(alone, truth, universe, None)
    for name in NETWORK_BASELINES:
        edges, seconds = timed_network(name, cells, seed, quick)
        methods[name] = _scores(edges, truth, universe, seconds)
    return {"base_rate": network_scores(edges, truth, universe).base_rate, "methods": methods}


def _scores(edges: Any, truth: pd.DataFrame, universe: Universe, seconds: float | None) -> dict:
    scores = network_scores(edges, truth, universe)
    signs = network_signs(edges, truth, universe, draws=9).scores
    return {
        "ap": scores.ap, "auroc": scores.auroc, "cpu_seconds": seconds,
        "sign_accuracy": None if signs is None else signs.accuracy,
    }  # fmt: skip


def timed_network(method: str, cells: Snapshots, seed: int, quick: bool) -> tuple[Any, float]:
    """The network by our recipe or by a baseline, and its CPU seconds."""
    start = time.process_time()
    if method == "hillflow":
        edges: Any = hillflow_network(cells, seed, quick)
    else:
        edges = NETWORK_BASELINES[method].network(cells)
    return edges, time.process_time() - start


def hillflow_network(cells: Snapshots, seed: int, quick: bool) -> Network:
    """The graph by our recipe: fits of two kinds, two views in closed form, their consensus."""
    setting = Setting(effort=0.05) if quick else Setting()
    fits = [
        train(field, cells, METHOD, members=2 if quick else members, seed=seed,
                     setting=setting)
        for field, members in MEMBERS.items()
    ]  # fmt: skip
    return graph(Fit.of(*fits), cells, READOUT)


def system_cells(name: str, seed: int, log: bool = True) -> tuple[Snapshots, pd.DataFrame]:
    """Every cell of a system, as log(1 + x) unless levels are wanted, and its true edges."""
    if name in SYSTEMS:
        cells, truth = boolean_cells(name, FRESH + seed)
    elif name in PUBLISHED:
        cells, truth = asynchronous_cells(name, FRESH + seed)
    else:
        cells = Snapshots.from_anndata(data_file(f"boolode_{name}/expression.h5ad"))
        truth = pd.read_csv(data_file(f"boolode_{name}/truth.csv"))
    return logged(cells) if log else cells, truth


def part_of(every: Snapshots, count: str, seed: int) -> Snapshots:
    """A part of the wild type's cells, and of those of some knockouts."""
    random = np.random.default_rng(seed)
    treated = [one for one in every.conditions if not one.is_control]
    drawn = random.permutation(len(treated))
    number = {"none": 0, "all": len(treated)}.get(count)
    wanted = {treated[k].name for k in drawn[: int(count) if number is None else number]}
    rows = [
        random.choice(population.rows, int(KEPT * len(population)), replace=False)
        for population in every.populations()
        if population.condition.is_control or population.condition.name in wanted
    ]
    return every.take(np.sort(np.concatenate(rows)))


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
