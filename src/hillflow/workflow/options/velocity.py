"""``hillflow velocity``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass

from hillflow.workflow.files import check_new_file, check_runs
from hillflow.workflow.options.base import (
    OVERWRITE_FILE,
    RUN,
    Spec,
    Values,
    option,
    out_file,
)


@dataclass(frozen=True)
class VelocityOptions:
    """Where it may write."""

    overwrite: bool = option(False, OVERWRITE_FILE)


def _check(given: Values) -> None:
    check_new_file(given["out"], ".h5ad", given["overwrite"])
    check_runs(given["run"])


VELOCITY = Spec(
    "velocity",
    """Write the run's cells with their fitted velocities, for scVelo and CellRank.""",
    "hillflow velocity run --out velocity.h5ad",
    {"run": RUN, "out": out_file("The .h5ad file to write.")},
    {"options": VelocityOptions},
    ("out",),
    check=_check,
)
