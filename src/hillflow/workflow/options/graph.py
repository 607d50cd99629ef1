"""``hillflow graph``: its options and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError
from hillflow.run_files import EDGES, about_name
from hillflow.workflow.files import check_result, check_runs
from hillflow.workflow.options.base import (
    ALSO_HELP,
    OVERWRITE,
    RUN,
    Spec,
    Values,
    named,
    option,
    out_file,
)


@dataclass(frozen=True)
class GraphOptions:
    """How the network is read, and how much of it is kept."""

    readout: str = option(
        "auto",
        "A name from `hillflow methods readouts`; auto, the one that suits the field; or "
        "consensus, with views in closed form.",
    )
    also: Sequence[Any] = option(
        (), ALSO_HELP, kind="Sequence[Run | path]", cli=list, metavar="RUN"
    )
    top: int | None = option(
        None, "Keep only this many of the strongest edges.", kind="int | None", cli=int
    )
    confidence: float | None = option(
        None, "Keep edges of at least this confidence only, 0 to 1.", kind="float | None",
        cli=float,
    )  # fmt: skip
    overwrite: bool = option(False, OVERWRITE)

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise InputError(
                f"{named('top')} of 1 or more", f"{self.top}", "leave it out to keep every pair"
            )
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise InputError(
                f"{named('confidence')} between 0 and 1", f"{self.confidence:g}", "write 0.8"
            )


def _check(given: Values) -> None:
    check_runs(given["run"], given["also"])
    check_result(given, ".csv", EDGES, lambda path: [about_name(path.name)])


GRAPH = Spec(
    "graph",
    """Infer the regulatory network from a run, with signs, weights and confidences.

Unless top or confidence is given, every candidate pair is kept. Confidences need a run of several
members, five or more. For the readout consensus, runs of another field on the same cells can be
pooled with this one.""",
    "hillflow graph run --confidence 0.8",
    {
        "run": RUN,
        "out": out_file("The .csv file to write; edges.csv in the run unless given."),
    },
    {"options": GraphOptions},
    check=_check,
)
