"""Average precision over the number of knockouts: the figure of the table `networks`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.environment import ROOT
from hillflow.pl import figure_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE = ROOT / "docs" / "benchmarks" / "networks.svg"
COUNTS = ("none", "1", "2", "3", "all")
OURS = "hillflow"


def curves(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """A panel a system, a line a method, mean and standard deviation over its seeds.

    Only systems with every count of `COUNTS` are drawn; a dotted line is what chance reaches.
    """
    from matplotlib.figure import Figure

    of: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        of.setdefault(row["data"], []).append(row)
    of = {name: found for name, found in of.items() if {r["knockouts"] for r in found} >= {*COUNTS}}
    with figure_style():
        figure = Figure(figsize=(3.4 * max(len(of), 1) + 1.6, 3.2))
        panels = figure.subplots(1, max(len(of), 1), sharey=True, squeeze=False)[0]
        for axes, (system, found) in zip(panels, of.items(), strict=True):
            for method in dict.fromkeys(row["method"] for row in found):
                line = {r["knockouts"]: r for r in found if r["method"] == method}
                axes.errorbar(
                    range(len(COUNTS)), [line[c]["ap"] for c in COUNTS],
                    [line[c]["sd"] for c in COUNTS], label=method, marker="o", markersize=3,
                    capsize=2, linewidth=2 if method == OURS else 1,
                )  # fmt: skip
            chance = found[0]["ap"] / found[0]["ap_over_base"]
            axes.axhline(chance, color="#8A8A8A", linestyle=":", label="chance")
            axes.set(title=system, xlabel="knockouts measured", xticks=range(len(COUNTS)),
                     xticklabels=COUNTS, ylim=(0, 1))  # fmt: skip
        panels[0].set_ylabel("average precision")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def draw(result: Path, figure: Path = FIGURE) -> Path:
    """From a results file to an SVG, the same bytes every time."""
    rows = json.loads(result.read_text("utf-8"))["rows"]
    with figure_style():
        curves(rows).savefig(figure, metadata={"Date": None})
    return figure
