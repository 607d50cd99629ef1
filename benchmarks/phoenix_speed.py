"""A training step of the dense PHOENIX field with its prior, by number of genes; one thread.

Seventeen pairs, four solver steps, the prior's target at 256 fresh random states, Adam. The
seconds "published" were measured for the reference implementation and for a batched RK4
prototype on a machine of this kind, and stand here for orientation: other hardware, no ratio.
"""

from __future__ import annotations

from benchmarks.measure import Work, measured
from benchmarks.table import Claim, Table

PUBLISHED = {500: (0.287, 0.0044), 2000: (2.13, 0.025), 4000: (5.8, 0.068), 11165: (56.0, 0.39)}
EDGES_A_GENE = 20


def run(quick: bool, seed: int) -> Table:
    table = Table()
    for genes in (500,) if quick else PUBLISHED:
        for solver in ("rk4", "exponential"):
            found = measured(
                "benchmarks.phoenix_speed:case", 1 if quick else 9,
                genes=genes, solver=solver, seed=seed,
            )  # fmt: skip
            seconds = found["seconds"]["work"]["wall"]
            reference, prototype = PUBLISHED[genes]
            table.add(
                genes=genes, solver=solver, seconds=seconds, peak_mb=found["peak_mb"],
                reference_published=reference, prototype_published=prototype,
            )  # fmt: skip
            if genes == max(PUBLISHED):
                table.claims.append(
                    Claim(f"dense step at {genes:,} genes, {solver}, seconds", seconds, 0.5)
                )
    return table


def case(genes: int, solver: str, seed: int) -> Work:
    """One step of Adam on shooting error and prior agreement."""
    import numpy as np
    import torch

    from hillflow.fields import CandidateEdges, make_field
    from hillflow.fields.production_prior import production_prior_loss
    from hillflow.solve import integrate

    random = np.random.default_rng(seed)
    target = np.repeat(np.arange(genes), EDGES_A_GENE)
    source = (target + random.integers(1, genes, size=len(target))) % genes
    pairs = np.unique(np.stack([target, source]), axis=1)
    edges = CandidateEdges(pairs[1], pairs[0], genes)
    weights = torch.ones(len(edges))
    field = make_field("hill-dense", [f"G{k}" for k in range(genes)], seed=seed)
    optimizer = torch.optim.Adam(field.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    x0, x1 = (torch.rand(17, genes, generator=generator) for _ in range(2))

    def work() -> None:
        optimizer.zero_grad()
        moved = integrate(field, x0, 1.0, solver=solver, steps=4)
        states = torch.rand(256, genes, generator=generator)
        prior = production_prior_loss(field, (edges, weights), states)
        ((moved - x1).square().mean() + 0.1 * prior).backward()
        optimizer.step()

    return work
