"""``hillflow validate``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.errors import InputError
from hillflow.run_files import VALIDATION
from hillflow.workflow.files import check_gene_file, check_given, check_new_file, check_no_cells
from hillflow.workflow.options.base import (
    OVERWRITE,
    SEED,
    Argument,
    Option,
    Spec,
    Values,
    option,
    out_file,
)

_REFERENCE = "Reference network"


@dataclass(frozen=True)
class ValidateOptions:
    """Which reference, which pairs count, and what stands beside the score."""

    organism: str | None = option(
        None, "Organism, human or mouse; human where the name leaves it open.",
        kind="str | None", cli=str, panel=_REFERENCE,
    )  # fmt: skip
    prior_file: Any = option(
        None, "Your own copy of the reference's file: no download.", kind="path | None", cli=Path,
        panel=_REFERENCE,
    )  # fmt: skip
    format: str = option(
        "auto", "Format of that file, where it is not recognised.", panel=_REFERENCE
    )
    where: Any = option(
        (), "Take only these rows of that file; may be repeated.", kind="Sequence[str] | dict",
        cli=list[str], metavar="COLUMN=VALUE", panel=_REFERENCE,
    )  # fmt: skip
    fold_case: bool = option(
        False, "Ignore letter case in gene names: take Gata1 and GATA1 for one gene."
    )
    aliases: Any = option(
        None, "Table of two columns, reference name and data name, or (in Python) a dictionary.",
        kind="path | dict | None", cli=Path,
    )  # fmt: skip
    universe: str = option(
        "reference", "Pairs that are scored. reference: its regulators × the genes; ordered: all."
    )
    genes: Any = option(
        None, "The measured genes beside a bare table: a file with one a line, or their names.",
        kind="path | Sequence[str] | None", cli=Path,
    )  # fmt: skip
    prior: Any = option(
        None, "The prior network that the fit was given, where it keeps no copy.",
        kind="str | path | Network | None", cli=str,
    )  # fmt: skip
    figure: Any = option(
        None, "Draw the result into this .png, .pdf or .svg file.", kind="path | None", cli=Path
    )
    shuffles: int = option(
        199, "Number of shuffled networks for each estimate of chance.", minimum=1
    )
    seed: int = option(0, SEED)
    overwrite: bool = option(False, OVERWRITE)


FIGURES = (".png", ".pdf", ".svg")


def _check(given: Values) -> None:
    check_new_file(given["out"], ".json", given["overwrite"], VALIDATION)
    if given["figure"] is not None:
        _check_figure(Path(given["figure"]), given["overwrite"])
    check_no_cells(given["network"], "a run, or a file of edges")
    check_given(given["network"], "a run, or a file of edges")
    check_gene_file(given["genes"])
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")


def _check_figure(path: Path, overwrite: bool) -> None:
    if path.suffix not in FIGURES:
        raise InputError(
            f"a figure's name that ends in {', '.join(FIGURES)}", repr(path.name),
            f"write {path.with_suffix('.png').name}",
        )  # fmt: skip
    check_new_file(path, "", overwrite)


VALIDATE = Spec(
    "validate",
    """Compare a network with a published one, with chance and with simple baselines.

Only pairs are scored that the reference can judge, and that the fit was not given as a
prior. A table of edges may come from GENIE3, GRNBoost2, pySCENIC, SCENIC+, CellOracle,
BEELINE or decoupler.""",
    "hillflow validate run --against trrust --organism human",
    {
        "network": Argument(
            Option(
                "A run, a network, or any tool's table of edges.",
                "Run | Network | DataFrame | path",
                metavar="RUN|EDGES",
                cli=Path,
            )
        ),
        "against": Argument(
            Option(
                "A name from `hillflow priors list`, such as trrust or collectri, or a file.",
                "str | path | Network",
                cli=str,
                panel=_REFERENCE,
            ),
            positional=False,
        ),
        "out": out_file("The .json file to write; in a run, validation.json unless given."),
    },
    {"options": ValidateOptions},
    check=_check,
)
