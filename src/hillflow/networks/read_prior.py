"""The file formats of prior networks: how each is recognised and read.

=============  ====================================================================
format         columns
=============  ====================================================================
``table``      source, target [, sign][, both][, weight or mor][, evidence]
``trrust``     no header: TF, target, Activation | Repression | Unknown, PMIDs
``collectri``  source, target, weight [, resources, references, sign_decision]
``dorothea``   tf, confidence (A–E), target, mor
``beeline``    Gene1 (regulator), Gene2 (target) [, Type or EdgeWeight], in any order
``pyscenic``   TF, target, importance
``celloracle`` peak_id, gene_short_name, one 0/1 column a TF; parquet or text
=============  ====================================================================

Columns are found by name, never by position: BoolODE writes Gene2 before Gene1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hillflow.errors import (
    FileFormatError,
    InputError,
    did_you_mean,
    listing,
)
from hillflow.files import absent
from hillflow.networks.celloracle import from_base_grn, is_parquet, read_parquet
from hillflow.networks.prior_network import PriorNetwork
from hillflow.networks.spelling import mark_both, read_weights
from hillflow.networks.text_table import TextTable, read_table
from hillflow.notice import warn

_TRRUST_MODES = {"activation", "repression", "unknown"}


@dataclass(frozen=True)
class PriorFormat:
    """One file format: what it looks like, and its reader (table, **about)."""

    name: str
    columns: str
    recognises: Callable[[TextTable], bool]
    read: Callable[..., PriorNetwork]


def read_prior(
    path: str | os.PathLike[str],
    format: str = "auto",
    organism: str | None = None,
    *,
    where: Mapping[str, object] | None = None,
    **about: str,
) -> PriorNetwork:
    """Read a prior network from a file.

    Parameters
    ----------
    path
        CSV, TSV or parquet, gzipped or not.
    format
        One of :data:`FORMATS`, or ``"auto"`` to recognise it by its columns and content.
    organism
        ``"human"``, ``"mouse"``, …; files do not say.
    where
        Keep only rows with one of these values: ``{"noise": 0.1}`` for a file of several
        priors, ``{"confidence": ["A", "B", "C"]}`` for the usual part of DoRothEA. A file
        in which a pair comes back with another value of an unknown column is refused without.
    about
        name (else the file's), licence, citation.
    """
    path = Path(path)
    if format not in ("auto", *FORMATS):
        raise InputError(
            f"a format among {listing(FORMATS, 9)} or 'auto'",
            repr(format),
            did_you_mean(format, tuple(FORMATS)),
        )
    about = {"name": _stem(path), "organism": organism or ""} | about
    if not path.is_file():
        raise absent(path, "a file of edges")
    if is_parquet(path):
        if where:
            raise FileFormatError(
                "a text table to select rows of",
                f"parquet in {path}",
                "select rows with pandas and call from_base_grn, or leave where (--where) out",
            )
        if format not in ("auto", "celloracle"):
            raise FileFormatError(f"text in format {format!r}", f"parquet in {path}", "use 'auto'")
        return from_base_grn(read_parquet(path), **about)
    table = read_table(path)
    for column, value in (where or {}).items():
        table = table.where(column, value)
    chosen = FORMATS[recognise(table) if format == "auto" else format]
    network = chosen.read(table, **about)
    if not len(network):
        raise FileFormatError("edges", f"only a header in {path}", "add the edges")
    return network


def recognise(table: TextTable) -> str:
    """Name the format that the columns (or, without a header, the content) show."""
    for name, candidate in FORMATS.items():
        if candidate.recognises(table):
            return name
    shapes = "; ".join(f"{known.name}: {known.columns}" for known in FORMATS.values())
    raise FileFormatError(
        f"the columns of a prior network ({shapes})",
        f"{listing(table.rows[0], 9)} in the first line of {table.path}",
        "name the columns source and target, or say which it is with format=… (--format, or "
        "--prior-format of `hillflow fit`)",
    )


def _read_table(table: TextTable, **about: str) -> PriorNetwork:
    columns = table.columns(["source", "target"], ["sign", "both", "weight", "mor", "evidence"])
    weight = columns.get("weight", columns.get("mor"))
    if weight is not None and "sign" not in columns:
        values = read_weights(weight)
        if (values >= 0).all() and (values != 1).any():
            warn(
                f"{table.path.name}: every weight is positive, so every edge is read as an "
                "activation; add a column sign (0 where it is not known) if that is not meant"
            )
    return PriorNetwork.from_columns(
        columns["source"],
        columns["target"],
        mark_both(columns.get("sign"), columns.get("both")),
        weight,
        columns.get("evidence"),
        **about,
    )


def _read_trrust(table: TextTable, **about: str) -> PriorNetwork:
    """Read TRRUST v2 (Han et al. 2018): a row for each pair and mode, PMIDs joined by ``;``."""
    table.require_width(3, 4)
    columns = list(zip(*(row[:3] for row in table.rows), strict=True))
    evidence = [row[3] if len(row) > 3 else "" for row in table.rows]
    return PriorNetwork.from_columns(
        columns[0], columns[1], sign=columns[2], evidence=evidence, **about
    )


def _read_collectri(table: TextTable, **about: str) -> PriorNetwork:
    """Read CollecTRI (Müller-Dott et al. 2023); evidence is its PubMed references."""
    columns = table.columns(
        ["source", "target", "weight"], ["references"], ignore=["resources", "sign_decision"]
    )
    return PriorNetwork.from_columns(
        columns["source"], columns["target"], weight=columns["weight"],
        evidence=columns.get("references"), **about,
    )  # fmt: skip


def _read_dorothea(table: TextTable, **about: str) -> PriorNetwork:
    """Read DoRothEA (Garcia-Alonso et al. 2019); evidence is the confidence level, A to E."""
    columns = table.columns(["tf", "confidence", "target", "mor"])
    evidence = [f"DoRothEA {level.upper()}" for level in columns["confidence"]]
    return PriorNetwork.from_columns(
        columns["tf"], columns["target"], weight=columns["mor"], evidence=evidence, **about
    )


def _read_beeline(table: TextTable, **about: str) -> PriorNetwork:
    """Read a BEELINE or BoolODE truth (Pratapa et al. 2020), or its ranked edges."""
    columns = table.columns(["gene1", "gene2"], ["type", "edgeweight"])
    sign = columns.get("type")
    if sign is None and "edgeweight" not in columns:
        sign = [""] * len(columns["gene1"])
    return PriorNetwork.from_columns(
        columns["gene1"], columns["gene2"], sign=sign, weight=columns.get("edgeweight"), **about
    )


def _read_pyscenic(table: TextTable, **about: str) -> PriorNetwork:
    """Read pySCENIC adjacencies (Van de Sande et al. 2020): importance has no sign."""
    columns = table.columns(["tf", "target", "importance"])
    unknown = [0] * len(columns["tf"])
    return PriorNetwork.from_columns(
        columns["tf"], columns["target"], sign=unknown, weight=columns["importance"], **about
    )


def _looks_like_trrust(table: TextTable) -> bool:
    first = table.rows[0]
    return len(first) in (3, 4) and first[2].casefold() in _TRRUST_MODES


def _read_celloracle(table: TextTable, **about: str) -> PriorNetwork:
    import pandas as pd

    table.require_width(len(table.header))
    frame = pd.DataFrame(table.rows[1:], columns=table.rows[0])
    return from_base_grn(frame.drop(columns="", errors="ignore"), **about)


FORMATS: dict[str, PriorFormat] = {
    known.name: known
    for known in (
        PriorFormat("trrust", "TF, target, Activation|Repression|Unknown, PMIDs (no header)",
                    _looks_like_trrust, _read_trrust),
        PriorFormat("dorothea", "tf, confidence, target, mor",
                    lambda table: table.has("tf", "confidence", "target", "mor"), _read_dorothea),
        PriorFormat("pyscenic", "TF, target, importance",
                    lambda table: table.has("tf", "target", "importance"), _read_pyscenic),
        PriorFormat("beeline", "Gene1, Gene2, Type",
                    lambda table: table.has("gene1", "gene2"), _read_beeline),
        PriorFormat("celloracle", "peak_id, gene_short_name, a 0/1 column for each TF",
                    lambda table: table.has("peak_id", "gene_short_name"), _read_celloracle),
        PriorFormat("collectri", "source, target, weight, resources, references",
                    lambda table: table.has("source", "target", "weight", "references"),
                    _read_collectri),
        PriorFormat("table", "source, target [, sign, weight, evidence]",
                    lambda table: table.has("source", "target"), _read_table),
    )
}  # fmt: skip


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0] or path.name
