"""The cells, the flow among them, genes through time, and how the fit went."""

from __future__ import annotations

import numpy as np

from hillflow.data import Snapshots
from hillflow.page.contents import Contents
from hillflow.page.parts import Html, paragraph, picture, section
from hillflow.pl.gene_trajectories import plot_trajectories
from hillflow.pl.history import plot_history
from hillflow.pl.populations import plot_labels, plot_populations
from hillflow.pl.stream import plot_stream

MOST_CELLS = 6000  # drawn, every so-manieth of them where there are more


def dynamics(contents: Contents) -> Html:
    """The section with the figures of the fit itself."""
    run = contents.run
    pieces = [
        picture(
            plot_stream(run),
            "Measured cells in the plane of two principal components, coloured by time, with "
            "streamlines of the field and black paths of simulated cells.",
            "Where the fitted field carries untouched cells. The plane hides what lies outside it.",
        ),
        picture(
            plot_trajectories(run),
            "Panels, one a gene: measured mean and spread at each time, simulated mean as a line.",
            "Genes through time: measured (mean, and the middle 80 % of cells) and simulated from "
            "the first time on (line and band: the same).",
        ),
    ]
    if isinstance(run.data, Snapshots):
        cells = run.data.take(np.arange(0, len(run.data), -(-len(run.data) // MOST_CELLS)))
        pieces.append(
            picture(
                plot_populations(cells),
                "Measured cells in the plane of two principal components, a panel a condition, "
                "coloured by time.",
                "The measured populations, all in the plane of the untouched cells.",
            )
        )
        if cells.labels is not None:
            pieces.append(
                picture(
                    plot_labels(run.data),
                    "Stacked bars: share of each cell type among untouched cells at each time.",
                    "Cell types over time, as they were measured.",
                )
            )
    history = run.history
    if "member" in history:  # one member stands for all: they differ by seed alone
        history = history[history["member"] == history["member"].min()].drop(columns="member")
    if len(history):
        of = " of the first member" if run.members > 1 else ""
        pieces.append(
            picture(
                plot_history(history),
                "Curves of the loss terms and of the landing error by step.",
                f"How the fit{of} went: loss, and the error one time ahead where it was watched.",
            )
        )
    return section(
        "dynamics", "Cells and dynamics",
        paragraph("What was measured, and what the fitted field makes of it."), *pieces,
    )  # fmt: skip
