"""Networks of counted cells: what depth, dropout and batches take from average precision.

The same simulated cells, wild type and knockouts of the hubs (of every gene in the smaller
systems), are seen as they are, on the scale log(1 + levels), and through a counting process: so
many molecules a gene and cell in the mean (negative binomial, overdispersion .1), cells whose depth
varies by 30 %, dropout on top of it, or two batches that change every gene by a factor of its own
(log-normal, .5) and are shared unequally by the populations. Counts are divided by the depth of
their cell, as all counts of a whole transcriptome would tell it, and logged. Panels of stem cells
(Ishikawa et al. 2023, 103 genes) have 2 molecules a gene in the mean and 1.4 in the median gene,
embryonic stem cells (Semrau et al. 2017, 41 genes) .3 in the median.

`ap` is that of `hillflow.graph` over pairs of two genes, in the mean over systems and seeds, `loss`
what the noise takes from it, `worst` of a single one; `base` is chance. `batch=` is the same
command with the batches named. Where the cells of a screen of 20 genes or more have many zeros,
the command averages similar cells into metacells; here in the scale-free system alone.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import partial
from typing import Any

import numpy as np

import hillflow as hf
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, without_batches
from hillflow.evaluate import Universe, network_scores
from hillflow.systems import SYSTEMS, Measurement, build_system, simulate

KNOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hematopoiesis", {}),
    ("six-gene", {}),
    ("scale-free", {"genes": 60, "regulators": 12}),
)
CELLS, HUBS, SEEDS = 200, 11, range(10, 13)
MOST_LOSS = 0.1
AS_THEY_ARE = "as they are"
SEEN: dict[str, dict[str, Any]] = {
    AS_THEY_ARE: {},
    "2 molecules": {"molecules": 2.0},
    "0.5 molecules": {"molecules": 0.5},
    "2 molecules, 30 % dropout": {"molecules": 2.0, "dropout": 0.3},
    "2 molecules, two batches": {"molecules": 2.0, "batches": 0.5},
    "2 molecules, two batches, batch=": {"molecules": 2.0, "batches": 0.5, "named": True},
}


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("counts", quick, seed)
    known = KNOWN[1:2] if quick else KNOWN
    for perturbed in (True, False):
        found: dict[str, list[dict[str, float]]] = {}
        for seen, how in SEEN.items():
            found[seen] = [
                table.once(
                    partial(measured, name, options, perturbed, one + seed, how), system=name,
                    perturbed=perturbed, seed=one + seed, seen=seen,
                )
                for name, options in known for one in (SEEDS[:1] if quick else SEEDS)
            ]  # fmt: skip
        for seen, every in found.items():
            loss = [a["ap"] - b["ap"] for a, b in zip(found[AS_THEY_ARE], every, strict=True)]
            table.add(
                knockouts=perturbed, seen=seen, ap=float(np.mean([one["ap"] for one in every])),
                loss=float(np.mean(loss)), worst=max(loss),
                base=float(np.mean([one["base"] for one in every])),
            )  # fmt: skip
            if perturbed and seen != AS_THEY_ARE:
                text = f"knockouts, {seen}: average precision that the noise takes"
                table.claims.append(Claim(text, float(np.mean(loss)), MOST_LOSS))
    return table


def measured(
    name: str, options: dict[str, Any], perturbed: bool, seed: int, how: dict[str, Any]
) -> dict[str, float]:
    """Average precision of the network of cells that are seen in a certain way."""
    drawn = {"seed": seed} if "genes" in options else {}  # others have one network
    system = build_system(name, **options, **drawn)
    sources = [gene for gene, _ in Counter(edge[0] for edge in system.edges()).most_common(HUBS)]
    knockouts = [f"{gene}=ko" for gene in sources] if perturbed else []
    data = simulate(system, SYSTEMS[name].times, CELLS, knockouts, seed=seed)
    cells = seen_as(Snapshots.from_anndata(data.to_anndata()), np.random.default_rng(seed), **how)
    network = hf.graph(cells, bootstraps=0, seed=seed)
    universe = Universe.ordered_pairs(cells.genes)
    scores = network_scores(network, data.network, universe)
    return {"ap": scores.ap, "base": scores.base_rate}


def seen_as(
    cells: Snapshots, random: np.random.Generator, molecules: float = 0.0, dropout: float = 0.0,
    batches: float = 0.0, named: bool = False,
) -> Snapshots:  # fmt: skip
    """The cells, counted; levels such that counts would have this mean over genes and cells."""
    levels = cells.x.astype(float) / cells.x.mean() * (molecules or 2.0)
    batch = None
    if batches:
        odd = random.random(len(cells)) < random.uniform(0.3, 0.7, len(list(cells.populations())))[
            population_of(cells)
        ]  # fmt: skip
        batch = np.where(odd, "b", "a")
        levels *= np.exp(batches * random.standard_normal((2, levels.shape[1])))[odd.astype(int)]
    if molecules:
        seen = Measurement(counts=True, molecules=1.0, dropout=dropout)
        counts, depth = seen.observe(levels, True, random)
        levels = counts / depth[:, None]
    x = np.log1p(levels).astype(np.float32)
    logged = dataclasses.replace(cells, x=x, batch=batch, scale="log1p")
    return without_batches(logged) if named else logged


def population_of(cells: Snapshots) -> np.ndarray:
    """The number of each cell's population, [cells]."""
    number = np.empty(len(cells), dtype=np.int64)
    for k, population in enumerate(cells.populations()):
        number[population.rows] = k
    return number
