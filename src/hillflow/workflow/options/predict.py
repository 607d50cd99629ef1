"""``hillflow predict``: its options and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.devices import CPU, check_device
from hillflow.workflow.files import check_new_file, check_runs
from hillflow.workflow.options.base import (
    ALSO_HELP,
    DEVICE,
    OVERWRITE_FILE,
    RUN,
    TIMES,
    Argument,
    Option,
    Spec,
    Values,
    option,
    out_file,
)


@dataclass(frozen=True)
class PredictOptions:
    """From which cells, to which times, and how boldly."""

    start_time: Any = option(
        None, "Start from the control cells of this time, not the first.",
        kind="str | float | None", cli=str,
    )  # fmt: skip
    times: Any = option(
        None, f"Times to predict ({TIMES}); every later one measured unless given.",
        kind="str | Sequence[float] | None", cli=str,
    )  # fmt: skip
    absolute: bool = option(
        False, "Return the simulated cells themselves; their times need not be measured."
    )
    cautious: bool = option(
        False, "Shrink each gene's change by twice the spread of the members; needs two or more."
    )
    pooled: bool = option(
        False, "Pool the control's means with populations that do not differ from it."
    )
    also: Sequence[Any] = option(
        (), ALSO_HELP, kind="Sequence[Run | path]", cli=list, metavar="RUN"
    )
    inputs: Any = option(
        None,
        "Of a run on units with doses: the doses to predict, a table as in fit. Units of the run "
        "start from their first observation, others from its mean.",
        kind="path | DataFrame | None", cli=Path,
    )  # fmt: skip
    covariates: Any = option(
        None, "Covariates of units that the run does not have, a table as in fit.",
        kind="path | DataFrame | None", cli=Path,
    )  # fmt: skip
    device: str = option(CPU, DEVICE)
    overwrite: bool = option(False, OVERWRITE_FILE)


def _check(given: Values) -> None:
    check_new_file(given["out"], ".h5ad", given["overwrite"])
    check_runs(given["run"], given["also"])
    check_device(given["device"])


PREDICT = Spec(
    "predict",
    """Predict cells under a perturbation, or at later times, from a run's control cells.

Measured control cells are shifted by the change that the fit predicts, so that its errors on the
control cancel. Without a perturbation the control cells are simulated.""",
    'hillflow predict run --out knockout.h5ad --perturb "GATA1=ko,SPI1=oe:2"',
    {
        "run": RUN,
        "perturb": Argument(
            Option(
                'What is done to the cells, as "GATA1=ko,SPI1=oe:2"; ko, kd:0.7, oe:2, '
                "clamp:1.5, deg:0.1 and cut are understood.",
                "str | Intervention",
                cli=str,
            ),
            "control",
            positional=False,
        ),
        "out": out_file("The .h5ad file to write."),
    },
    {"options": PredictOptions},
    ("out",),
    check=_check,
)
