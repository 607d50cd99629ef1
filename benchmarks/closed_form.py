"""The network in closed form beside the recipe of fits: average precision, and what each costs.

The cells are those of `networks` (same systems, knockouts and seeds), as they are measured;
`recipe_ap` is what its committed result has for its consensus of eight fits and two views, on the
same cells on a log scale. Ours is `hillflow.graph` of these cells: weights in closed form, and
confidences over twenty bootstraps; `confidence_ap` ranks by these. Nothing of the closed form was
chosen on hsc, tf or the eight published systems. `one_cell` is the Jaccard index of the top edges,
as many as are true, with and without one cell, `subsamples` that of two draws of 80 % of the cells,
both means over five draws, beside those of a forest (`dynamic_tree`).
"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks.asynchronous_systems import PUBLISHED
from benchmarks.environment import ROOT
from benchmarks.networks import SCORED_ONCE, SETTLED_ON, part_of, system_cells
from benchmarks.table import Claim, Table
from hillflow.baselines import dynamic_tree
from hillflow.closed_form import closed_form_network
from hillflow.data import Snapshots
from hillflow.evaluate import Universe, network_scores
from hillflow.networks import Network

RECIPE = ROOT / "benchmarks" / "results" / "networks.json"
SEEDS = {**dict.fromkeys(SCORED_ONCE, 5), **dict.fromkeys(SETTLED_ON, 2), "eight published": 1}
DRAWS = 5  # of cells, for the stability of the top edges


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("closed_form", quick, seed)
    data = ("fn4",) if quick else tuple(SEEDS)
    reached: dict[str, list[tuple[float, float]]] = {"none": [], "all": []}
    for name in data:
        for count in ("none", "all"):
            seeds = range(seed, seed + (1 if quick else SEEDS[name]))
            systems = tuple(PUBLISHED) if name == "eight published" else (name,)
            every = [
                table.once(partial(_measured, system, count, s), system=system, knockouts=count,
                           seed=s)
                for s in seeds for system in systems
            ]  # fmt: skip
            recipe = _recipe(name, count)
            mean = {key: float(np.mean([one[key] for one in every])) for key in every[0]}
            table.add(
                data=name, knockouts=count, seeds=len(seeds), systems=len(systems), **mean,
                sd=float(np.std([one["ap"] for one in every])), recipe_ap=recipe.get("ap"),
                recipe_cpu_seconds=recipe.get("cpu_seconds"),
            )  # fmt: skip
            # The eight count as eight, as the five others count each.
            reached[count] += [(mean["ap"], recipe.get("ap", np.nan))] * len(systems)
    for count, pairs in reached.items():
        ours, theirs = np.mean(pairs, axis=0).tolist()
        text = f"mean AP of all systems over the recipe's, {count} of the knockouts"
        table.claims.append(Claim(text, ours / theirs, 1.0, at_least=True))
    seconds = max(float(row["cpu_seconds"]) for row in table.rows)
    table.claims.append(Claim("CPU seconds of a network with confidence, the dearest", seconds, 5))
    if not quick:
        _stability(table, seed)
    return table


def _measured(system: str, count: str, seed: int) -> dict[str, float]:
    """Scores of the closed form on the cells of `networks`."""
    every, truth = system_cells(system, seed, log=False)
    cells = part_of(every, count, seed)
    universe = Universe.ordered_pairs(cells.genes)
    start = time.process_time()
    network = closed_form_network(cells, seed=seed)
    seconds = time.process_time() - start
    sure = network.edges.assign(weight=network.edges["confidence"])
    return {
        "ap": network_scores(network, truth, universe).ap,
        "confidence_ap": network_scores(sure, truth, universe).ap,
        "cpu_seconds": seconds,
    }  # fmt: skip


def _recipe(data: str, count: str) -> dict[str, Any]:
    """The committed row of `networks` for its recipe; empty if there is none."""
    rows = json.loads(RECIPE.read_text(encoding="utf-8"))["rows"]
    key = {"data": data, "knockouts": count, "method": "hillflow"}
    return next((row for row in rows if key.items() <= row.items()), {})


def _stability(table: Table, seed: int) -> None:
    """Jaccard indices of top edges, of ours and of a forest."""
    methods = {"closed form": partial(closed_form_network, bootstraps=0), "forest": dynamic_tree}
    for system in SCORED_ONCE:
        every, truth = system_cells(system, seed, log=False)
        cells = part_of(every, "all", seed)
        for name, infer in methods.items():
            found = table.once(
                partial(_agreement, cells, infer, len(truth), seed), stability=system, method=name
            )
            table.add(data=system, method=name, **found)
            if name == "closed form":
                table.claims += [
                    Claim(f"{system}: Jaccard of top edges with and without one cell",
                          found["one_cell"], 0.95, at_least=True),
                    Claim(f"{system}: Jaccard of top edges of two 80 % subsamples",
                          found["subsamples"], 0.7, at_least=True),
                ]  # fmt: skip


def _agreement(cells: Snapshots, infer: Any, top: int, seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    whole, one, both = _top(infer(cells), top), [], []
    for _ in range(DRAWS):
        without = np.delete(np.arange(len(cells)), random.integers(len(cells)))
        one.append(_jaccard(whole, _top(infer(cells.take(without)), top)))
        drawn = [_top(infer(_drawn(cells, random)), top) for _ in range(2)]
        both.append(_jaccard(*drawn))
    return {"one_cell": float(np.mean(one)), "subsamples": float(np.mean(both))}


def _drawn(cells: Snapshots, random: np.random.Generator) -> Snapshots:
    """80 % of the cells of every population."""
    rows = [
        random.choice(population.rows, int(0.8 * len(population)), replace=False)
        for population in cells.populations()
    ]
    return cells.take(np.sort(np.concatenate(rows)))


def _top(network: Network, count: int) -> set[tuple[str, str]]:
    edges = network.edges.head(count)
    return set(zip(edges["source"], edges["target"], strict=True))


def _jaccard(a: set[tuple[str, str]], b: set[tuple[str, str]]) -> float:
    return len(a & b) / len(a | b)
