"""What would be guessed of a perturbation without a model: every prediction is shown beside it.

==============  ================================================================
``gene_set``    the control, with the perturbed gene at 0, at its level, or times its factor
``others``      mean of the measured cells of all other perturbations at that time
``no_change``   the control as it is
==============  ================================================================

and of its rank: the mean expression of the perturbed genes, and their out-degree in a graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hillflow.causal.wild_type import WildType
from hillflow.interventions import Intervention
from hillflow.networks.network import Network

CONFIDENT = 0.5  # an edge surer than this is counted, where edges carry a confidence


def with_gene_set(mean: np.ndarray, genes: Sequence[str], intervention: Intervention) -> np.ndarray:
    """The control's mean, [..., genes], with nothing changed but the perturbed genes."""
    guess = np.array(mean, dtype=np.float64)
    for action in intervention:
        column = list(genes).index(action.gene)
        if action.kind == "clamp":
            guess[..., column] = action.value
        else:
            guess[..., column] *= action.production_factor
    return guess


def measured_mean(wild_type: WildType, intervention: Intervention) -> np.ndarray:
    """Mean of the measured cells under it, [times, genes]; NaN where there are none."""
    data = wild_type.data
    if intervention not in data.conditions:
        return np.full(wild_type.mean.shape, np.nan)
    return _means(wild_type, data.condition == data.condition_index(intervention))


def mean_of_others(wild_type: WildType, intervention: Intervention) -> np.ndarray:
    """Mean of the cells of all other perturbations, [times, genes]; NaN where there are none."""
    data = wild_type.data
    other = np.array([not c.is_control and c != intervention for c in data.conditions])
    return _means(wild_type, other[data.condition])


def baseline_table(wild_type: WildType, interventions: Sequence[Intervention]) -> pd.DataFrame:
    """Tidy: ``perturbation, gene, time, measured, gene_set, others, no_change``."""
    genes, times = wild_type.data.genes, wild_type.times
    parts = []
    for one in interventions:
        columns = {
            "measured": measured_mean(wild_type, one),
            "gene_set": with_gene_set(wild_type.mean, genes, one),
            "others": mean_of_others(wild_type, one),
            "no_change": wild_type.mean,
        }
        parts.append(
            pd.DataFrame(
                {"perturbation": one.name, "gene": np.tile(genes, len(times)),
                 "time": np.repeat(times, len(genes)),
                 **{name: values.reshape(-1) for name, values in columns.items()}}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def expression(wild_type: WildType, interventions: Sequence[Intervention]) -> np.ndarray:
    """Mean level of the perturbed genes over all control cells, summed, [perturbations]."""
    mean = wild_type.control.x.mean(axis=0, dtype=np.float64)
    return np.array([mean[wild_type.columns(one)].sum() for one in interventions])


def direct_targets(
    graph: Network, interventions: Sequence[Intervention]
) -> tuple[np.ndarray, np.ndarray]:
    """How many other genes the perturbed ones regulate, and Σ |weight| of these edges.

    Edges surer than `CONFIDENT` count where the graph's edges carry a confidence, else all
    that are in it: select the strongest first.
    """
    edges = graph.edges[
        (graph.edges["weight"] != 0) & (graph.edges["source"] != graph.edges["target"])
    ]
    if edges["confidence"].notna().any():
        edges = edges[edges["confidence"] >= CONFIDENT]
    counts, weights = [], []
    for one in interventions:
        own = edges[edges["source"].isin(one.genes) & ~edges["target"].isin(one.genes)]
        counts.append(own["target"].nunique())
        weights.append(float(own["weight"].abs().sum()))
    return np.array(counts), np.array(weights)


def _means(wild_type: WildType, among: np.ndarray) -> np.ndarray:
    data = wild_type.data
    means = np.full(wild_type.mean.shape, np.nan)
    for row, time in enumerate(wild_type.times):
        cells = among & np.isclose(data.time, time)
        if cells.any():
            weights = None if data.weights is None else data.weights[cells]
            means[row] = np.average(data.x[cells].astype(np.float64), axis=0, weights=weights)
    return means
