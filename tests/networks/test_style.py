"""The colour of an edge: its sign's where the fit is sure, and towards white where it is not."""

from __future__ import annotations

import pytest

from hillflow.networks import annotated
from hillflow.networks.style import COLORS, OPACITIES, on_white


def parts(color: str) -> list[int]:
    return list(bytes.fromhex(color.removeprefix("#")))


@pytest.mark.parametrize("interaction", COLORS)
def test_it_fades_evenly_and_keeps_its_hue(interaction):
    assert on_white(interaction, 1.0) == on_white(interaction, None) == COLORS[interaction]
    faint = [[255 - part for part in parts(on_white(interaction, sure))] for sure in (1, 0.5, 0)]
    for share, one in zip((1.0, sum(OPACITIES) / 2, OPACITIES[0]), faint, strict=True):
        assert one == pytest.approx([share * part for part in faint[0]], abs=0.51)


def test_every_edge_carries_its_color(graph, prior):
    network = annotated(graph, prior)
    for *_, marks in network.edges(data=True):
        assert marks["color"] == on_white(marks["interaction"], marks.get("confidence"))
    assert network.edges["B", "A"]["color"] == COLORS["inhibits"]  # confidence 1
    assert network.edges["A", "B"]["color"] != COLORS["activates"]  # 0.9
