"""Reading the networks that other tools infer, so that they are scored side by side with ours.

=============  ========================================================================
format         what its columns are called
=============  ========================================================================
``scenic+``    TF, Gene or target, importance (``_TF2G``), and rho or regulation: the sign
``pyscenic``   TF, target, importance (also GENIE3 and GRNBoost2 in Python)
``genie3``     regulatoryGene, targetGene, weight (GENIE3 in R)
``beeline``    Gene1, Gene2, EdgeWeight
``celloracle`` links: source, target, coef_mean; or JSON {target: [regulators]}
``table``      source, target, weight (our ``edges.csv``, decoupler), or mor, score, importance
=============  ========================================================================

Columns are found by name, never by position. Pickles are refused: reading one can run code.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import FileFormatError, InputError, did_you_mean, listing
from hillflow.files import absent
from hillflow.genes import refuse_mangled
from hillflow.networks.celloracle import is_parquet, read_parquet
from hillflow.networks.text_table import TextTable, read_table

if TYPE_CHECKING:
    import pandas as pd

_PICKLE = (".pkl", ".pickle", ".joblib")
_WEIGHTS = ("weight", "mor", "score", "importance")


@dataclass(frozen=True)
class EdgeFormat:
    """One tool's table: how it is recognised, and the reader of its source, target, weight."""

    name: str
    columns: str
    recognises: Callable[[TextTable], bool]
    read: Callable[[TextTable], pd.DataFrame]


