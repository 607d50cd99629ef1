"""A screen of every knockout, and of pairs, on a Hill system of 350 genes; one thread.

The network is `ScaleFree` with 350 genes, the size of the simulated system of the PHOENIX
paper. The field is edge-wise Hill with exactly its parameters, so that nothing is fitted, and
is first held against the system's own velocity. 500 cells are rolled out over 4 h, some
lifetimes of a gene, in twenty exponential steps. What the steps cost in accuracy stands beside it.
"""

from __future__ import annotations

from typing import Any

from benchmarks.measure import Work, measured
from benchmarks.table import Claim, Table

SIZES = {"genes": 350, "cells": 500, "pairs": 1000}
QUICK = {"genes": 40, "cells": 40, "pairs": 30}
END = 4.0
STEPS = 20


def run(quick: bool, seed: int) -> Table:
    table, sizes = Table(), QUICK if quick else SIZES
    error, disagreement = _accuracy(sizes["genes"], seed)
    limits = {"singles": 60.0, "pairs": 180.0}
    for part, limit in limits.items():
        asked = sizes if part == "pairs" else {**sizes, "pairs": 0}
        found = measured("benchmarks.screen_speed:case", 1, **asked, seed=seed)
        taken = found["seconds"]["work"]
        table.add(
            part=part, genes=sizes["genes"], cells=sizes["cells"],
            interventions=sizes["pairs"] if part == "pairs" else sizes["genes"],
            cpu_seconds=taken["cpu"], seconds=taken["wall"], peak_mb=found["peak_mb"],
        )  # fmt: skip
        what = (
            f"all {sizes['genes']} single knockouts" if part == "singles"
            else f"{sizes['pairs']:,} pairs and their single knockouts"
        )  # fmt: skip
        table.claims.append(
            Claim(f"{what} × {sizes['cells']} cells, CPU seconds", taken["cpu"], limit)
        )
    table.claims += [
        Claim("largest error of an effect size by the step, as a share of it", error, 0.02),
        Claim("largest difference of the field's velocity from the system's", disagreement, 1e-4),
    ]
    return table


def case(genes: int, cells: int, pairs: int, seed: int) -> Work:
    """A screen of all genes, or of random pairs and their genes, with its tables."""
    import numpy as np

    from hillflow.causal import screen

    model, data = _known(genes, cells, seed)
    random = np.random.default_rng(seed)
    listed = [tuple(random.choice(genes, 2, replace=False)) for _ in range(2 * pairs)]
    unique = list(dict.fromkeys(tuple(sorted(pair)) for pair in listed))[:pairs]
    wanted = [(f"G{i + 1}", f"G{j + 1}") for i, j in unique]

    def work() -> object:
        result = screen(model, data, pairs=wanted or False, cells=cells, steps=STEPS)
        return len(result.effects), len(result.ranking), len(result.interactions)

    return work


def _accuracy(genes: int, seed: int) -> tuple[float, float]:
    """What the steps miss of effect sizes, and the field of the system's velocity."""
    import numpy as np

    from hillflow.causal import screen
    from hillflow.systems import ScaleFree

    model, data = _known(genes, 50, seed)
    some = list(model.genes[:20])
    rough, fine = (
        screen(model, data, genes=some, steps=n).ranking.set_index("perturbation")["effect"]
        for n in (STEPS, 4 * STEPS)
    )
    missed = (rough[fine.index] - fine).abs() / fine.where(fine > 0, 1.0)
    x = data.x.astype(np.float64)
    theirs = ScaleFree(genes, seed=seed).velocity(x)
    return float(missed.max()), float(np.abs(model.velocity(data.x) - theirs).max())


def _known(genes: int, cells: int, seed: int) -> tuple[Any, Any]:
    """The system as a model, and its control cells at the start and the end."""
    import numpy as np
    import pandas as pd
    import torch

    from hillflow.data import LinearBasis, Snapshots
    from hillflow.fields import CandidateEdges, make_field
    from hillflow.fields.positive import inverse_softplus
    from hillflow.model import Member
    from hillflow.objectives.heads import Heads
    from hillflow.systems import ScaleFree, simulate

    system = ScaleFree(genes, seed=seed)
    dense = system.weights.toarray()
    target, source = np.nonzero(dense)
    edges = CandidateEdges(source, target, genes)
    field = make_field("hill", system.genes, edges=edges, dtype=torch.float64)
    n = (system.exponent - 1) / 7
    with torch.no_grad():
        ends = field.edges.target.numpy(), field.edges.source.numpy()
        field.strength.copy_(torch.from_numpy(dense[ends]))
        field.log_threshold.copy_(torch.from_numpy(system.threshold).log())
        field.raw_exponent.fill_(float(np.log(n / (1 - n))))
        field.units.raw_decay.copy_(inverse_softplus(torch.from_numpy(system.decay)))
        basal = torch.from_numpy(0.05 * system.decay)
        share = field.edges.sum_to_targets(torch.relu(-field.weights))
        field.raw_level.copy_(inverse_softplus(basal) + share)
    times = (0.0, END)
    data = simulate(system, times=times, cells=cells, seed=seed)
    snapshots = Snapshots.from_anndata(data.to_anndata(), scale="unknown")
    field = field.float()
    basis = LinearBasis.fit(snapshots.x, min(20, genes))
    nothing = pd.DataFrame({"stage": [0.0], "validation_loss": [np.nan]})
    model = Member(
        Heads(field).eval(), snapshots.time_unit, snapshots.scale, times, snapshots.conditions,
        basis, seed, {}, {}, nothing,
    )  # fmt: skip
    return model, snapshots
