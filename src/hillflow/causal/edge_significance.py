"""`edge_significance`: p value and false discovery rate of each edge, from refits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hillflow.causal.graph import graph
from hillflow.data import Cells, Snapshots
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.fields import VectorField
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback
from hillflow.train import Setting, train
from hillflow.train.resolve import Stages


def edge_significance(
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
    """Add p values and false discovery rates to the edges of a network, from refits.

    The field is refitted to cells in which each gene's values are shuffled among the cells of a
    population (see `permuted`). Each gene then has the same distribution at every time, but genes
    are independent between cells. The p value therefore tests whether the *cells* support an edge.
    It does not test whether genes with the same time course were distinguished, which needs
    perturbations.

    With N null weights w⁰ of a target's regulators (of all self-edges, for a self-edge)

        p_ij = (1 + #{|w⁰| ≥ |w_ij|}) / (1 + N),

    and ``fdr`` is p adjusted over all listed edges (Benjamini & Hochberg 1995). The smallest p is
    1 / (1 + shuffles · regulators). Each null fit has one member, so its weights scatter more than
    the mean of a fit of several members, for which p is conservative.

    Parameters
    ----------
    observed
        The network of the fit, from `graph`.
    field, data, stages, setting
        The arguments of `train` for that fit. A field object is copied before training.
    shuffles
        Number of refits.
    seed
        Seed of the shuffles and refits.
    progress
        A function of (task, refits done, refits in all).

    Returns
    -------
    Network
        `observed` with the columns ``p`` and ``fdr``. Cost: one training per shuffle.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import edge_significance, graph
    >>> from hillflow.train import Setting
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> network = edge_significance(
    ...     graph(run.fit, run.data), "linear", run.data, shuffles=1, setting=Setting(effort=0.005)
    ... )
    >>> network.edges["p"].between(0, 1).tolist()
    [True, True, True, True]
    """
    if shuffles < 1:
        raise InputError("one shuffle or more", f"{shuffles}", "write shuffles=5")
    if observed.genes != data.genes:
        raise GeneNameError(
            f"the network's {len(observed.genes):,} genes, in the same order",
            f"{len(data.genes):,} genes",
            "call data.select_genes(network.genes)",
        )
    if len(observed.about.get("fields", ())) > 1:
        raise InputError(
            "the network of one kind of field, which can be refitted",
            f"a consensus of {listing(observed.about['fields'])}",
            "infer a network from each kind of field separately, and test that",
        )
    from scipy.stats import false_discovery_control

    null = []
    for number, each_seed in enumerate(np.random.SeedSequence(seed).generate_state(shuffles)):
        shuffled = permuted(data, int(each_seed))
        refit = train(field, shuffled, stages, seed=int(each_seed), setting=setting)
        network = graph(refit, shuffled, observed.readout, groups=None)
        null.append(network.matrix().to_numpy().T)
        if progress is not None:
            progress("refits to shuffled cells", number + 1, shuffles)
    edges = observed.edges.copy()
    index = {gene: k for k, gene in enumerate(observed.genes)}
    source, target = (edges[end].map(index).to_numpy() for end in ("source", "target"))
    listed = np.zeros((len(index),) * 2, dtype=bool)
    listed[target, source] = True
    weight = observed.matrix().to_numpy().T
    edges["p"] = p_values(weight, np.stack(null), listed)[target, source]
    edges["fdr"] = false_discovery_control(edges["p"], method="bh")
    about = {**observed.about, "null": f"{shuffles} refits to shuffled cells"}
    return replace(observed, edges=edges, about=about)


def permuted(data: Cells, seed: int) -> Cells:
    """The data with each gene's values shuffled among the cells of each population, gene by gene.

    In trajectories, values are shuffled among the series of a condition observed at the same time.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
    order = np.tile(np.arange(len(data.x))[:, None], (1, data.x.shape[1]))
    for rows in _populations(data):
        order[rows] = random.permuted(order[rows], axis=0)

    def shuffled(values: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, order, axis=0)

    if not isinstance(data, Snapshots):
        return replace(data, x=shuffled(data.x))
    unspliced = None if data.unspliced is None else shuffled(data.unspliced)
    return replace(data, x=shuffled(data.x), unspliced=unspliced, basis=None)


def p_values(weight: np.ndarray, null: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """p of each edge, given null weights [shuffles, target, source]; 1 for pairs not listed."""
    size, null = np.abs(weight), np.abs(null)
    self_edge = np.eye(len(weight), dtype=bool)
    p = np.ones(weight.shape)
    for target in range(len(weight)):
        pool = null[:, target, listed[target] & ~self_edge[target]].ravel()
        p[target] = _share_as_large(size[target], pool)
    p[self_edge] = _share_as_large(size[self_edge], null[:, self_edge & listed].ravel())
    return np.where(listed, p, 1.0)


def _share_as_large(size: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """(1 + how many of the pool are at least as large) / (1 + size of the pool)."""
    as_large = len(pool) - np.searchsorted(np.sort(pool), size, side="left")
    return (1 + as_large) / (1 + len(pool))


def _populations(data: Cells) -> Iterator[np.ndarray]:
    """The rows of each condition and time."""
    if isinstance(data, Snapshots):
        for population in data.populations():
            yield population.rows
        return
    kinds = {condition: k for k, condition in enumerate(dict.fromkeys(data.conditions))}
    condition = np.array([kinds[each] for each in data.conditions])[data.series]
    for kind in kinds.values():
        for time in data.times:
            yield np.flatnonzero((condition == kind) & (data.time == time))
