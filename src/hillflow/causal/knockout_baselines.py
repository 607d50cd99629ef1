"""Baselines of predicted perturbations, which need no fit.

==============  ================================================================
``gene_set``    the control, with the perturbed gene set to 0, to its clamped level, or multiplied
                by its factor
``others``      the mean of the measured cells of all other perturbations at that time
``no_change``   the control mean
==============  ================================================================

Baselines of the ranking are the mean expression of the perturbed genes and their out-degree in a
network.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from hillflow.causal.control_cells import ControlCells
from hillflow.data.times import same_time
from hillflow.errors import InputError, listing
from hillflow.interventions import Intervention
from hillflow.networks.network import Network

CONFIDENT = 0.5  # least confidence of a counted edge, where edges have a confidence


def with_gene_set(mean: np.ndarray, genes: Sequence[str], intervention: Intervention) -> np.ndarray:
    """The control mean, [..., genes], with only the perturbed genes changed."""
    guess = np.array(mean, dtype=np.float64)
    for action in intervention:
        column = list(genes).index(action.gene)
        if action.kind == "clamp":
            guess[..., column] = action.value
        else:
            guess[..., column] *= action.production_factor
    return guess


def measured_mean(controls: ControlCells, intervention: Intervention) -> np.ndarray:
    """Mean of the measured cells under the intervention, [times, genes]; NaN if none."""
    data = controls.data
    if intervention not in data.conditions:
        return np.full(controls.mean.shape, np.nan)
    return _means(controls, data.condition == data.condition_index(intervention))


def mean_of_others(controls: ControlCells, intervention: Intervention) -> np.ndarray:
    """Mean of the cells of all other perturbations, [times, genes]; NaN if none."""
    data = controls.data
    other = np.array([not c.is_control and c != intervention for c in data.conditions])
    return _means(controls, other[data.condition])


def baseline_table(controls: ControlCells, interventions: Sequence[Intervention]) -> pd.DataFrame:
    """Tidy table ``perturbation, gene, time, measured, gene_set, others, no_change``."""
    genes, times = controls.data.genes, controls.times
    parts = []
    for intervention in interventions:
        columns = {
            "measured": measured_mean(controls, intervention),
            "gene_set": with_gene_set(controls.mean, genes, intervention),
            "others": mean_of_others(controls, intervention),
            "no_change": controls.mean,
        }
        parts.append(
            pd.DataFrame(
                {"perturbation": intervention.name, "gene": np.tile(genes, len(times)),
                 "time": np.repeat(times, len(genes)),
                 **{name: values.reshape(-1) for name, values in columns.items()}}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def expression(controls: ControlCells, interventions: Sequence[Intervention]) -> np.ndarray:
    """Sum of the mean levels of the perturbed genes in all control cells, [perturbations].

    Of a cut edge, the level of its source.
    """
    mean = dict(zip(controls.data.genes, controls.measured.x.mean(0, np.float64), strict=True))
    return np.array([sum(mean[gene] for gene in one.sources) for one in interventions])


def direct_targets(
    graph: Network, interventions: Sequence[Intervention]
) -> tuple[np.ndarray, np.ndarray]:
    """How many other genes the perturbed ones regulate, and Σ |weight| of these edges.

    Of a law's network its own edges count (``in_law``), by which cells were simulated. Of others,
    if edges have a confidence, those with at least `CONFIDENT`. Otherwise all edges of the network
    count: select the strongest first. Of cut edges, those that are in the network count.
    """
    edges = edges_of_fit(graph)
    if "in_law" not in edges and edges["confidence"].notna().any():
        edges = edges[edges["confidence"] >= CONFIDENT]
    counts, weights = [], []
    for intervention in interventions:
        own = edges_from(edges, intervention)
        counts.append(own["target"].nunique())
        weights.append(float(own["weight"].abs().sum()))
    return np.array(counts), np.array(weights)


def edges_of_fit(graph: Network) -> pd.DataFrame:
    """Edges with a weight; of a law's network those of the law, by which cells are simulated."""
    edges = graph.edges[graph.edges["weight"] != 0]
    return edges[edges["in_law"].eq(True)] if "in_law" in edges else edges


def strongest_edges(
    graph: Network | None, count: int, sources: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """The `count` edges of `edges_of_fit` with the largest |weight|, as (source, target).

    Of certain sources, if they are given. Between different genes: the weight of a gene on itself
    is hardly told from its decay.
    """
    if not count:
        return []
    if count < 0 or graph is None:
        raise InputError(
            "a network whose strongest edges are to be cut, and how many",
            "no network" if graph is None else f"edges={count}",
            "infer one first: hillflow.graph(run) (`hillflow graph`)"
            if graph is None else "write edges=20 (--edges 20)",
        )  # fmt: skip
    edges = edges_of_fit(graph)
    edges = edges[edges["source"] != edges["target"]]
    if sources is not None:
        edges = edges[edges["source"].isin(list(sources))]
    if edges.empty:
        of = "" if sources is None else f" of {listing(sorted(sources))}"
        raise InputError(
            f"a network with edges{of} to cut", "one without any",
            "fit longer (effort), or predict knockouts of genes alone",
        )  # fmt: skip
    edges = edges.sort_values("weight", key=np.abs, ascending=False, kind="stable")
    return list(zip(edges["source"][:count], edges["target"][:count], strict=True))


def edges_from(edges: pd.DataFrame, intervention: Intervention) -> pd.DataFrame:
    """The edges by which a perturbation acts: from perturbed genes to others, and those it cuts."""
    genes = intervention.perturbed
    own = edges["source"].isin(genes) & ~edges["target"].isin(genes)
    for action in intervention:
        if action.target is not None:
            own |= (edges["source"] == action.gene) & (edges["target"] == action.target)
    return edges[own]


def _means(controls: ControlCells, selected: np.ndarray) -> np.ndarray:
    """Weighted mean of the selected cells at each time, [times, genes]."""
    data = controls.data
    means = np.full(controls.mean.shape, np.nan)
    for row, time in enumerate(controls.times):
        cells = selected & same_time(data.time, time)
        if cells.any():
            weights = None if data.weights is None else data.weights[cells]
            means[row] = np.average(data.x[cells].astype(np.float64), axis=0, weights=weights)
    return means
