from __future__ import annotations

import numpy as np

from hillflow import pl
from hillflow.networks import Network

MATRIX = np.array([[0.0, 0.0, 0.1], [2.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # [target, source]
NAMES = ("A", "B", "C")


def names(labels) -> list[str]:
    return [label.get_text() for label in labels]


def test_rows_regulate_columns_and_the_heaviest_come_first():
    ax = pl.regulators(Network.from_matrix(NAMES, MATRIX))
    sources, targets = names(ax.get_yticklabels()), names(ax.get_xticklabels())
    assert sources == ["A", "B", "C"]
    assert targets == ["B", "C", "A"]
    shown = np.asarray(ax.images[0].get_array())
    for row, source in enumerate(sources):
        for column, target in enumerate(targets):
            assert shown[row, column] == MATRIX[NAMES.index(target), NAMES.index(source)]
    low, high = ax.images[0].get_clim()
    assert low == -high
    assert not ax.collections  # one fit: no confidence, no dots


def test_dots_grow_with_confidence_and_genes_not_drawn_are_counted():
    sure = np.full((3, 3), np.nan)
    sure[1, 0], sure[2, 1] = 0.9, 0.3
    ax = pl.regulators(Network.from_matrix(NAMES, MATRIX, confidence=sure), top=2)
    sizes = sorted(float(dot.get_sizes()[0]) for dot in ax.collections)
    np.testing.assert_allclose(sizes[1] / sizes[0], 3.0)
    assert "1 gene with smaller weights not drawn" in ax.get_title("left")
    ax.figure.canvas.draw()
