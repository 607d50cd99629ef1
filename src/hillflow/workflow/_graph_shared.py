"""What networks of cells have in common: which cells they saw, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hillflow.data import Cells
from hillflow.data.times import format_time
from hillflow.errors import listing
from hillflow.findings import Finding, unique_findings
from hillflow.interventions import Intervention
from hillflow.networks import Network
from hillflow.workflow.options.graph import GraphOptions


def kept(
    network: Network,
    cells: Cells,
    options: GraphOptions,
    asked: dict[str, Any],
    said: Iterable[Finding],
) -> Network:
    """The edges that were asked for, with the cells and the findings that they come from."""
    network = selected(network, options)
    times = ", ".join(format_time(float(time), cells.time_unit) for time in np.unique(cells.time))
    about: dict[str, Any] = {
        **network.about, "asked": asked,
        "cells": f"{len(cells.x):,} at {times}; {in_words(cells.conditions)}",
    }  # fmt: skip
    noted = unique_findings([*said, *network.findings])
    if noted:
        about["findings"] = [one.to_json() for one in noted]
    return replace(network, about=about)


def selected(network: Network, options: GraphOptions) -> Network:
    """The strongest and surest edges; all unless asked."""
    if options.top is None and options.confidence is None:
        return network
    return network.select(top=options.top, confidence=options.confidence)


def in_words(conditions: Sequence[Intervention]) -> str:
    """``control and 3 perturbations: A=knockout, …``"""
    others = [one.name for one in conditions if not one.is_control]
    if not others:
        return "no perturbations"
    return f"{len(others):,} perturbation{'s' * (len(others) > 1)}: {listing(others)}"
