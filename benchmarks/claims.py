"""Claims that hold and claims that do not: the figure at the top of the benchmarks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.environment import ROOT
from hillflow.pl import figure_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE = ROOT / "docs" / "benchmarks" / "claims.svg"
HOLDS, FAILS = "#0072B2", "#E69F00"


def claims(results: Sequence[Mapping[str, Any]]) -> Figure:
    """A bar a benchmark with claims, in the order given from the top; counts stand in it."""
    from matplotlib.figure import Figure

    counted = {
        one["benchmark"]: (
            sum(claim["holds"] for claim in one["claims"]),
            sum(not claim["holds"] for claim in one["claims"]),
        )
        for one in results
        if one["claims"]
    }
    names, places = list(counted), range(len(counted))
    with figure_style():
        figure = Figure(figsize=(5.6, 0.6 + 0.24 * len(names)))
        axes = figure.add_subplot()
        holding = [held for held, _ in counted.values()]
        failing = [failed for _, failed in counted.values()]
        axes.barh(places, holding, color=HOLDS, label="holds")
        axes.barh(places, failing, left=holding, color=FAILS, hatch="///", edgecolor="white",
                  label="does not hold")  # fmt: skip
        for place, held, failed in zip(places, holding, failing, strict=True):
            says = f"{held}" + (f" + {failed}" if failed else "")
            axes.text(held + failed + 0.3, place, says, va="center", fontsize=8)
        axes.set(yticks=places, yticklabels=names, xlabel="claims")
        axes.invert_yaxis()
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.margins(x=0.12)
        axes.legend(loc="lower right")
    return figure


def draw(results: Path, order: Sequence[str] = (), figure: Path = FIGURE) -> Path:
    """From the committed results to an SVG, the same bytes every time."""
    found = [json.loads((results / f"{name}.json").read_text("utf-8"))
             for name in order if (results / f"{name}.json").is_file()]  # fmt: skip
    with figure_style():
        claims(found).savefig(figure, metadata={"Date": None})
    return figure
