"""Select the edges of a network by weight, by confidence, or around one gene."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.errors import InputError


def selected(
    edges: pd.DataFrame,
    *,
    confidence: float | None = None,
    top: int | None = None,
    top_per_target: int | None = None,
    min_weight: float | None = None,
    self_edges: bool = True,
) -> pd.DataFrame:
    """Return the edges that pass every threshold; see :meth:`Network.select`."""
    kept = edges if self_edges else edges[edges["source"] != edges["target"]]
    kept = kept[kept["weight"] != 0]
    if confidence is not None:
        if kept["confidence"].isna().all():
            raise InputError(
                "a network whose edges have a confidence", "that of a single fit, without one",
                "fit an ensemble (--ensemble 10), or keep the strongest with "
                "top=… (--top)",
            )  # fmt: skip
        kept = kept[kept["confidence"] >= confidence]
    if min_weight is not None:
        kept = kept[kept["weight"].abs() >= min_weight]
    if top_per_target is not None:
        kept = kept.groupby("target", sort=False).head(top_per_target)
    if top is not None:
        kept = kept.head(top)
    if kept.empty:
        nonzero = edges[edges["weight"] != 0]  # a pair of weight 0 is no edge
        raise InputError(
            "an edge above the threshold",
            f"none of {len(nonzero):,}; {_largest(nonzero)}",
            "lower the threshold, or keep the strongest with top=… (--top)",
        )
    return kept


def genes_near(edges: pd.DataFrame, gene: str, radius: int) -> set[str]:
    """Return the genes within `radius` edges of a gene, in either direction. Time O(radius · E)."""
    if radius < 1:
        raise InputError("a radius of 1 or more", str(radius), "1 takes regulators and targets")
    nonzero = edges[edges["weight"] != 0]
    near = {gene}
    for _ in range(radius):
        adjacent = nonzero["source"].isin(near) | nonzero["target"].isin(near)
        wider = near.union(nonzero["source"][adjacent], nonzero["target"][adjacent])
        if len(wider) == len(near):  # all that is connected
            break
        near = wider
    return near


def _largest(edges: pd.DataFrame) -> str:
    """Report the largest weight and confidence."""
    if edges.empty:
        return "every weight is 0"
    weight = f"the largest |weight| is {edges['weight'].abs().max():.3g}"
    confidence = edges["confidence"].max()
    return (
        weight if np.isnan(confidence) else f"{weight} and the largest confidence {confidence:.2f}"
    )
