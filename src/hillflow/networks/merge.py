"""Merge several rows of one pair into one edge.

Their evidence is united, the largest weight is kept, a known sign takes precedence over an
unknown one, and opposite signs become ``both`` (with sign 0, because they constrain a fit as
little as an unknown sign). Other columns are those of the strongest row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hillflow.errors import InputError, listing
from hillflow.networks.edges import ranked
from hillflow.networks.signs_and_weights import (
    BOTH,
    mark_both,
    read_signs,
    read_weights,
    signs_of_weights,
    text_array,
    unite_evidence,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMED = ("source", "target", "sign", "both", "weight", "evidence")
_CODE, _SIZE = "(sign)", "(size)"  # other columns may have any name
_PLAIN = ("source", "target", _CODE, _SIZE, "evidence")


def edges_of_columns(
    source: Iterable[object],
    target: Iterable[object],
    sign: Iterable[object] | None = None,
    weight: Iterable[object] | None = None,
    evidence: Iterable[str] | None = None,
    others: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Merge rows into a table of edges, strongest first, ties in the order of their first rows.

    Parameters
    ----------
    source, target
        Gene names, one per row.
    sign
        Numbers or words (``activation``, ``-``, ``both``). Without it, negative weights are
        inhibitions and positive ones activations; without either, signs are unknown.
    weight
        Numbers; by default 1. With a sign only |weight| is used, and a negative weight of an
        activation is refused.
    evidence
        Items joined by ``;``.
    others
        Further columns, with one value per row.
    """
    source, target = _names(source, "source"), _names(target, "target")
    weights = np.ones(len(source)) if weight is None else read_weights(weight)
    if sign is not None:
        codes = read_signs(sign)
        _refuse_contradiction(source, target, codes, weights)
    elif weight is not None:
        codes = signs_of_weights(weights)
    else:
        codes = np.zeros(len(source), dtype=np.int8)
    texts = [""] * len(source) if evidence is None else evidence
    rows = pd.DataFrame(
        {
            "source": text_array(source),
            "target": text_array(target),
            _CODE: codes,
            _SIZE: np.abs(weights),
            "evidence": text_array(unite_evidence([str(text)]) for text in texts),
        }
    )
    if others is not None:
        rows = pd.concat([rows, others.reset_index(drop=True)], axis=1)
    return _signed(_merged(rows))


def edges_of_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Merge the rows of a table with ``source``, ``target`` and any other columns."""
    missing = [column for column in ("source", "target") if column not in frame]
    if missing:
        raise InputError(
            "a table with the columns source and target",
            listing(frame.columns),
            f"rename the columns: {listing(missing)} missing",
        )
    named = frame[[name for name in _NAMED if name in frame]]
    filled = named.astype(object).where(named.notna(), "")
    columns = {name: filled[name].tolist() for name in filled}
    return edges_of_columns(
        columns["source"],
        columns["target"],
        mark_both(columns.get("sign"), columns.get("both")),
        columns.get("weight"),
        columns.get("evidence"),
        frame.drop(columns=list(named)),
    )


def _names(values: Iterable[object], column: str) -> list[str]:
    names = [value.strip() if isinstance(value, str) else value for value in values]
    for row, name in enumerate(names, start=1):
        if not isinstance(name, str) or not name:
            raise InputError(
                f"a gene name in {column!r} of every edge",
                f"{name!r} in edge {row}",
                "name the gene as text, or drop the row",
            )
    return [str(name) for name in names]


def _refuse_contradiction(
    source: Sequence[str], target: Sequence[str], codes: NDArray[np.int8], weights: NDArray[Any]
) -> None:
    opposed = np.flatnonzero((codes == 1) & (weights < 0))  # (−1, 0.5) is a plain magnitude
    if len(opposed):
        first = int(opposed[0])
        raise InputError(
            "signs and weights that agree",
            f"{len(opposed):,} edges where they do not, the first {source[first]} → "
            f"{target[first]} with sign {codes[first]} and weight {weights[first]:g}",
            "give weights without a sign, or leave one of the two columns out",
        )


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each pair. Cost O(rows)."""
    if not rows.duplicated(["source", "target"]).any():
        return rows
    pair = rows.groupby(["source", "target"], sort=False).ngroup()
    signs = {code: (rows[_CODE] == code).groupby(pair).any() for code in (1, -1, BOTH)}
    both = signs[BOTH] | (signs[1] & signs[-1])
    code = np.select([both, signs[1], signs[-1]], [BOTH, 1, -1], 0)
    strongest = rows[_SIZE].groupby(pair).idxmax()
    evidence = rows["evidence"].groupby(pair).agg(lambda texts: unite_evidence(list(texts)))
    merged = rows.loc[strongest].reset_index(drop=True)
    return merged.assign(**{_CODE: code, "evidence": text_array(evidence)})


def _signed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a network's edges, with sign and size as one signed weight."""
    code, size = rows[_CODE].to_numpy(), rows[_SIZE].to_numpy()
    sign = np.where(code == BOTH, 0, code).astype(np.int64)
    columns = {
        "source": rows["source"],
        "target": rows["target"],
        "weight": np.where(sign < 0, 0.0 - size, size),
        "sign": sign,
        "confidence": rows.get("confidence", np.nan),
        "both": code == BOTH,
        "evidence": rows["evidence"],
    }
    others = rows.drop(columns=[*_PLAIN, "confidence"], errors="ignore")
    return ranked(pd.concat([pd.DataFrame(columns, index=rows.index), others], axis=1))