def read_edges(
    source: str | os.PathLike[str] | pd.DataFrame | Mapping[str, Sequence[str]],
    format: str = "auto",
    *,
    where: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """Read a network that any tool inferred.

    Parameters
    ----------
    source
        A file (CSV, TSV, parquet or JSON; gzipped or not), a DataFrame, or CellOracle's
        dictionary {target: [regulators]}.
    format
        A key of `EDGE_FORMATS`, or "auto" to recognise it by its columns.
    where
        Keep only rows with one of these values, as ``{"cluster": "HSC"}`` of CellOracle's links.

    Returns
    -------
    DataFrame
        source, target, weight (signed where the tool knows signs), strongest first, each pair
        once.
    """
    if format not in ("auto", *EDGE_FORMATS):
        raise InputError(
            f"a format among {listing(EDGE_FORMATS, 9)} or 'auto'",
            repr(format),
            did_you_mean(format, tuple(EDGE_FORMATS)),
        )
    name, content = _opened(source)
    if isinstance(content, Mapping):
        if where:
            raise InputError("a table to select rows of", f"JSON in {name}", "leave where out")
        return _finished(_from_dictionary(content, name), name)
    for column, value in (where or {}).items():
        content = content.where(column, value)
    chosen = _recognised(content, name) if format == "auto" else EDGE_FORMATS[format]
    return _finished(chosen.read(content), name)


def _opened(source: Any) -> tuple[str, TextTable | Mapping[str, Any]]:
    """The name of a source and what it holds: a table of text, or a dictionary."""
    if isinstance(source, Mapping):
        return "the dictionary", source
    if hasattr(source, "columns"):
        return "the table", _as_text(source, Path("the table"))
    if not isinstance(source, str | os.PathLike):
        raise InputError(
            "a file, a DataFrame or a dictionary of edges", type(source).__name__,
            "give the path of the file that the tool wrote",
        )  # fmt: skip
    path = Path(source)
    if not path.is_file():
        raise absent(path, "a file of edges")
    with path.open("rb") as file:
        start = file.read(2)
    if path.suffix.casefold() in _PICKLE or start[:1] == b"\x80":
        raise FileFormatError(
            "a table or JSON of edges", f"a pickle in {path}, which could run any code when read",
            "open it where you trust it and save it anew: frame.to_csv(path, index=False), or "
            "json.dump of {target: [regulators]}",
        )  # fmt: skip
    if is_parquet(path):
        return path.name, _as_text(read_parquet(path), path)
    if path.suffix.casefold() == ".json":
        return path.name, _json(path)
    return path.name, read_table(path)


def _as_text(frame: pd.DataFrame, path: Path) -> TextTable:
    filled = frame.astype(object).where(frame.notna(), "")
    rows = [[str(name) for name in frame.columns]]
    rows += [[str(value).strip() for value in row] for row in filled.to_numpy().tolist()]
    return TextTable(path, rows, list(range(1, len(rows) + 1)))


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(
            f"JSON in {path}", f"a damaged file ({error})", "write it again"
        ) from None
    if not isinstance(found, Mapping):
        raise FileFormatError(
            f"a JSON object {{target: [regulators]}} in {path}", type(found).__name__,
            "write it as json.dump({target: list(regulators), …})",
        )  # fmt: skip
    return found


def _recognised(table: TextTable, name: str) -> EdgeFormat:
    for known in EDGE_FORMATS.values():
        if known.recognises(table):
            return known
    shapes = "; ".join(f"{known.name}: {known.columns}" for known in EDGE_FORMATS.values())
    raise FileFormatError(
        f"columns named as in one of these ({shapes})",
        f"{listing(table.rows[0], 9)} in the first line of {name}",
        "put a first line with the names of the columns: GRNBoost2 and GENIE3 may write none "
        "(TF, target, importance)",
    )


def _columns(table: TextTable, source: str, target: str, weight: str) -> pd.DataFrame:
    """Three columns by name; what else an inferred network carries is not about the ranking."""
    import pandas as pd

    wanted = [source.casefold(), target.casefold(), weight.casefold()]
    found = table.columns(wanted, ignore=table.header)
    names = dict(zip(wanted, ("source", "target", "weight"), strict=True))
    return pd.DataFrame(found).rename(columns=names)


def _first(table: TextTable, *names: str) -> str:
    return next((name for name in names if table.has(name)), names[0])


def _read_scenic_plus(table: TextTable) -> pd.DataFrame:
    """eRegulons list a pair once for each region between: its importance is the same in all."""
    frame = _columns(
        table, "tf", _first(table, "gene", "target"), _first(table, "importance_tf2g", "importance")
    )
    by = _first(table, "regulation_tf2g", "rho_tf2g", "regulation", "rho")
    marks = _numbers(table.columns(["tf", by], ignore=table.header)[by], by)
    frame["weight"] = _numbers(frame["weight"], "importance") * np.sign(marks)
    strongest = frame.sort_values("weight", key=np.abs, ascending=False, kind="stable")
    return strongest.drop_duplicates(["source", "target"])


def _has_scenic_sign(table: TextTable) -> bool:
    ends = table.has("tf") and (table.has("gene") or table.has("target"))
    weight = table.has("importance_tf2g") or table.has("importance")
    sign = any(table.has(name) for name in ("rho_tf2g", "regulation_tf2g", "rho", "regulation"))
    return ends and weight and sign


def _from_dictionary(regulators: Mapping[str, Any], name: str) -> pd.DataFrame:
    import pandas as pd

    pairs = []
    for target, sources in regulators.items():
        if isinstance(sources, str) or not isinstance(sources, Sequence | set | frozenset):
            raise FileFormatError(
                f"a list of regulators for every target in {name}",
                f"{type(sources).__name__} for {target!r}",
                "write {target: [regulator, …]}",
            )
        pairs += [(str(source), str(target), 1.0) for source in dict.fromkeys(sources)]
    return pd.DataFrame(pairs, columns=["source", "target", "weight"])


def _finished(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    if frame.empty:
        raise FileFormatError(f"edges in {name}", "none", "check that the tool found some")
    frame = frame.assign(weight=_numbers(frame["weight"], "weight"))
    refuse_mangled(dict.fromkeys([*frame["source"], *frame["target"]]), name)
    for end in ("source", "target"):
        empty = np.flatnonzero(frame[end] == "")
        if len(empty):
            raise FileFormatError(
                f"a gene in every row of {name}", f"no {end} in edge {empty[0] + 1}", "complete it"
            )
    twice = frame.duplicated(["source", "target"])
    if twice.any():
        pair = frame[twice].iloc[0]
        raise FileFormatError(
            f"each pair once in {name}",
            f"{int(twice.sum()):,} pairs more than once, as {pair.source} → {pair.target}",
            "if a column says which network a row belongs to, choose one: "
            "read_edges(…, where={'cluster': 'name'})",
        )
    order = np.argsort(-np.abs(frame["weight"].to_numpy()), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _numbers(values: Any, column: str) -> np.ndarray:
    numbers = []
    for place, value in enumerate(values):
        try:
            number = {"+": 1.0, "-": -1.0}.get(value) or float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise FileFormatError(
                f"finite numbers in {column!r}", f"{value!r} in edge {place + 1}",
                "correct the number, or leave the row out",
            )  # fmt: skip
        numbers.append(number)
    return np.array(numbers)


def _plain(name: str, source: str, target: str, weight: str, words: str = "") -> EdgeFormat:
    return EdgeFormat(
        name,
        words or f"{source}, {target}, {weight}",
        lambda table: table.has(*(part.casefold() for part in (source, target, weight))),
        lambda table: _columns(table, source, target, weight),
    )


EDGE_FORMATS: dict[str, EdgeFormat] = {
    known.name: known
    for known in (
        EdgeFormat("scenic+", "TF, Gene, importance, and rho or regulation",
                   _has_scenic_sign, _read_scenic_plus),
        _plain("pyscenic", "TF", "target", "importance"),
        _plain("genie3", "regulatoryGene", "targetGene", "weight"),
        _plain("beeline", "Gene1", "Gene2", "EdgeWeight"),
        _plain("celloracle", "source", "target", "coef_mean"),
        EdgeFormat("table", "source, target, weight",
                   lambda table: table.has("source", "target")
                   and any(table.has(name) for name in _WEIGHTS),
                   lambda table: _columns(table, "source", "target", _first(table, *_WEIGHTS))),
    )
}  # fmt: skip
