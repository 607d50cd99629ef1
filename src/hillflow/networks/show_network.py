"""How a network shows itself: its strongest edges as a table and, in a notebook, as a drawing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from hillflow.networks.edges import INTERACTION
from hillflow.networks.network_table import NetworkTable
from hillflow.networks.svg import network_svg
from hillflow.show import Block, Drawing, Facts, Table, Text

MAX_ROWS, MAX_DRAWN = 20, 40  # edges in the table, and in the drawing
FEWEST = 5  # edges of which a share is worth stating


def network_blocks(network: NetworkTable) -> Iterator[Block]:
    """Counts, the strongest edges between genes, the drawing, and how the network was made."""
    yield Text(repr(network))
    edges = network.edges[network.edges["weight"] != 0]
    if not len(edges):
        return
    between = edges["source"] != edges["target"]  # self-edges are mostly decay
    shown = edges[between] if between.any() else edges
    title = "Strongest edges between genes" if between.any() else "Strongest edges"
    more = len(edges) - min(len(shown), MAX_ROWS)
    yield _table(
        shown.head(MAX_ROWS), title, f"{more:,} more edge{'s' * (more != 1)}" if more > 0 else ""
    )
    drawn = type(network)(network.genes, shown.head(MAX_DRAWN), {})
    name = hashlib.blake2b(drawn.edges.to_csv().encode(), digest_size=6).hexdigest()
    words = f"The {len(drawn):,} strongest of {len(shown):,} edges"
    yield Drawing(network_svg(drawn, name=f"network-{name}", title=words), words)
    about = network.about
    facts = [
        (label, f"{about['readout']}: {about[key]}" if key == "why" else str(about[key]))
        for label, key in (
            ("Weight", "description"),
            ("Readout", "why"),
            ("Confidence", "confidence"),
            ("Cells", "cells"),
        )
        if key in about and "readout" in about
    ]
    halves = about.get("halves")
    if halves and halves["edges"] >= FEWEST:
        again, chance = f"{halves['found_again']:.0%}", f"{halves['by_chance']:.0%}"
        words = f"{again} of the {halves['edges']:,} strongest edges, in another half of the cells"
        facts.append(("Found again", f"{words}; {chance} would be by chance"))
    facts += [
        (key.capitalize(), str(about[key])) for key in ("licence", "citation") if key in about
    ]
    if facts:
        yield Facts(facts)


def _table(edges: Any, title: str, caption: str) -> Table:
    sure = bool(edges["confidence"].notna().any())
    turning = "turns" in edges and bool(edges["turns"].any())
    lawful = "in_law" in edges
    columns = ["source", "", "target", "weight", *(["in the law"] * lawful),
               *(["confidence"] * sure), *(["between groups"] * turning)]  # fmt: skip
    rows = []
    for edge in edges.to_dict("records"):
        row = [edge["source"], INTERACTION[int(edge["sign"])], edge["target"],
               f"{edge['weight']:+.3g}"]  # fmt: skip
        row += ["yes" if edge["in_law"] else "no"] if lawful else []
        row += [round(edge["confidence"], 2)] * sure
        row += ["changes sign" * bool(edge["turns"])] if turning else []
        rows.append(row)
    return Table(columns, rows, title, caption)
