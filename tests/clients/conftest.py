"""A network with every kind of name and edge, for programs that are not ours to read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.networks import Network

GENES = (
    "NKX2-5", "HLA-DRA", "7157", "a&b<c>", "two words", "S", "N", "E", "I", "E2F1", "1e5", "NA",
    "true", 'say "x"', "it's", "edge-0", "日本", "#1", "lone",
)  # fmt: skip


@pytest.fixture(scope="session")
def graph() -> Network:
    """A chain through all genes but the last, a self-edge, signs of both kinds and none."""
    size = len(GENES)
    weight = np.zeros((size, size))
    confidence = np.full((size, size), np.nan)
    for k in range(size - 2):
        weight[k + 1, k] = (-1) ** k * (k + 1) / 4
        if k % 3:
            confidence[k + 1, k] = k / size
    weight[0, 0] = 1e-12
    network = Network.from_matrix(GENES, weight, confidence=confidence, contrast=weight / 3)
    edges, unknown = network.edges, network.edges["source"] == "S"
    edges = edges.assign(
        sign=edges["sign"].mask(unknown, 0),
        weight=edges["weight"].mask(unknown, edges["weight"].abs()),
    )
    return replace(network, edges=edges)


@pytest.fixture(scope="session")
def prior() -> Network:
    return Network.from_columns(
        ["NKX2-5", "HLA-DRA", "7157"], ["HLA-DRA", "7157", "lone"], [1, 1, -1],
        evidence=["1;2", "", "3"], name="known", citation="Someone & others 2000",
    )  # fmt: skip
