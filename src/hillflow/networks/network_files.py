"""One way to read a network from a file, and one to write it."""

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
    """Read a network that people collected, or that a tool inferred.

    Columns are found by name, never by position, whatever the case of their letters. Pickles are
    refused: reading one can run code.

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
        ``{"cluster": "HSC"}`` of CellOracle's links.
    inferred
        How rows are taken. False, for a known network: rows of one pair are merged, see
        :meth:`Network.from_columns`; columns that are not used are warned of, and refused where
        they show that the file holds several networks. True, for a ranking that a tool inferred:
        every pair once, with a finite weight; other columns are passed over; signs count as not
        known where no weight is negative and no column says them.
    organism
        ``"human"``, ``"mouse"``, …; files do not say.
    about
        name (else the file's), licence, citation.

    Returns
    -------
    Network
        Strongest edges first.
    """
    return Network.read(source, format, where=where, inferred=inferred, organism=organism, **about)


def write_network(
    network: Network,
    path: str | os.PathLike[str],
    format: str,
    *,
    prior: Network | None = None,
) -> tuple[Path, ...]:
    """Write the edges of non-zero weight for another tool, whole or not at all.

    Select first what should go out: :meth:`Network.select`, :meth:`Network.neighbourhood`.

    Parameters
    ----------
    path
        Its ending is that of the format.
    format
        A name in `FORMATS` that is written.
    prior
        A known network to lay over, in the names of the genes (:meth:`Network.align`): edges are
        marked agreement, opposite, novel or missing. For formats with ``overlay`` alone.

    Returns
    -------
    tuple
        The files that were written.
    """
    return network.write(path, format, prior=prior)
