"""The regulators of a network by how much of its weight is theirs, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.networks.drivers import CONFIDENT
from hillflow.networks.drivers import drivers as drivers_of
from hillflow.pl._results import NetworkLike, network_of
from hillflow.pl._style import ACTIVATION, drawing, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNSURE = "#A9CCE3"


def drivers(graph: NetworkLike, *, top: int = 8, ax: Axes | None = None) -> Axes:
    """Bars of each regulator's share of all weight; dark: on edges of confidence 0.8 or more.

    Parameters
    ----------
    graph
        A network, a run with one, or a table of edges.
    top
        At most so many regulators; the title says how many are not drawn.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.networks import Network
    >>> ax = hf.pl.drivers(Network.load("run/edges.csv"))
    """
    network = network_of(graph)
    table = drivers_of(network)
    if table.empty:
        raise InputError("a network with edges between genes", "none", "infer one: hf.graph(run)")
    shown, hidden = table.head(top), max(len(table) - top, 0)
    known = bool(network.edges["confidence"].notna().any())
    place = np.arange(len(shown))
    with drawing(ax, 3.5 + text_width(shown["regulator"]), 1.0 + 0.24 * len(shown)) as ax:
        ax.barh(place, shown["share"], height=0.7, color=_UNSURE if known else ACTIVATION)
        if known:
            ax.barh(place, shown["certain"], height=0.7, color=ACTIVATION)
        ax.set_yticks(place, shown["regulator"])
        ax.set_ylim(len(shown) - 0.4, -0.6)
        ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        ax.set_xlabel("share of the weight of all edges")
        lines = ["Regulators"]
        lines += [f"dark: edges of confidence {CONFIDENT} or more"] * known
        lines += [f"{hidden:,} weaker not drawn"] * bool(hidden)
        ax.set_title("\n".join(lines))
    return ax
