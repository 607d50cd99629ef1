"""Drivers: the regulators by how much of a network's weight is theirs."""

from __future__ import annotations

import pandas as pd

from hillflow.networks.network_table import NetworkTable

CONFIDENT = 0.8  # confidence from which an edge is called certain


def drivers(network: NetworkTable) -> pd.DataFrame:
    """Return a row per regulator of other genes, the strongest first.

    The share of regulator i is Σ_j |w_ij| / Σ_ij |w_ij|, over edges i → j between different genes.
    O(E). Weights of different readouts differ in scale, so shares are compared within one network
    only; and a share says nothing on whether the edges are real, which the confidence does.

    Parameters
    ----------
    network
        Its edges of non-zero weight count.

    Returns
    -------
    DataFrame
        ``regulator``, ``share``, ``certain`` (the part of the share on edges of confidence
        `CONFIDENT` or more), ``targets``, and ``certain_targets``.

    Examples
    --------
    >>> from hillflow.networks import Network
    >>> drivers(Network.from_columns(["A", "A", "B"], ["B", "C", "C"]))["share"].round(2).tolist()
    [0.67, 0.33]
    """
    edges = network.edges[network.edges["weight"] != 0]
    edges = edges[edges["source"] != edges["target"]]
    sure, share = edges["confidence"] >= CONFIDENT, edges["weight"].abs()
    share = share / share.sum()
    counted = edges[["source"]].assign(
        share=share, certain=share.where(sure, 0.0), targets=1, certain_targets=sure.astype(int)
    )
    sums = counted.groupby("source", sort=False).sum()
    ranked = sums.sort_values("share", ascending=False, kind="stable")
    return ranked.rename_axis("regulator").reset_index()
