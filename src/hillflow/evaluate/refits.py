"""The networks of an ensemble's members, one by one: what the bootstrap over cells rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.evaluate.over_cells import HOW_TO_GET
from hillflow.networks.edge_table import edge_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member
    from hillflow.networks import Network


def refits_of(
    models: Sequence[Member], graph: Network, cells: Snapshots | Trajectories
) -> tuple[tuple[pd.DataFrame, ...], str]:
    """The graph of each model that was fitted to cells drawn anew.

    Parameters
    ----------
    models, cells
        Of the run or ensemble.
    graph
        The network of them all, whose readout the members' graphs share.

    Returns
    -------
    tuple
        A table source, target, weight a member, and no words; or no table, and why.

    Notes
    -----
    Costs as much as the graph itself.
    """
    from hillflow.causal import graph as read_graph
    from hillflow.causal.graph import candidates
    from hillflow.networks.about_file import CHANGED

    if len(models) == 1:
        return (), f"no interval over cells: there is a single fit; {HOW_TO_GET}"
    if not all(model.provenance.get("setting", {}).get("bootstrap") for model in models):
        return (), (
            "no interval over cells: the members saw the same cells and differ by seed alone; "
            f"{HOW_TO_GET}"
        )
    if graph.about.get(CHANGED):
        return (), (
            "no interval over cells: the table was changed since it was written; to get one, write "
            "it anew with `hillflow graph`"
        )
    if graph.about.get("members", len(models)) != len(models):
        return (), (
            "no interval over cells: other runs joined this network; to get one, write the edges "
            "anew with `hillflow graph`, without --also"
        )
    if len(graph.edges) < candidates(models[0].field).sum():
        return (), (
            "no interval over cells: only the strongest edges are listed; to get one, write them "
            "anew with `hillflow graph`, without --top or --confidence"
        )
    readout = _readout(graph)
    if readout is None:
        return (), (
            "no interval over cells: a consensus, or weights changed since, are no single fit's "
            "ranking; to get one, write the edges anew with `hillflow graph` by a readout"
        )
    listed = edge_table(graph)[["source", "target"]]
    alone = (read_graph(model, cells, readout, groups=None) for model in models)
    return tuple(listed.merge(edge_table(one), on=["source", "target"]) for one in alone), ""


def _readout(graph: Network) -> str | None:
    """Which readout the weights are: a table read from a file does not say."""
    from hillflow.causal.readouts import READOUTS

    weight = graph.edges["weight"].to_numpy()
    for name in READOUTS:
        column = "parameter" if name == "weight" else name
        if column in graph.edges and np.array_equal(graph.edges[column], weight, equal_nan=True):
            return name
    return None
