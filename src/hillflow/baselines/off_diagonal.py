"""Convert a matrix of weights to a network of all pairs of two genes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.networks.network import Network


def off_diagonal(
    matrix: np.ndarray,
    genes: Sequence[str],
    *,
    signed: bool = True,
    sources: Sequence[int] | np.ndarray | None = None,
) -> Network:
    """Return every ordered pair of two genes of a matrix [target, source], strongest first.

    Parameters
    ----------
    signed
        Whether the signs of weights are those of regulation; importances have no sign.
    sources
        Columns whose pairs are listed; by default all.
    """
    listed = ~np.eye(len(genes), dtype=bool)
    if sources is not None:
        listed[:, np.setdiff1d(np.arange(len(genes)), sources)] = False
    network = Network.from_matrix(genes, matrix, candidates=listed)
    return network if signed else replace(network, edges=network.edges.assign(sign=0))
