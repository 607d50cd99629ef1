"""Which edges of a network are kept: the strong, the sure, and those around one gene."""

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
    """The edges that every bound lets pass; see :meth:`Network.select`."""
    kept = edges if self_edges else edges[edges["source"] != edges["target"]]
    kept = kept[kept["weight"] != 0]
    if confidence is not None:
        if kept["confidence"].isna().all():
            raise InputError(
                "a network whose edges carry a confidence", "a single fit, which has none",
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
        raise InputError(
            "an edge past the threshold",
            f"none of {len(edges):,}; {_reached(edges[edges['weight'] != 0])}",
            "lower the threshold, or take the strongest with top=… (--top)",
        )
    return kept


def genes_near(edges: pd.DataFrame, gene: str, radius: int) -> set[str]:
    """The genes within so many edges of a gene, up or down stream. Time O(radius · E)."""
    if radius < 1:
        raise InputError("a radius of 1 or more", str(radius), "1 takes regulators and targets")
    claimed = edges[edges["weight"] != 0]
    near = {gene}
    for _ in range(radius):
        touching = claimed["source"].isin(near) | claimed["target"].isin(near)
        near = near.union(claimed["source"][touching], claimed["target"][touching])
    return near


def _reached(edges: pd.DataFrame) -> str:
    """How strong and how sure the edges are at most."""
    if edges.empty:
        return "no edge has weight"
    strongest = f"the strongest has |weight| {edges['weight'].abs().max():.3g}"
    surest = edges["confidence"].max()
    return strongest if np.isnan(surest) else f"{strongest} and the surest confidence {surest:.2f}"
