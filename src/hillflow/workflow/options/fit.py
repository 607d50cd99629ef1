"""``hillflow fit``: its options."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.devices import CPU, check_device
from hillflow.errors import InputError
from hillflow.run_folder import check_target
from hillflow.workflow.files import check_cells, check_gene_file, check_given
from hillflow.workflow.options.base import (
    CLUSTER,
    DEVICE,
    DRY_RUN,
    SEED,
    Argument,
    Option,
    Spec,
    Values,
    named,
    option,
    out_file,
)
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.options.prior import PriorOptions
from hillflow.workflow.options.regulators import RegulatorOptions, check_regulators

_SCORE = "Left out and scored"


@dataclass(frozen=True)
class LeftOutOptions:
    """Populations that shape nothing and are predicted at the end."""

    leave_out_time: Any = option(
        None, "A time, or several as 8,16, whose cells are left out of training and scored.",
        kind="str | float | Sequence | None", cli=str, panel=_SCORE,
    )  # fmt: skip
    leave_out_perturbation: Any = option(
        None,
        "A perturbation, or several as GATA1,SPI1 (both at once: GATA1+SPI1), whose cells at all "
        "times are left out of training and scored.",
        kind="str | Sequence | None", cli=str, panel=_SCORE,
    )  # fmt: skip


@dataclass(frozen=True)
class FitOptions:
    """Field, method, members, and how the work is done."""

    field: Any = option(
        None,
        "A name from `hillflow methods fields`, or auto, which chooses the field that best "
        "predicts left-out cells. The default is logic, a law, for snapshots of up to 100 genes "
        "(auto if a method is named), "
        "auto (with a prior, hill) for more, hill-dense for series, and mlp for coordinates "
        "(obsm). A method that trains one field only has that field as its default.",
        kind="str | VectorField | None", cli=str,
    )  # fmt: skip
    method: Any = option(
        None,
        "A name from `hillflow methods methods`. The default is law for the field logic, "
        "'default' for other snapshots, velocity for cells of one time with a velocity, and "
        "phoenix for series.",
        kind="str | Method | None", cli=str,
    )  # fmt: skip
    components: Any = option(
        None,
        "Number of principal components of the genes that are the state, for the field "
        "locally-linear; 30 by default in panels of more than 100 genes, else all genes. Networks "
        "and predictions are of genes all the same.",
        kind="int | None", cli=int, minimum=1,
    )  # fmt: skip
    dataset: str | None = option(
        None,
        "Column of obs with the data set of each cell, where several are fitted jointly: each in "
        "its own principal components, which are aligned, by one operator of the field "
        "locally-linear (components=…, --components).",
        kind="str | None", cli=str,
    )  # fmt: skip
    coupling: Any = option(
        None,
        "Which cells become which: a name from `hillflow methods couplings`, or a plan of "
        "Waddington-OT, moscot or lineage tracing: an .h5ad or .npz map, a folder of them, or a "
        "table of pairs. The default is the method's own.",
        kind="str | path | Coupling | None", cli=str, metavar="NAME|FILE",
    )  # fmt: skip
    within_batches: bool = option(
        False,
        "Couple cells with cells of the same batch alone (the column batch of obs, or batch=…), "
        "where batches were measured at several times.",
    )
    velocity_layer: str | None = option(
        None,
        "Layer with an RNA velocity of the fitted matrix, as scVelo, veloVI, Dynamo and others "
        "write it. Cells of several times are fitted by both, and its unit of time is learned; "
        "cells of one time by the method velocity.",
        kind="str | None", cli=str,
    )  # fmt: skip
    unspliced_layer: str | None = option(
        None,
        "Layer with unspliced mRNA; the fitted layer is then that of spliced mRNA (unless named, "
        "'spliced' of 'unspliced', and 'Ms' of 'Mu'), and the rate of splicing is learned too. Of "
        "cells of one time the velocities are fitted.",
        kind="str | None", cli=str,
    )  # fmt: skip
    velocity_weight: Any = option(
        None,
        "Weight of the velocities beside snapshots; 1 by default: to explain none of them costs "
        "as much as to predict no change.",
        kind="float | None", cli=float,
    )  # fmt: skip
    noise: Any = option(
        None, "Learn the noise of each gene, with which cells are then simulated; by default, as "
        "the method says (law: yes).", kind="bool | None", cli=bool,
    )  # fmt: skip
    protein: Any = option(
        None, "Let regulators act by a protein that follows its mRNA with a delay; by default, as "
        "the method says (law: yes).", kind="bool | None", cli=bool,
    )  # fmt: skip
    sigma: Any = option(
        None, "Noise σ of dx = … dt + σ dW, in expression per √time, for sf2m and sb-cfm; by "
        "default chosen from the distances between populations.", kind="float | None", cli=float,
    )  # fmt: skip
    efficacy: Any = option(
        None,
        "Fraction of a knocked-out gene's activity that is lost, 0 to 1, or 'learn' (CRISPR: its "
        "mRNA may stay). Unless given, a knockout ends the gene's production.",
        kind="float | 'learn' | None", cli=str,
    )  # fmt: skip
    ensemble: int = option(
        1,
        "Number of fits, each on resampled cells; needed for confidences and intervals (5 is "
        "usual).",
        minimum=1,
    )
    seed: int = option(0, SEED)
    threads: int = option(1, "PyTorch threads. 1 is fastest for small batches.")
    jobs: int = option(1, "Processes that fit members at the same time.", minimum=1)
    cluster: str | None = option(None, CLUSTER, kind="str | None", cli=str)
    device: str = option(CPU, DEVICE)
    effort: float = option(1.0, "Factor on the method's number of steps.")
    resume: bool = option(False, "Continue an interrupted fit in OUT; the result is the same.")
    overwrite: bool = option(False, "Replace the run in OUT once this fit is finished.")
    dry_run: bool = option(False, DRY_RUN)

    def __post_init__(self) -> None:
        weight = self.velocity_weight
        if weight is not None and not (isinstance(weight, int | float) and 0 <= weight < math.inf):
            raise InputError(
                f"{named('velocity_weight')} of 0 or more", repr(weight), "write 1, for example"
            )


def _check(given: Values) -> None:
    if given["out"] is not None:
        check_target(Path(given["out"]), resume=given["resume"], overwrite=given["overwrite"])
    check_cells(given["cells"])
    check_gene_file(given["genes"])
    check_regulators(given["regulators"])
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")
    alone = given["jobs"] == 1 and given["cluster"] is None
    check_device(given["device"], alone=alone)


FIT = Spec(
    "fit",
    """Fit a vector field (dx/dt) to cells and save the fit as a run.

Everything is checked before the work begins. Ctrl-C keeps what was done; the same command
with resume continues from there, and the result is the same.""",
    "hillflow fit blood.h5ad --time time --perturbation perturbation --out run",
    {
        "cells": Argument(
            Option(
                "Cells: an .h5ad file or .zarr store, AnnData, Snapshots or Trajectories.",
                "AnnData | Snapshots | Trajectories | path",
                metavar="DATA",
                cli=Path,
            )
        ),
        "out": out_file(
            "The run's folder to write, which only a dry run may lack; in Python, None keeps the "
            "run in memory."
        ),
    },
    {
        "data": DataOptions,
        "prior": PriorOptions,
        "acting": RegulatorOptions,
        "left_out": LeftOutOptions,
        "options": FitOptions,
    },
    ("out",),
    check=_check,
)
