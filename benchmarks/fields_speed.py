"""Speed and memory of fields under solvers; one thread, random states, ratios in one process."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import Work, measured
from benchmarks.table import Claim, Table

EDGES_A_GENE = 20
STEPS = 10


def run(quick: bool, seed: int) -> Table:
    """All four parts: integrators, sparse against dense, a large step, a knockout screen."""
    table = Table()
    _integrators(table, quick, seed)
    _sparse_against_all_pairs(table, quick, seed)
    _large_training_step(table, quick, seed)
    _screen(table, quick, seed)
    return table


def _integrators(table: Table, quick: bool, seed: int) -> None:
    for genes in (50,) if quick else (50, 500, 2000):
        repeats = {50: 41, 500: 15, 2000: 15}[genes] if not quick else 5
        seconds = measured(
            "benchmarks.fields_speed:integrator_case", repeats, genes=genes, seed=seed
        )["seconds"]
        ours = seconds["hillflow rk4"]["cpu"]
        for solver, taken in seconds.items():
            table.add(
                part="forward and backward, hill-dense, 256 cells", genes=genes, solver=solver,
                seconds=taken["wall"], cpu_seconds=taken["cpu"], times_ours=taken["cpu"] / ours,
                repeats=repeats,
            )  # fmt: skip
        table.claims.append(
            Claim(
                f"our rk4 over torchdiffeq's at {genes} genes, processor time",
                ours / seconds["torchdiffeq rk4"]["cpu"],
                1.0,
            )
        )


def integrator_case(genes: int, seed: int) -> dict[str, Work]:
    """Ten RK4 steps and their gradients, ours and torchdiffeq's, and dopri5, on one field."""
    from functools import partial

    import torch
    from torchdiffeq import odeint

    from hillflow.fields import make_field
    from hillflow.solve import integrate, make_solver

    field = make_field("hill-dense", [f"G{i}" for i in range(genes)], seed=seed)
    x0 = torch.rand(256, genes, generator=torch.Generator().manual_seed(seed))
    unit = torch.tensor([0.0, 1.0])

    def theirs():
        return odeint(field, x0, unit, method="rk4", options={"step_size": 1 / STEPS})[-1]

    flows = {
        "hillflow rk4": partial(integrate, field, x0, 1.0, solver="rk4", steps=STEPS),
        "torchdiffeq rk4": theirs,
        "hillflow exponential": partial(
            integrate, field, x0, 1.0, solver="exponential", steps=STEPS
        ),
        "torchdiffeq dopri5, rtol 1e-3": partial(
            integrate, field, x0, 1.0, solver=make_solver("dopri5", rtol=1e-3, atol=1e-4)
        ),
        "torchdiffeq dopri5, rtol 1e-7": partial(
            integrate, field, x0, 1.0, solver=make_solver("dopri5", rtol=1e-7, atol=1e-9)
        ),
    }

    def learning(flow: Work) -> Work:
        def work() -> None:
            field.zero_grad()
            flow().square().mean().backward()  # type: ignore[attr-defined]

        return work

    return {name: learning(flow) for name, flow in flows.items()}


def _sparse_against_all_pairs(table: Table, quick: bool, seed: int) -> None:
    for genes in (100,) if quick else (500, 2000):
        found = {}
        for pairs in ("20 edges a gene", "all pairs"):
            repeats = 3 if quick or (genes, pairs) == (2000, "all pairs") else 9
            found[pairs] = _training(table, genes, pairs, repeats, seed)
        work, memory = (
            found["all pairs"][key] / found["20 edges a gene"][key] for key in ("cpu", "memory")
        )
        # The ratios grow with the genes; what is claimed is claimed at 2,000.
        if genes == 2000:
            table.claims += [
                Claim(
                    "all pairs over 20 edges a gene at 2,000 genes, processor time", work, 10, True
                ),
                Claim("all pairs over 20 edges a gene at 2,000 genes, memory", memory, 10, True),
            ]


