"""``hillflow simulate``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hillflow.workflow.files import check_new_file
from hillflow.workflow.options.base import (
    OVERWRITE_FILE,
    SEED,
    Argument,
    Option,
    Spec,
    Values,
    option,
    out_file,
)


@dataclass(frozen=True)
class SimulateOptions:
    """How many cells, when, under what, and how they are measured."""

    cells: int = option(500, "Cells of each time and condition.")
    times: Any = option(
        None, "Hours, as 0,1,2,4; those listed with the system unless given.",
        kind="str | Sequence[float] | None", cli=str,
    )  # fmt: skip
    knockouts: Any = option(
        "", "Genes to knock out one by one, as A,B (A+B for both at once), or all.",
        kind="str | Sequence[str]", cli=str,
    )  # fmt: skip
    counts: bool = option(False, "Count molecules (UMI) instead of measuring levels.")
    noise: float = option(0.0, "Standard deviation of the measurement error.")
    dropout: float = option(0.0, "Probability that an entry is lost.")
    genes: int | None = option(
        None, "Size of a random network (scale-free, linear).", kind="int | None", cli=int
    )
    seed: int = option(0, SEED)
    overwrite: bool = option(False, OVERWRITE_FILE)


def _check(given: Values) -> None:
    check_new_file(given["out"], ".h5ad", given["overwrite"])


SIMULATE = Spec(
    "simulate",
    """Simulate cells of a regulatory system whose law and network are known.

Every time and every knockout has its own cells. The result holds the measured expression,
the true network, the true expression and the true velocity.""",
    "hillflow simulate hematopoiesis --out blood.h5ad --cells 500 --knockouts GATA1,SPI1",
    {
        "system": Argument(Option("Name of the system; see the list below.", "str", cli=str)),
        "out": out_file("The .h5ad file to write."),
    },
    {"options": SimulateOptions},
    ("out",),
    check=_check,
)
