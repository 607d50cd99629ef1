"""``hillflow graph``: its options and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

from hillflow.errors import InputError
from hillflow.files import is_store
from hillflow.run_files import EDGES, about_name
from hillflow.workflow.files import (
    check_cells,
    check_gene_file,
    check_given,
    check_new_file,
    check_result,
    check_runs,
    path_or_none,
)
from hillflow.workflow.options.base import (
    ALSO_HELP,
    CLUSTER,
    DRY_RUN,
    JOBS,
    OVERWRITE,
    RUN_OR_CELLS,
    SEED,
    Spec,
    Values,
    default_of,
    named,
    option,
    out_file,
)
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.options.prior import NetworkOptions
from hillflow.workflow.options.regulators import RegulatorOptions, check_regulators
from hillflow.workflow.options.state import OF_CLOSED_FORM, StateOptions, check_state


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
    bootstraps: int = option(
        20, "Resamplings of the cells, for confidences without a fit; 0 leaves them out.",
        minimum=0,
    )  # fmt: skip
    invariance: bool = option(
        False,
        "Add the column invariance, from cells of two conditions or more: among the laws that "
        "predict best in a condition they were not fitted to, the share that have the edge.",
    )
    metacells: Any = option(
        "auto",
        "Average so many similar cells of a population into one, in the mean, before the "
        "regressions of cells; 1 leaves cells as they are; auto takes 5 where perturbations were "
        "measured, of 20 genes or more, and 40 % of the values or more are 0.",
        kind="int | 'auto'", cli=str,
    )  # fmt: skip
    seed: int = option(0, SEED)
    jobs: int = option(1, JOBS, minimum=1)
    cluster: str | None = option(None, CLUSTER, kind="str | None", cli=str)
    overwrite: bool = option(False, OVERWRITE)
    dry_run: bool = option(False, DRY_RUN)

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise InputError(
                f"{named('top')} of 1 or more", f"{self.top}", "leave it out to keep every pair"
            )
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise InputError(
                f"{named('confidence')} between 0 and 1", f"{self.confidence:g}", "write 0.8"
            )
        if self.metacells != "auto":
            object.__setattr__(self, "metacells", _whole(self.metacells))
        if self.bootstraps < 0 or self.bootstraps == 1:
            raise InputError(
                f"{named('bootstraps')} of 2 or more, which can agree, or 0",
                f"{self.bootstraps}", "leave it at its default",
            )  # fmt: skip


def _whole(given: Any) -> int:
    """A number of cells, as Python or the command line gives it."""
    text = str(given)
    if isinstance(given, bool) or not text.isdecimal() or int(text) < 1:
        raise InputError(
            f"a whole number from 1 on, or auto, as {named('metacells')}", repr(given), "write 5"
        )
    return int(text)


def are_cells(given: Any) -> bool:
    """Whether a path names cells: by its ending, or as a store that zarr wrote.

    What is no path is looked at when it is read.
    """
    if not isinstance(given, str | PathLike):
        return False
    return Path(given).suffix in (".h5ad", ".zarr") or is_store(given)


def _check(given: Values) -> None:
    own = {one.name: default_of(one) for one in fields(GraphOptions)}
    check_state(given, {name: own[name] for name in OF_CLOSED_FORM})
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")
    if are_cells(given["run"]):
        check_cells(given["run"])
        check_gene_file(given["genes"])
        check_regulators(given["regulators"])
        path = path_or_none(given["out"])
        beside = () if path is None else (about_name(path.name),)
        check_new_file(path, ".csv", given["overwrite"], beside=beside)
        return
    check_runs(given["run"], given["also"])
    check_result(given, ".csv", EDGES, lambda path: [about_name(path.name)])


GRAPH = Spec(
    "graph",
    """Infer the regulatory network from cells or from a run, with signs, weights and confidences.

Unless top or confidence is given, every candidate pair is kept. From cells, no fit is needed: the
network comes from regressions with a closed form, with confidences over bootstraps, in seconds; or,
where mRNA says little of what regulators do, from activities, read from targets that are known.
From a run, it is that of the fit; confidences then need several members, five or more, except of
the field logic. For the readout consensus, runs of another field on the same cells can be pooled
with this one.""",
    "hillflow graph run --confidence 0.8",
    {
        "run": RUN_OR_CELLS,
        "out": out_file("The .csv file to write; unless given, edges.csv in the run."),
    },
    {
        "data": DataOptions,
        "network": NetworkOptions,
        "acting": RegulatorOptions,
        "state": StateOptions,
        "options": GraphOptions,
    },
    check=_check,
)
