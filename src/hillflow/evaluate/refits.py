"""The networks of an ensemble's members, one by one: what the bootstrap over cells rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.evaluate.over_cells import HOW_TO_GET
from hillflow.networks.as_network import as_network
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member


def refits_of(
    models: Sequence[Member], graph: Network, cells: Snapshots | Trajectories
) -> tuple[tuple[Network, ...], str]:
    """The graph of each model that was fitted to cells drawn anew.

    Parameters
    ----------
    models, cells
        The fits of the run or ensemble, and the cells they were fitted to.
    graph
        The network of them all, whose readout the members' graphs share.

    Returns
    -------
    tuple
        The network of each member, and ""; or no network, and why.

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
    listed = as_network(graph).edges[["source", "target"]]
    refits = (as_network(read_graph(model, cells, readout, groups=None)) for model in models)
    return tuple(replace(one, edges=one.edges.merge(listed)) for one in refits), ""


def _readout(graph: Network) -> str | None:
    """Which readout the weights are: a table read from a file does not say."""
    from hillflow.causal.readouts import READOUTS

    weight = graph.edges["weight"].to_numpy()
    for name in READOUTS:
        column = "parameter" if name == "weight" else name
        if column in graph.edges and np.array_equal(graph.edges[column], weight, equal_nan=True):
            return name
    return None
