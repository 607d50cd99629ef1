"""Read edges from any source: recognise the format, select the columns and check them.

In a *known* network, rows of one pair are merged, and unused columns give a warning or an error.
An *inferred* one must have each pair once; other columns are ignored, and signs are known if some
weight is negative.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hillflow.errors import FileFormatError, listing
from hillflow.findings import warn
from hillflow.genes import refuse_mangled
from hillflow.networks.formats.base import FORMATS, Read, reader_of
from hillflow.networks.merge import edges_of_frame
from hillflow.networks.signs_and_weights import finite_numbers, read_weights
from hillflow.networks.source import NetworkSource, Readable, open_source

_HOME = "hillflow."


def read_columns(
    source: Readable,
    format: str = "auto",
    where: Mapping[str, object] | None = None,
    inferred: bool = False,
) -> tuple[pd.DataFrame, str]:
    """Return the edges of a source and its name; see :func:`hillflow.networks.read_network`."""
    read = None if format == "auto" else reader_of(format)
    opened = open_source(source, where, inferred)
    edges = (read or recognised(opened))(opened)
    if edges.empty:
        raise FileFormatError(
            f"edges in {opened.name}", "only a header or nothing", "check that the file is complete"
        )
    checked = _check_inferred if inferred else _check_known
    return edges_of_frame(checked(edges, opened)), _stem(opened)


def recognised(source: NetworkSource) -> Read:
    """Return the reader of the format that the columns (or, without a header, the content) match.

    Formats that users have added are tried first.
    """
    built_in = {name: FORMATS.module_of(name).startswith(_HOME) for name in FORMATS}
    for name in sorted(FORMATS, key=built_in.__getitem__):
        entry = FORMATS[name]
        if entry.read is not None and entry.recognises is not None and entry.recognises(source):
            return entry.read
    shapes = "; ".join(
        f"{entry.name}: {entry.columns}" for entry in FORMATS.values() if entry.columns
    )
    raise FileFormatError(
        f"columns named as in one of these ({shapes})",
        f"{listing(source.first_line(), 9)} in the first line of {source.name}",
        "name the columns in a first line, as source, target, weight (GRNBoost2 and GENIE3 may "
        "write none: TF, target, importance), or name the format with format=… (--format, or "
        "--prior-format of `hillflow fit`)",
    )


def _check_known(edges: pd.DataFrame, source: NetworkSource) -> pd.DataFrame:
    if "weight" in edges and "sign" not in edges:
        weights = read_weights(edges["weight"])
        if (weights >= 0).all() and (weights != 1).any():
            warn(
                f"{source.name}: every weight is positive, so every edge is read as an "
                "activation; add a column sign (0 if unknown) if that is wrong",
                "network.no-signs",
            )
    return edges


def _check_inferred(edges: pd.DataFrame, source: NetworkSource) -> pd.DataFrame:
    name = source.name
    weights = finite_numbers(
        edges["weight"] if "weight" in edges else np.ones(len(edges)), "weight"
    )
    edges = edges.assign(weight=weights)
    if "sign" not in edges and not (weights < 0).any():
        edges = edges.assign(sign=0)  # importances have no sign
    refuse_mangled(dict.fromkeys([*edges["source"], *edges["target"]]), name)
    for end in ("source", "target"):
        empty = np.flatnonzero(edges[end] == "")
        if len(empty):
            raise FileFormatError(
                f"a gene in every row of {name}", f"no {end} in edge {empty[0] + 1}", "complete it"
            )
    repeated = edges.duplicated(["source", "target"])
    if repeated.any():
        pair = edges[repeated].iloc[0]
        raise FileFormatError(
            f"each pair once in {name}",
            f"{int(repeated.sum()):,} pairs more than once, as {pair.source} → {pair.target}",
            "if a column says which network a row belongs to, choose one: "
            "read_network(…, where={'cluster': 'name'})",
        )
    return edges


def _stem(source: NetworkSource) -> str:
    name = source.path.name
    return name.removesuffix(".gz").rpartition(".")[0] or name
