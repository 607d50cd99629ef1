"""What stability over bootstraps is worth: confidences of the closed form, fitted and judged.

As in `calibrate_confidence`, a logistic map from the features of `hillflow.networks.stability` to
"this edge is real" is fitted to systems with a known network, with and without knockouts; its
numbers are those of `hillflow.closed_form.confidence`. Every system has the same say. Rows judge
such maps on systems they were not fitted to (leave one system out).
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.boolean_systems import SYSTEMS as BOOLEAN
from benchmarks.boolean_systems import boolean_cells
from benchmarks.calibrate_confidence import SYSTEM_OPTIONS, Case, compare, fitted, judge
from benchmarks.table import Table
from hillflow.closed_form.confidence import COEFFICIENTS, INTERCEPT
from hillflow.closed_form.coupled import coupled
from hillflow.closed_form.network import BOOTSTRAPS, closed_form_views
from hillflow.data import Snapshots
from hillflow.networks.stability import stability
from hillflow.systems import SYSTEMS, build_system, simulate

CELLS, KNOCKOUTS, DRAWN = 200, ("none", "some", "all"), 3
KNOWN = [(name, options) for name, options in SYSTEM_OPTIONS if name != "linear"]  # levels below 0


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("calibrate_closed_form", quick, seed)
    systems: list[tuple[str, dict[str, Any]]] = [*KNOWN, *((name, {}) for name in BOOLEAN)]
    cases = []
    for name, options in systems[:3] if quick else systems:
        for knockouts in KNOCKOUTS:
            found = table.once(
                lambda n=name, o=options, k=knockouts: _measured(n, o, k, seed),  # type: ignore[misc]
                system=name, knockouts=knockouts, **options,
            )  # fmt: skip
            system = f"{name} {options['genes']}" if "genes" in options else name
            features, truth = np.array(found["features"]), np.array(found["truth"], dtype=bool)
            cases.append(Case(system, "closed form", knockouts != "none", features, truth))
    judge(table, cases, ("closed form",))
    compare(table, fitted(cases), INTERCEPT, COEFFICIENTS)
    return table


def _measured(name: str, options: dict[str, Any], knockouts: str, seed: int) -> dict[str, Any]:
    """Features of every pair of two genes, and which pairs are edges."""
    start = time.process_time()
    cells, pairs = _cells(name, options, knockouts, seed)
    genes = list(cells.genes)
    listed = ~np.eye(len(genes), dtype=bool)
    views = closed_form_views(coupled(cells, seed), np.arange(len(genes)), listed, BOOTSTRAPS, seed)
    truth = np.zeros(listed.shape, dtype=bool)
    for source, target in pairs:
        truth[genes.index(target), genes.index(source)] = True
    features = stability(views.resampled, listed, listed).features(listed)
    return {
        "features": features.round(5).tolist(), "truth": truth[listed].astype(int).tolist(),
        "cpu": time.process_time() - start,
    }  # fmt: skip


def _cells(
    name: str, options: dict[str, Any], knockouts: str, seed: int
) -> tuple[Snapshots, list[tuple[str, str]]]:
    """Cells under no, three or all knockouts, and the pairs that are edges."""
    if name in BOOLEAN:
        every, truth = boolean_cells(name, seed)
        treated = [one for one in every.conditions if not one.is_control]
        count = {"none": 0, "some": DRAWN, "all": len(treated)}[knockouts]
        order = np.random.default_rng(seed).permutation(len(treated))[:count]
        kept = {treated[k].name for k in order}
        rows = [
            population.rows for population in every.populations()
            if population.condition.is_control or population.condition.name in kept
        ]  # fmt: skip
        pairs = list(zip(truth["source"], truth["target"], strict=True))
        return every.take(np.sort(np.concatenate(rows))), pairs
    system = build_system(name, **options)
    genes = list(system.genes)
    count = {"none": 0, "some": DRAWN, "all": len(genes)}[knockouts]
    data = simulate(
        system, SYSTEMS[name].times, CELLS, [f"{g}=ko" for g in genes[:count]], seed=seed
    )
    return Snapshots.from_anndata(data.to_anndata()), data.network.pairs()
