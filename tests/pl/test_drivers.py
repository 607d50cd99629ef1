"""Bars of the regulators: their lengths are the shares of the weight."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.errors import InputError
from hillflow.networks import Network

MATRIX = np.array([[0.0, 0.0, 0.5], [2.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # [target, source]


def test_bars_are_shares_and_dark_where_sure():
    sure = np.full((3, 3), np.nan)
    sure[1, 0], sure[2, 1] = 0.9, 0.3
    ax = pl.drivers(Network.from_matrix(("A", "B", "C"), MATRIX, confidence=sure), top=2)
    widths = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(widths, [2 / 3.5, 1 / 3.5, 2 / 3.5, 0])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B"]
    assert "1 weaker not drawn" in ax.get_title("left")
    assert len(pl.drivers(Network.from_matrix(("A", "B", "C"), MATRIX)).patches) == 3


def test_a_network_without_edges_between_genes_is_refused():
    with pytest.raises(InputError, match="edges between genes"):
        pl.drivers(Network.from_matrix(("A", "B"), np.eye(2)))
