"""decoupler (Badia-i-Mompel et al. 2022): networks for its methods, ``dc.mt.ulm`` and others.

Each pair once, weights signed. The column ``mor`` of its first version is read too.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.formats.ranked_table import ranked_table, write_text_table
from hillflow.networks.formats.table import read_table_of_edges
from hillflow.networks.network import Network


def decoupler_network(network: Network) -> pd.DataFrame:
    """Return the network as a table for decoupler's methods.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    pandas.DataFrame
        ``source, target, weight`` of the edges of non-zero weight, each pair once, strongest
        first, weights signed.

    Examples
    --------
    >>> from hillflow.networks import Network, decoupler_network
    >>> network = Network.from_columns(["GATA1", "SPI1"], ["KLF1", "GATA1"], weight=[0.5, -0.8])
    >>> decoupler_network(network)["weight"].tolist()
    [-0.8, 0.5]
    """
    return ranked_table(network)


def write_decoupler(network: Network, path: Path) -> tuple[Path, ...]:
    """Write :func:`decoupler_network` as a comma-separated table."""
    return write_text_table(decoupler_network(network), path, ",")


FORMATS.add(
    NetworkFormat(
        "decoupler",
        "decoupler",
        columns="source, target, weight",
        suffix=".csv",
        read=read_table_of_edges,
        write=write_decoupler,
    ),
    __name__,
)
