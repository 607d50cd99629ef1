"""What a fit claims of cells without dependence: p and false discovery rate of each edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.stats import false_discovery_control

from hillflow.causal.graph import graph
from hillflow.data import Cells, Snapshots
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.fields import VectorField
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback
from hillflow.train import Setting, train
from hillflow.train.resolve import Stages


def null_graph(
    observed: Network,
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    shuffles: int = 5,
    seed: int = 0,
    setting: Setting | None = None,
    progress: ProgressCallback | None = None,
) -> Network:
    """The same graph with the columns ``p`` and ``fdr``, from refits to shuffled cells.

    Each refit sees every gene's values shuffled among the cells of a population (see `permuted`):
    every gene still moves through time as it did, and no cell says which genes go together. So
    this asks whether the *cells* support an edge; it does not ask whether genes that merely rise
    together were told apart, which only perturbations can.

    With N null weights of a target's regulators (of all self-edges, for a self-edge)

        p_ij = (1 + #{|w⁰| ≥ |w_ij|}) / (1 + N),

    and ``fdr`` is p after Benjamini & Hochberg (1995) over all listed edges. The smallest p is
    1 / (1 + shuffles · regulators). Null fits are single ones, and so more scattered than the mean
    of an ensemble: beside an ensemble p errs on the large side.

    Parameters
    ----------
    observed
        What `graph` read off the fit.
    field, data, stages, setting
        As `train` was called for it; a field that is given is used untrained, as it is.
    shuffles
        How many refits.
    seed
        Of shuffles and refits.
    progress
        A function of (what is done, refits done, refits in all).
    """
    if shuffles < 1:
        raise InputError("one shuffle or more", f"{shuffles}", "write shuffles=5")
    if observed.genes != data.genes:
        raise GeneNameError(
            f"the graph's {len(observed.genes):,} genes, in its order",
            f"{len(data.genes):,} genes",
            "call data.select_genes(graph.genes)",
        )
    if len(observed.about.get("fields", ())) > 1:
        raise InputError(
            "the graph of one kind of field, which is refitted",
            f"a consensus of {listing(observed.about['fields'])}",
            "read a graph off each kind by itself, and ask it of that",
        )
    null = []
    for number, one in enumerate(np.random.SeedSequence(seed).generate_state(shuffles)):
        shuffled = permuted(data, int(one))
        refit = train(field, shuffled, stages, seed=int(one), setting=setting)
        found = graph(refit, shuffled, observed.readout, groups=None)
        null.append(found.matrix().to_numpy().T)
        if progress is not None:
            progress("refits to shuffled cells", number + 1, shuffles)
    edges = observed.edges.copy()
    place = {gene: k for k, gene in enumerate(observed.genes)}
    source, target = (edges[end].map(place).to_numpy() for end in ("source", "target"))
    listed = np.zeros((len(place),) * 2, dtype=bool)
    listed[target, source] = True
    weight = observed.matrix().to_numpy().T
    edges["p"] = p_values(weight, np.stack(null), listed)[target, source]
    edges["fdr"] = false_discovery_control(edges["p"], method="bh")
    about = {**observed.about, "null": f"{shuffles} refits to shuffled cells"}
    return replace(observed, edges=edges, about=about)


def permuted(data: Cells, seed: int) -> Cells:
    """Every gene's values shuffled among the cells of each population, gene by gene.

    Of series, among the units of a condition that were seen at the same time.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
    x = data.x.copy()
    for rows in _alike(data):
        x[rows] = random.permuted(x[rows], axis=0)
    if isinstance(data, Snapshots):
        return replace(data, x=x, basis=None)
    return replace(data, x=x)


def p_values(weight: np.ndarray, null: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """p of each edge from null weights, [shuffles, target, source]; 1 for unlisted pairs."""
    size, null = np.abs(weight), np.abs(null)
    own = np.eye(len(weight), dtype=bool)
    p = np.ones(weight.shape)
    for target in range(len(weight)):
        pool = null[:, target, listed[target] & ~own[target]].ravel()
        p[target] = _exceeded(size[target], pool)
    p[own] = _exceeded(size[own], null[:, own & listed].ravel())
    return np.where(listed, p, 1.0)


def _exceeded(size: np.ndarray, pool: np.ndarray) -> np.ndarray:
    as_large = len(pool) - np.searchsorted(np.sort(pool), size, side="left")
    return (1 + as_large) / (1 + len(pool))


def _alike(data: Cells) -> Iterator[np.ndarray]:
    """Rows of one condition and time."""
    if isinstance(data, Snapshots):
        for population in data.populations():
            yield population.rows
        return
    kinds = {condition: k for k, condition in enumerate(dict.fromkeys(data.conditions))}
    condition = np.array([kinds[one] for one in data.conditions])[data.series]
    for kind in kinds.values():
        for time in data.times:
            yield np.flatnonzero((condition == kind) & (data.time == time))
