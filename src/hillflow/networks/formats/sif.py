"""SIF, the oldest format of Cytoscape, one line per edge, with two tables of attributes.

SIF holds only names and kinds of interaction. Weights, confidence and other attributes are
written to two tables, which Cytoscape joins to the network by ``name`` and ``shared name``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.errors import InputError
from hillflow.files import replacing
from hillflow.networks.annotated import annotated
from hillflow.networks.edge_attributes import frame_of_attributes
from hillflow.networks.formats.base import FORMATS, NetworkFormat
from hillflow.networks.network import Network
from hillflow.networks.source import NetworkSource

EDGE_COLUMNS = (
    "shared name", "source", "target", "interaction", "weight", "abs_weight", "sign", "confidence",
)  # fmt: skip


def write_sif(network: Network, path: Path, *, prior: Network | None = None) -> tuple[Path, ...]:
    """Write ``NAME.sif``, ``NAME.nodes.tsv`` and ``NAME.edges.tsv``, and return their paths.

    Each line of ``NAME.sif`` is ``source<TAB>activates<TAB>target``, or a gene without an edge.
    The tables have a header; fields of missing values are empty.
    """
    nodes_path, edges_path = (path.with_suffix(f".{what}.tsv") for what in ("nodes", "edges"))
    drawn = annotated(network, prior, name=path.stem)
    rows = [
        {"shared name": marks["name"], "source": source, "target": target}
        | {key: value for key, value in marks.items() if key != "name"}
        for source, target, marks in drawn.edges(data=True)
    ]
    # Readers infer the separator from the first line, so edges come first.
    lines = ["\t".join((row["source"], row["interaction"], row["target"])) for row in rows]
    isolated = [gene for gene in drawn if drawn.degree(gene) == 0]
    if not rows and any(" " in gene for gene in isolated):
        raise InputError(
            "an edge, or gene names without spaces", "neither",
            "write another format: without a TAB, a SIF file is split at spaces",
        )  # fmt: skip
    columns = list(dict.fromkeys([*EDGE_COLUMNS, *(key for row in rows for key in row)]))
    nodes = [marks for _, marks in drawn.nodes(data=True)]
    tables = {
        nodes_path: pd.DataFrame(nodes, columns=["name", "regulators", "targets"]),
        edges_path: pd.DataFrame({name: _column(rows, name) for name in columns}),
    }
    for table_path, table in tables.items():
        with replacing(table_path) as draft:
            table.to_csv(draft, sep="\t", index=False, lineterminator="\n")
    with replacing(path) as draft:
        draft.write_bytes("".join(f"{line}\n" for line in (*lines, *isolated)).encode())
    return path, nodes_path, edges_path


def _column(rows: list[dict[str, Any]], name: str) -> Any:
    # The type object keeps whole numbers whole if others are missing.
    return pd.Series([row.get(name) for row in rows], dtype=object)


def read_sif(source: NetworkSource) -> pd.DataFrame:
    """Read signs from the interaction; fields are separated by TABs if the first line has one."""
    lines = [line for line in source.text.splitlines() if line.strip()]
    separator = "\t" if lines and "\t" in lines[0] else None
    rows = []
    for line in lines:
        name, *rest = (field.strip() for field in line.split(separator))
        rows += [(name, target, {"interaction": rest[0]}) for target in rest[1:]]
    return frame_of_attributes(rows)


FORMATS.add(
    NetworkFormat(
        "sif",
        "any Cytoscape, with two tables of attributes",
        columns="source, interaction, target (no header)",
        suffix=".sif",
        recognises=lambda source: source.path.suffix.casefold() == ".sif",
        read=read_sif,
        write=write_sif,
        beside=(".nodes.tsv", ".edges.tsv"),
        overlay=True,
        picture=True,
    ),
    __name__,
)
