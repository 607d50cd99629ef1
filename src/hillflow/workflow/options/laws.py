"""``hillflow laws``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.run_files import LAWS as LAWS_FILE
from hillflow.workflow.files import check_given, check_result, check_runs
from hillflow.workflow.options.base import (
    CLUSTER,
    JOBS,
    OVERWRITE,
    RUN,
    SEED,
    Spec,
    Values,
    option,
    out_file,
)


@dataclass(frozen=True)
class LawOptions:
    """Whose laws, by which engine, and of which regulators."""

    genes: Any = option(
        None, "Only these genes, as A,B; all unless given.", kind="str | Sequence[str] | None",
        cli=str,
    )  # fmt: skip
    engine: Any = option(
        "template", "A name from `hillflow methods engines`.", kind="str | SymbolicEngine", cli=str
    )
    parents: int = option(4, "Candidate regulators of each gene, the network's strongest.")
    also: Any = option(
        "", "Genes to allow as regulators beside those, as A,B.", kind="str | Sequence[str]",
        cli=str,
    )  # fmt: skip
    graph: Any = option(
        None, "Edges (.csv) to take regulators from; inferred from the run unless given.",
        kind="Network | path | None", cli=Path,
    )  # fmt: skip
    tolerance: float = option(
        0.05, "Leave out terms that improve the fit by less than this share of the spread."
    )
    members: int = option(
        5, "Maximum number of members whose laws are found separately, to compare their structure."
    )
    constants: bool | None = option(
        None, "List K, n and effect of each regulator, and decay, noise and protein rate of each "
        "gene, with their intervals; unless given, of up to 12 genes.", kind="bool | None",
        cli=bool,
    )  # fmt: skip
    invariance: bool = option(
        False,
        "Say of each law in which condition it does worst, and by how much its constants of the "
        "other conditions do worse there than constants of its own.",
    )
    jobs: int = option(1, JOBS, minimum=1)
    cluster: str | None = option(None, CLUSTER, kind="str | None", cli=str)
    seed: int = option(0, SEED)
    overwrite: bool = option(False, OVERWRITE)


def _check(given: Values) -> None:
    check_runs(given["run"])
    check_result(given, ".json", LAWS_FILE)
    check_given(given["graph"], "a table of edges, as `hillflow graph` writes it")


LAWS = Spec(
    "laws",
    """Find a formula for each gene's dx/dt, with its regulators and its decay.

Errors are measured against the fitted field, in percent of the spread of the gene's production (0 %
is perfect): on the fitted states, beyond the cells (each regulator by itself over 1.5 times its
range), and on left-out cells. Read the warnings (flags) before you interpret a formula. Laws of
some genes are added to those that the run already has. A run of the field 'logic' is its own laws:
they are read from the model (of several members, the first), with their Boolean rules, and nothing
is searched for.""",
    "hillflow laws run --genes GATA1,SPI1",
    {
        "run": RUN,
        "out": out_file("The .json file to write; laws.json in the run unless given."),
    },
    {"options": LawOptions},
    check=_check,
)
