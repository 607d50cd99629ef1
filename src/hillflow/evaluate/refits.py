"""The network of each member of a fit, for the bootstrap over cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal.consensus import CONSENSUS
from hillflow.causal.graph import candidates, graph
from hillflow.causal.law_network import LAW
from hillflow.causal.readouts import READOUTS
from hillflow.evaluate.over_cells import HOW_TO_GET
from hillflow.networks.about_file import CHANGED
from hillflow.networks.as_network import as_network
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member


def refits_of(
    members: Sequence[Member], network: Network, cells: Snapshots | Trajectories
) -> tuple[tuple[Network, ...], str]:
    """The network of each member, if the members were fitted to resampled cells.

    Parameters
    ----------
    members, cells
        The members of a fit, and the cells that were fitted.
    network
        The network of all members. The networks of single members use the same readout.

    Returns
    -------
    tuple
        The network of each member, and ""; or no networks, and the reason.

    Notes
    -----
    Cost: that of `network`.
    """
    if len(members) == 1:
        return (), f"no interval over cells: the fit has one member; {HOW_TO_GET}"
    if not all(member.provenance.get("setting", {}).get("bootstrap") for member in members):
        return (), (
            "no interval over cells: the members were fitted to the same cells and differ only by "
            f"seed; {HOW_TO_GET}"
        )
    if network.about.get(CHANGED):
        return (), (
            "no interval over cells: the table of edges was changed after it was written; to get "
            "one, write it again with `hillflow graph`"
        )
    if network.about.get("members", len(members)) != len(members):
        return (), (
            "no interval over cells: the network includes other runs; to get one, write the edges "
            "again with `hillflow graph`, without --also"
        )
    if len(network.edges) < candidates(members).sum():
        return (), (
            "no interval over cells: only the strongest edges are listed; to get one, write the "
            "edges again with `hillflow graph`, without --top or --confidence"
        )
    readout = _readout(network)
    if readout is None:
        return (), f"no interval over cells: {_why_no_readout(network)}"
    listed = as_network(network).edges[["source", "target"]]
    refits = (as_network(graph(member, cells, readout, groups=None)) for member in members)
    return tuple(replace(refit, edges=refit.edges.merge(listed)) for refit in refits), ""


def _why_no_readout(network: Network) -> str:
    """Why members have no such network of their own, and what gives one that they have."""
    if network.readout == LAW:
        return (
            "a law's network joins its effects with regressions on all cells, which are not "
            "repeated for each member; to get one, write the edges of the laws alone, "
            "hillflow.graph(run, readout='weight') (`hillflow graph RUN --readout weight`)"
        )
    again = (
        "to get one, write the edges again by a readout of each fit, such as "
        "hillflow.graph(run, readout='jacobian') (`hillflow graph RUN --readout jacobian`)"
    )
    if network.readout == CONSENSUS:
        return (
            "a consensus joins the fit with regressions on all cells, which are not repeated for "
            f"each member; {again}"
        )
    return f"the weights are no readout of the fit (they may have been changed); {again}"


def _readout(network: Network) -> str | None:
    """The readout whose column equals the weights; tables from files do not name it."""
    edges = network.edges
    weight = edges["weight"].to_numpy()
    for name in READOUTS:
        column = "parameter" if name == "weight" else name
        if column in edges and np.array_equal(edges[column], weight, equal_nan=True):
            return name
    return None
