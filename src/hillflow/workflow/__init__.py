"""The verbs of hillflow: what each command does, as a function.

A verb is loaded when it is first asked for, so that the declarations in `options`, from which
the command line makes its help, are light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hillflow.workflow._activity import activity
    from hillflow.workflow._check import check
    from hillflow.workflow._demo import demo
    from hillflow.workflow._export import export
    from hillflow.workflow._fit import fit
    from hillflow.workflow._graph import graph
    from hillflow.workflow._knockout import knockout
    from hillflow.workflow._laws import laws
    from hillflow.workflow._methods import methods
    from hillflow.workflow._predict import predict
    from hillflow.workflow._priors import priors
    from hillflow.workflow._report import report
    from hillflow.workflow._scm import scm
    from hillflow.workflow._simulate import simulate
    from hillflow.workflow._validate import validate
    from hillflow.workflow._velocity import velocity

__all__ = [
    "activity", "check", "demo", "export", "fit", "graph", "knockout", "laws", "methods", "predict",
    "priors", "report", "scm", "simulate", "validate", "velocity",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}._{name}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
