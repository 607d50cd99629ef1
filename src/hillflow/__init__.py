"""hillflow: from time-stamped single-cell snapshots to an explicit regulatory law.

    import hillflow as hf

    run = hf.fit(adata, time="day", out="run")
    network = hf.graph(run)

Every verb is the command of the same name, with its defaults and its effects. Heavy parts
(torch, anndata, scanpy) load when they are first used, so that ``import hillflow`` and
``hillflow --help`` answer at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hillflow._version import __version__
from hillflow.interpreter import check_docstrings

if TYPE_CHECKING:
    from hillflow import pl
    from hillflow.data import Snapshots, Trajectories
    from hillflow.interventions import Intervention
    from hillflow.networks import Network
    from hillflow.results import Run
    from hillflow.symbolic import Law
    from hillflow.workflow import (
        activity,
        check,
        export,
        fit,
        graph,
        knockout,
        laws,
        methods,
        predict,
        priors,
        report,
        scm,
        simulate,
        validate,
        velocity,
    )

__all__ = [
    "Intervention",
    "Law",
    "Network",
    "Run",
    "Snapshots",
    "Trajectories",
    "__version__",
    "activity",
    "check",
    "export",
    "fit",
    "graph",
    "knockout",
    "laws",
    "methods",
    "pl",
    "predict",
    "priors",
    "report",
    "scm",
    "simulate",
    "validate",
    "velocity",
]

_HOMES = {
    "Intervention": "hillflow.interventions",
    "Law": "hillflow.symbolic",
    "Network": "hillflow.networks",
    "Run": "hillflow.results",
    "Snapshots": "hillflow.data",
    "Trajectories": "hillflow.data",
}


def __getattr__(name: str) -> Any:
    if name in __all__ and name != "pl":
        check_docstrings()
        value = getattr(importlib.import_module(_HOMES.get(name, "hillflow.workflow")), name)
        globals()[name] = value
        return value
    try:  # the rooms themselves: hillflow.fields, hillflow.data, …
        return importlib.import_module(f"hillflow.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"hillflow.{name}":
            raise
        raise AttributeError(f"module 'hillflow' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted(__all__)
