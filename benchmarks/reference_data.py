"""Where the benchmark data lies: ``HILLFLOW_DATA``, else ``../shared/data`` beside the checkout."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.environment import ROOT
from hillflow.data import Snapshots
from hillflow.errors import MissingFileError


class MissingDataError(MissingFileError):
    """The reference data is not on this machine."""


def data_file(name: str) -> Path:
    """A file of the benchmark data, or an error that says where it was looked for."""
    places = [os.environ.get("HILLFLOW_DATA"), ROOT.parent / "shared" / "data"]
    folders = [Path(place) for place in places if place]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise MissingDataError(
        f"the benchmark data {name}",
        f"nothing in {' or '.join(map(str, folders))}",
        "set HILLFLOW_DATA to the folder that holds it",
    )


def logged(cells: Snapshots) -> Snapshots:
    """The cells as log(1 + x), levels below 0 at 0."""
    return replace(
        cells, x=np.log1p(np.maximum(cells.x, 0)).astype(np.float32), scale="log1p", basis=None
    )
