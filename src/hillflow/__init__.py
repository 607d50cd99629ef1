"""hillflow: from time-stamped single-cell snapshots to an explicit regulatory law.

Heavy parts (torch, anndata, scanpy) load when they are first used, so that
``import hillflow`` and ``hillflow --help`` answer at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hillflow._version import __version__

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories
    from hillflow.interventions import Intervention
    from hillflow.networks import Network

__all__ = ["Intervention", "Network", "Snapshots", "Trajectories", "__version__"]

_HOMES = {
    "Intervention": "hillflow.interventions",
    "Network": "hillflow.networks",
    "Snapshots": "hillflow.data",
    "Trajectories": "hillflow.data",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    try:  # the rooms themselves: hillflow.systems, hillflow.data, …
        return importlib.import_module(f"hillflow.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"hillflow.{name}":
            raise
        raise AttributeError(f"module 'hillflow' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted(__all__)
