"""Read a network from a file of any known format, and write one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hillflow.networks.network import Network
from hillflow.networks.source import Readable


def read_network(
    source: Readable,
    format: str = "auto",
    *,
    where: Mapping[str, object] | None = None,
    inferred: bool = False,
    organism: str | None = None,
    **about: str,
) -> Network:
    """Read a known network, or one that another tool inferred.

    Columns are found by name in any letter case, never by position. Pickles are refused, because
    reading one can run code.

    Parameters
    ----------
    source
        A file (CSV, TSV, parquet or JSON; text gzipped or not), a DataFrame, or CellOracle's
        dictionary {target: [regulators]}.
    format
        A name in `FORMATS`, or "auto" to recognise it by columns and content.
    where
        Keep only rows with one of these values: ``{"noise": 0.1}`` for a file of several
        networks, ``{"confidence": ["A", "B", "C"]}`` for the usual part of DoRothEA,
        ``{"cluster": "HSC"}`` for one cluster of CellOracle's links.
    inferred
        False, for a known network: rows of one pair are merged, see
        :meth:`Network.from_columns`; unused columns give a warning, and an error if they show
        that the file holds several networks. True, for an inferred ranking: every pair once,
        with a finite weight; other columns are ignored; signs are unknown if no weight is
        negative and no column holds them.
    organism
        ``"human"``, ``"mouse"``, …, which files do not contain.
    about
        name (by default that of the file), licence, citation.

    Returns
    -------
    Network
        Strongest edges first.

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.networks import read_network
    >>> table = pd.DataFrame({"TF": ["GATA1"], "target": ["KLF1"], "importance": [2.5]})
    >>> network = read_network(table, inferred=True)
    >>> network.pairs(), network.weight.tolist(), network.sign.tolist()
    ([('GATA1', 'KLF1')], [2.5], [0])
    """
    return Network.read(source, format, where=where, inferred=inferred, organism=organism, **about)


def write_network(
    network: Network,
    path: str | os.PathLike[str],
    format: str,
    *,
    prior: Network | None = None,
) -> tuple[Path, ...]:
    """Write the edges of non-zero weight for another tool. Writes are atomic.

    Select edges first: :meth:`Network.select`, :meth:`Network.neighbourhood`.

    Parameters
    ----------
    network
        The network.
    path
        Its ending is that of the format.
    format
        A name in `FORMATS` that can be written.
    prior
        A known network to compare with, in the same gene names (:meth:`Network.align`): edges
        are marked agreement, opposite, novel or missing. Only for formats with ``overlay``.

    Returns
    -------
    tuple of pathlib.Path
        The files that were written.

    Examples
    --------
    >>> import tempfile
    >>> from hillflow.networks import Network, write_network
    >>> network = Network.from_columns(["GATA1", "SPI1"], ["KLF1", "GATA1"], sign=[1, -1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_network(network, f"{folder}/blood.sif", "sif")
    ...     text = files[0].read_text()
    >>> [path.name for path in files]
    ['blood.sif', 'blood.nodes.tsv', 'blood.edges.tsv']
    >>> text.splitlines()[0].split()
    ['GATA1', 'activates', 'KLF1']
    """
    return network.write(path, format, prior=prior)
