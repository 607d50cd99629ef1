from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from hillflow import pl
from hillflow.errors import InputError
from hillflow.networks import Network

MATRIX = np.array([[0.5, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0] * 4])
SURE = np.full((4, 4), 0.5)
GRAPH = Network.from_matrix(("A", "B", "C", "alone"), MATRIX, confidence=SURE)


def test_edges_have_the_colour_of_their_sign_and_the_width_of_their_weight():
    ax = pl.network(GRAPH)
    strong, weak = ax.patches[-1], ax.patches[0]  # the strongest lies on top
    assert len(ax.patches) == 3
    assert to_hex(strong.get_edgecolor()) == "#0072b2"
    assert strong.get_linewidth() > weak.get_linewidth()
    colors = {to_hex(patch.get_edgecolor()) for patch in ax.patches}
    assert colors == {"#0072b2", "#d55e00"}
    assert strong.get_alpha() == pytest.approx(0.625)  # halfway between 0.25 and 1
    ax.figure.canvas.draw()


def test_genes_without_a_drawn_edge_are_left_out():
    assert {text.get_text() for text in pl.network(GRAPH).texts} == {"A", "B", "C"}
    ax = pl.network(GRAPH, top=1)
    assert {text.get_text() for text in ax.texts} == {"A", "B"}
    assert "1 strongest of 3 edges" in ax.get_title("left")


def test_no_edge_past_the_bound_is_said():
    with pytest.raises(InputError, match="above the threshold"):
        pl.network(GRAPH, confidence=0.9)
