"""The values that the page shows: one function and one template per section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hillflow import pl
from hillflow.data import Snapshots
from hillflow.page.contents import Contents
from hillflow.page.knockouts import knockouts
from hillflow.page.laws import laws
from hillflow.page.limits import limits
from hillflow.page.network import network
from hillflow.page.reproduce import reproduce
from hillflow.page.scm import scm
from hillflow.page.summary import summary
from hillflow.page.validation import validation
from hillflow.page.values import picture
from hillflow.progress import ProgressCallback

TASK = "drawing the figures of the report"
MAX_CELLS = 6000  # drawn in the figure of populations; of more, every n-th

Section = Callable[[Contents], dict[str, Any]]


def context(
    contents: Contents, report: ProgressCallback = lambda task, done, total: None
) -> dict[str, Any]:
    """Return the values of each section by its name; empty for results not computed.

    `report` is told of each section, since some are simulated and drawn for many seconds.
    """
    sections: tuple[Section, ...] = (
        summary, network, knockouts, scm, laws, validation, dynamics, limits, reproduce,
    )  # fmt: skip
    values: dict[str, Any] = {}
    report(TASK, 0, 0)
    with pl.figure_style(off_screen=True):
        for number, section in enumerate(sections):
            values[section.__name__] = section(contents)
            report(TASK, number + 1, len(sections))
    return values | {"command": contents.run.command, "outdated": contents.outdated}


def first_member(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the member whose training is drawn."""
    return history[history["member"] == 0] if "member" in history else history


def dynamics(contents: Contents) -> dict[str, Any]:
    """Figures of the cells, their flow, genes over time, and the losses of training."""
    run, data = contents.run, contents.run.data
    pictures = {}
    if not run.fit.at_rest:
        pictures["stream"] = picture(pl.stream(run.fit, data=data))
    if len(run.fit.times) > 1 and run.fates is not None:  # else the answer on the first screen
        pictures["trajectories"] = picture(pl.trajectories(run.fit, data=data)[0])
    if isinstance(data, Snapshots):
        cells = data.take(np.arange(0, len(data), -(-len(data) // MAX_CELLS)))
        pictures["populations"] = picture(pl.populations(cells)[0])
        if data.labels is not None:
            pictures["labels"] = picture(pl.labels(data))
    if len(first_member(run.history)) > 1:  # one point is no curve
        pictures["history"] = picture(pl.history(run.history)[0])
    return {"members": run.members, **pictures}
