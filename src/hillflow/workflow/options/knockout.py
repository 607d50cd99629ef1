"""``hillflow knockout``: its options and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.devices import CPU, check_device
from hillflow.errors import InputError
from hillflow.run_files import EFFECTS, about_name, fates_beside, ranking_beside
from hillflow.workflow.files import (
    check_cells,
    check_new_file,
    check_result,
    check_runs,
    path_or_none,
)
from hillflow.workflow.options.base import (
    ALSO_HELP,
    CLUSTER,
    DEVICE,
    JOBS,
    OVERWRITE_FILE,
    RUN_OR_CELLS,
    SEED,
    TIMES,
    Argument,
    Option,
    Spec,
    Values,
    option,
    out_file,
)
from hillflow.workflow.options.data import ColumnOptions
from hillflow.workflow.options.graph import are_cells


@dataclass(frozen=True)
class KnockoutOptions:
    """Which perturbations, of which cells, until when."""

    all: bool = option(False, "Perturb every gene of the run.")
    pairs: bool = option(False, "Perturb all pairs of these genes too.")
    edges: int = option(
        0, "Cut this many edges one by one: the strongest of the run's network, beside genes those "
        "that leave them. An edge by name is SOURCE=cut@TARGET among the genes.", minimum=0,
        own_check=True,
    )  # fmt: skip
    mode: str = option(
        "knockout",
        "Kind of perturbation: knockout; knockdown=0.5 (50 % of the gene's production is removed); "
        "overexpress=2 (its production doubles); clamp=1.5 (its level is held at 1.5); or "
        "cut_outgoing (its targets do not respond to it).",
    )
    times: Any = option(
        None, f"Measured times to predict ({TIMES}); every one after the start unless given.",
        kind="str | Sequence[float] | None", cli=str,
    )  # fmt: skip
    start_time: Any = option(
        None, "Start from the control cells of this time, not the first.",
        kind="str | float | None", cli=str,
    )  # fmt: skip
    cells: int = option(500, "Maximum number of control cells to simulate.")
    also: Sequence[Any] = option(
        (), ALSO_HELP, kind="Sequence[Run | path]", cli=list, metavar="RUN"
    )
    seed: int = option(0, SEED)
    jobs: int = option(1, JOBS, minimum=1)
    cluster: str | None = option(None, CLUSTER, kind="str | None", cli=str)
    device: str = option(CPU, DEVICE)
    overwrite: bool = option(
        False, f"{OVERWRITE_FILE} The run's own tables are added to, or replaced, without it."
    )


def _check(given: Values) -> None:
    genes, every, edges = given["genes"], given["all"], given["edges"]
    if isinstance(edges, bool) or not isinstance(edges, int) or edges < 0:
        raise InputError(
            "how many of the strongest edges to cut", f"edges={edges!r}",
            "write edges=20 (--edges 20), or genes='GATA1=cut@SPI1' for an edge by name",
        )  # fmt: skip
    if (genes is not None and every) or not (genes is not None or every or edges):
        raise InputError(
            "either genes=… (--genes) or all=True (--all), or edges=… (--edges)",
            "neither" if genes is None else "both genes and all",
            "write genes='GATA1,SPI1+KLF1' (--genes GATA1,SPI1+KLF1), all=True (--all) or edges=20 "
            "(--edges 20)",
        )  # fmt: skip
    if given["pairs"] and genes is None and not every:
        raise InputError(
            "genes=… (--genes) or all=True (--all) for pairs=True (--pairs)", "edges alone",
            "leave pairs=True (--pairs) out, or name the genes",
        )  # fmt: skip
    if are_cells(given["run"]):
        check_cells(given["run"])
        path = path_or_none(given["out"])
        beside = () if path is None else (ranking_beside(path.name),)
        check_new_file(path, ".csv", given["overwrite"], beside=beside)
        return
    check_runs(given["run"], given["also"])
    check_result(given, ".csv", EFFECTS, _beside)
    alone = given["jobs"] == 1 and given["cluster"] is None
    check_device(given["device"], alone=alone)


def _beside(path: Path) -> list[str]:
    ranking = ranking_beside(path.name)
    return [ranking, about_name(ranking), fates_beside(path.name)]


KNOCKOUT = Spec(
    "knockout",
    """Predict the effects of perturbations and rank them.

Writes a table with one row per perturbation, gene and time, and a ranking with one row per
perturbation. A run predicts them by its law: intervals need several members, and direct targets
are counted in the run's network, if `graph` has inferred it. From cells, without a fit, they are
guessed in seconds by association with the gene and by the other measured perturbations, and each
measured perturbation is guessed without its own cells, which shows what such guesses are worth.""",
    "hillflow knockout run --genes GATA1,SPI1,GATA1+SPI1",
    {
        "run": RUN_OR_CELLS,
        "genes": Argument(
            Option(
                "Genes to perturb, with commas between them; A+B is both at once, and A=cut@B cuts "
                "the edge from A to B.",
                "str | Sequence[str] | None",
                cli=str,
            ),
            None,
            positional=False,
        ),
        "out": out_file("The .csv file to write; knockouts.csv in the run unless given."),
    },
    {"columns": ColumnOptions, "options": KnockoutOptions},
    check=_check,
)