def _large_training_step(table: Table, quick: bool, seed: int) -> None:
    genes = 500 if quick else 11_165
    found = _training(table, genes, "20 edges a gene", 3 if quick else 9, seed)
    table.claims += [
        Claim(f"training step at {genes:,} genes, seconds", found["wall"], 0.5),
        Claim(f"training step at {genes:,} genes, MB", found["memory"], 2000),
    ]


def _training(table: Table, genes: int, pairs: str, repeats: int, seed: int) -> dict[str, float]:
    found = measured(
        "benchmarks.fields_speed:training_case", repeats,
        genes=genes, all_pairs=pairs == "all pairs", seed=seed,
    )  # fmt: skip
    taken, held = found["seconds"]["work"], found["peak_mb"]
    table.add(
        part="training step, hill, 17 cells, 4 exponential steps, Adam", genes=genes,
        candidates=pairs, seconds=taken["wall"], cpu_seconds=taken["cpu"], peak_mb=held,
        repeats=repeats,
    )  # fmt: skip
    return {**taken, "memory": held}


def training_case(genes: int, all_pairs: bool, seed: int) -> Work:
    """One step of Adam on the edge-wise Hill field: 17 cells, 4 exponential steps."""
    import torch

    from hillflow.solve import integrate

    field = _hill(genes, all_pairs, seed)
    generator = torch.Generator().manual_seed(seed)
    x0, x1 = torch.rand(2, 17, genes, generator=generator)
    optimiser = torch.optim.Adam(field.parameters(), lr=1e-3)

    def work() -> None:
        optimiser.zero_grad()
        end = integrate(field, x0, 1.0, solver="exponential", steps=4)
        (end - x1).square().mean().backward()
        optimiser.step()

    return work


def _screen(table: Table, quick: bool, seed: int) -> None:
    sizes = {"interventions": 200, "cells": 500, "genes": 500}
    if quick:
        sizes = {"interventions": 10, "cells": 50, "genes": 100}
    repeats = 1 if quick else 3
    for at_once in (sizes["cells"], 20):
        found = measured(
            "benchmarks.fields_speed:screen_case", repeats, **sizes, at_once=at_once, seed=seed
        )
        table.add(
            part="knockout screen, hill, 4 exponential steps", **sizes, cells_at_once=at_once,
            seconds=found["seconds"]["work"]["wall"], cpu_seconds=found["seconds"]["work"]["cpu"],
            peak_mb=found["peak_mb"], repeats=repeats,
        )  # fmt: skip


def screen_case(interventions: int, cells: int, genes: int, at_once: int, seed: int) -> Work:
    """Every knockout of every cell; `at_once` cells in one solve: fewer of them fit the cache."""
    import torch

    from hillflow.interventions import Intervention
    from hillflow.solve import integrate

    field = _hill(genes, False, seed)
    screen = field.do_each([Intervention.knockout(gene) for gene in field.genes[:interventions]])
    x0 = torch.rand(cells, genes, generator=torch.Generator().manual_seed(seed))
    ends = torch.empty(interventions, cells, genes)

    @torch.no_grad()
    def work() -> None:
        for rows in torch.arange(cells).split(at_once):
            start = x0[rows].expand(interventions, -1, -1)
            ends[:, rows] = integrate(screen, start, 1.0, solver="exponential", steps=4)

    return work


def _hill(genes: int, all_pairs: bool, seed: int) -> Any:
    import numpy as np

    from hillflow.fields import CandidateEdges, make_field

    if all_pairs:
        edges = CandidateEdges.all_pairs(genes)
    else:
        random = np.random.default_rng(seed)
        source = np.concatenate(
            [random.choice(genes, EDGES_A_GENE, replace=False) for _ in range(genes)]
        )
        edges = CandidateEdges(source, np.repeat(np.arange(genes), EDGES_A_GENE), genes)
    return make_field("hill", [f"G{i}" for i in range(genes)], edges=edges, seed=seed)
