"""The values that the page shows: one function and one template per section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hillflow import pl
from hillflow.data import Snapshots
from hillflow.page.contents import Contents
from hillflow.page.knockouts import knockouts
from hillflow.page.laws import laws
from hillflow.page.limits import limits
from hillflow.page.network import network
from hillflow.page.summary import summary
from hillflow.page.validation import validation
from hillflow.page.values import picture

MAX_CELLS = 6000  # drawn in the figure of populations; of more, every n-th

Section = Callable[[Contents], dict[str, Any]]


def context(contents: Contents) -> dict[str, Any]:
    """Return the values of each section by its name; empty for results not computed."""
    sections: tuple[Section, ...] = (
        summary, network, knockouts, laws, validation, dynamics, limits, reproduce,
    )  # fmt: skip
    with pl.figure_style(off_screen=True):
        values: dict[str, Any] = {section.__name__: section(contents) for section in sections}
    return values | {"command": contents.run.command, "outdated": contents.outdated}


def dynamics(contents: Contents) -> dict[str, Any]:
    """Figures of the cells, their flow, genes over time, and the losses of training."""
    run, data = contents.run, contents.run.data
    pictures = {
        "stream": picture(pl.stream(run.fit, data=data)),
        "trajectories": picture(pl.trajectories(run.fit, data=data)[0]),
    }
    if isinstance(data, Snapshots):
        cells = data.take(np.arange(0, len(data), -(-len(data) // MAX_CELLS)))
        pictures["populations"] = picture(pl.populations(cells)[0])
        if data.labels is not None:
            pictures["labels"] = picture(pl.labels(data))
    if len(run.history):
        pictures["history"] = picture(pl.history(run.history)[0])
    return {"members": run.members, **pictures}


def reproduce(contents: Contents) -> dict[str, Any]:
    """Return the commands that repeat the run, in order; seed, data and versions."""
    run, about = contents.run, contents.graph_about
    request = run.manifest["request"]
    readout = ["--readout", about["readout"]] if "readout" in about else []
    results = {
        "graph": (contents.graph, [*_also(about), *readout]),
        "knockout": (
            contents.ranking,
            ["--all", *_also(contents.knockouts.about if contents.knockouts else {})],
        ),
        "laws": (contents.laws, []),
        "validate": (contents.validation, ["--against", "REFERENCE"]),
    }
    commands = [
        run.command(name, *options)
        for name, (result, options) in results.items()
        if result is not None
    ]
    return {
        "commands": [run.manifest["command"], *commands, run.command("report")],
        "facts": [
            ("seed", str(request.get("seed", run.fit.seed))),
            ("data", f"fingerprint {request['data']['fingerprint']}"),
            *((name, str(version)) for name, version in run.manifest["versions"].items()),
        ],
    }


def _also(about: dict[str, Any]) -> list[str]:
    """Return the options that join further runs."""
    return [word for run in about.get("runs", ())[1:] for word in ("--also", run)]
