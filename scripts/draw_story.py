"""The pictures of README.md and docs/index.md: snapshots, a law, a knockout, the whole network.

    python scripts/draw_story.py [RUN]

Simulated blood cells, one law fitted to them with the knockout of FLI1 kept back, and the fates
that it predicts without FLI1 beside those of the cells that were kept back: the run of the README's
code, about 100 CPU seconds. RUN is a folder: the run is saved there, and used again if it is there.
The same run gives the same bytes. ``make pictures`` calls this.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import hillflow as hf
from hillflow.causal import simulated_fates
from hillflow.networks.network import INTERACTION
from hillflow.networks.style import COLORS
from hillflow.pl import figure_of, figure_style
from hillflow.pl._network import draw_arrow, draw_nodes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hillflow.symbolic import BooleanRule

FOLDER = Path(__file__).parents[1] / "docs" / "story"
TIMES, KNOCKOUTS, KEPT_BACK = (0, 8, 16, 32, 64), "GATA1,SPI1,CEBPA,GFI1,FLI1", "FLI1"
SIZE = (2.5, 2.75)  # inches: three stand side by side on a page, one below the other on a phone
DRAWN = 80  # cells of each time
RULES = ("KLF1", "FLI1")
AT = {"GATA1": (0.0, 2.0), "ZFPM1": (0.0, 1.0), "KLF1": (-1.0, 0.0), "FLI1": (1.0, 0.0)}
FATES = ("erythrocyte", "megakaryocyte", "granulocyte", "monocyte", "progenitor")
WITH, WITHOUT, PREDICTED = "#8A8A8A", "#0072B2", "#E69F00"


def new_figure(title: str) -> Figure:
    """A small figure with a bold title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE)
    figure.suptitle(title, x=0.02, ha="left", fontsize=10, fontweight="bold")
    return figure


def snapshots(cells: hf.Snapshots) -> Figure:
    """Cells without a perturbation on the two main axes of their variation, by time."""
    import matplotlib as mpl

    control = cells.x[cells.rows(condition="control")]
    middle = control.mean(axis=0)
    _, _, axes_of_variation = np.linalg.svd(control - middle, full_matrices=False)
    figure = new_figure("1  Cells at five times")
    axes = figure.add_subplot()
    colors = mpl.colormaps["viridis"](np.linspace(0.05, 0.9, len(TIMES)))
    for time, color in zip(TIMES, colors, strict=True):
        x = cells.x[cells.rows(time=time, condition="control")][:DRAWN]
        at = (x - middle) @ axes_of_variation[:2].T
        axes.scatter(*at.T, s=7, color=color, linewidths=0, label=f"{time} h")
    figure.legend(
        loc="outside lower center", ncols=len(TIMES), handletextpad=-0.3, columnspacing=0.5,
        markerscale=2, fontsize=8,
    )  # fmt: skip
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return figure


def law(run: hf.Run) -> Figure:
    """What the law says of four genes: its edges between them, and two of its rules in words."""
    network = hf.graph(run)
    figure = new_figure("2  One law for all genes")
    axes = figure.add_subplot()
    for edge in network.edges.to_dict("records"):
        between = edge["source"] in AT and edge["target"] in AT and edge["source"] != edge["target"]
        if between and edge["in_law"]:
            kind = INTERACTION[int(edge["sign"])]
            draw_arrow(
                axes, kind, AT[edge["source"]], AT[edge["target"]], 2.2, color=COLORS[kind],
                shrink=(19, 19),
            )  # fmt: skip
    draw_nodes(axes, AT, AT)
    axes.set(xlim=(-1.35, 1.35), ylim=(-0.35, 2.35))
    axes.set_axis_off()
    best = hf.laws(run).best
    axes.text(
        0.5, -0.09, "\n".join(f"{gene} if {in_words(best[gene].rule)}" for gene in RULES),
        transform=axes.transAxes, ha="center", va="top", fontsize=8, linespacing=1.5,
    )  # fmt: skip
    return figure


def in_words(rule: BooleanRule) -> str:
    """``ZFPM1 & !FLI1`` as ``ZFPM1 and not FLI1``."""
    terms = (
        " and ".join(f"{'' if sign > 0 else 'not '}{regulator}" for regulator, sign in term)
        for term in rule.terms
    )
    return ", or ".join(terms)


def knockout(run: hf.Run, cells: hf.Snapshots) -> Figure:
    """Fates at the last time: measured with the gene, measured and predicted without it."""
    table = simulated_fates(run.fit, cells).set_index(["perturbation", "label"])
    columns = [
        (f"with {KEPT_BACK}", "control", "measured", WITH),
        (f"without {KEPT_BACK}", f"{KEPT_BACK}=knockout", "measured", WITHOUT),
        ("without, predicted", f"{KEPT_BACK}=knockout", "simulated", PREDICTED),
    ]
    figure = new_figure("3  A knockout not yet seen")
    axes = figure.add_subplot()
    places = np.arange(len(FATES), dtype=float)
    for number, (label, condition, column, color) in enumerate(columns):
        shares = 100 * table.loc[condition][column].reindex(FATES).to_numpy(float)
        axes.barh(places + 0.27 * (number - 1), shares, 0.25, color=color, label=label)
    axes.invert_yaxis()
    axes.set(yticks=places, yticklabels=FATES, xlabel="% of the cells after 64 h")
    axes.tick_params(labelsize=8, length=2)
    axes.xaxis.label.set_fontsize(8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", fontsize=7, handlelength=1, borderaxespad=0)
    return figure


def main(folder: Path | None) -> None:
    """Fit, or open the run of `folder`, and draw."""
    adata = hf.simulate("hematopoiesis", cells=200, times=TIMES, knockouts=KNOCKOUTS)
    if folder is not None and folder.exists():
        run = hf.Run.open(folder)
    else:
        run = hf.fit(
            adata, time="time", perturbation="perturbation", leave_out_perturbation=KEPT_BACK
        )
        if folder is not None:
            run.save(folder)
    cells = hf.Snapshots.from_anndata(adata)
    FOLDER.mkdir(exist_ok=True)
    with figure_style(off_screen=True):
        whole = hf.pl.network(hf.graph(run), top=20)
        drawn = {"snapshots": snapshots(cells), "law": law(run), "knockout": knockout(run, cells),
                 "network": figure_of(whole)}  # fmt: skip
        for name, figure in drawn.items():
            figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
            print(f"wrote {FOLDER / name}.svg", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
