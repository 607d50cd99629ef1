"""``hillflow priors``: options of its commands."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from hillflow.files import check_file
from hillflow.workflow.files import check_given
from hillflow.workflow.options.base import (
    Argument,
    Option,
    Spec,
    Values,
    option,
)

NAME = Argument(
    Option("A name from `hillflow priors list`, as trrust or trrust-mouse.", "str", cli=str)
)


@dataclass(frozen=True)
class ChecksumOptions:
    """What a download must be."""

    organism: str | None = option(
        None,
        "Organism, human or mouse; human where the name leaves it open.",
        kind="str | None",
        cli=str,
    )
    sha256: str | None = option(
        None, "Checksum to demand of the file.", kind="str | None", cli=str,
        flags=("--sha256",),
    )  # fmt: skip
    allow_unverified: bool = option(False, "Accept a download that has no known checksum.")


@dataclass(frozen=True)
class AlignOptions:
    """Which file, and how its names are matched."""

    prior_file: Any = option(
        None, "Your own copy of the network's file: no download.", kind="path | None", cli=Path
    )
    fold_case: bool = option(
        False, "Ignore letter case in gene names: take gata1, Gata1 and GATA1 for one gene."
    )
    aliases: Any = option(
        None, "Table of two columns, prior name and data name, or (in Python) a dictionary.",
        kind="path | dict | None", cli=Path,
    )  # fmt: skip
    format: str = option("auto", "Format of the network's file, where it is not recognised.")
    where: Any = option(
        (), "Take only these rows; may be repeated.", kind="Sequence[str] | dict", cli=list[str],
        metavar="COLUMN=VALUE",
    )  # fmt: skip


def _check_align(given: Values) -> None:
    if isinstance(given["data"], str | PathLike):
        check_file(Path(given["data"]), "an .h5ad file", (".h5ad",))
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")


FETCH = Spec(
    "fetch",
    """Get the file of a prior network, check it, and say where it is.""",
    "hillflow priors fetch trrust --organism mouse",
    {"name": NAME},
    {"options": ChecksumOptions},
)


ALIGN = Spec(
    "align",
    """Report which edges of a prior network fall among the genes of the data.

The name may also be the path of a file of edges.""",
    "hillflow priors align trrust cells.h5ad --organism mouse",
    {
        "name": Argument(
            Option(
                f"{NAME.option.help[:-1]}; or (in Python) a Network or a table of edges.",
                "str | path | Network | DataFrame",
                cli=str,
            )
        ),
        "data": Argument(
            Option(
                "Cells, of which only the genes are used: AnnData, a file, or gene names.",
                "AnnData | path | Sequence[str]",
                metavar="DATA.h5ad",
                cli=Path,
            )
        ),
    },
    {"options": AlignOptions, "checksum": ChecksumOptions},
    check=_check_align,
)
