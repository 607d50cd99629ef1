"""``hillflow export``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.workflow.files import check_given, check_no_cells
from hillflow.workflow.options.base import (
    OVERWRITE_FILE,
    Argument,
    Option,
    Spec,
    Values,
    option,
)


@dataclass(frozen=True)
class ExportOptions:
    """Which part of the network, and what is laid over it."""

    confidence: float | None = option(
        None, "Keep edges of at least this confidence only, 0 to 1.", kind="float | None",
        cli=float, minimum=0, maximum=1,
    )  # fmt: skip
    top: int | None = option(
        None, "Keep only this many of the strongest edges.", kind="int | None", cli=int, minimum=1
    )
    top_per_target: int | None = option(
        None, "Keep only this many of the strongest edges into each gene.", kind="int | None",
        cli=int, minimum=1,
    )  # fmt: skip
    gene: str | None = option(
        None, "Keep only the neighbourhood of this gene, among the edges kept above.",
        kind="str | None", cli=str,
    )  # fmt: skip
    radius: int = option(1, "Radius of the neighbourhood, in edges.", minimum=1)
    prior: Any = option(
        None,
        "A known network to compare with: edges are marked agreement, opposite, novel or missing.",
        kind="str | path | Network | None", cli=str, metavar="NAME|FILE",
    )  # fmt: skip
    prior_file: Any = option(
        None, "Your own copy of the prior's file: no download.", kind="path | None", cli=Path
    )
    organism: str | None = option(
        None, "Organism of the prior: human or mouse.", kind="str | None", cli=str
    )
    fold_case: bool = option(
        False, "Ignore letter case in gene names: take gata1, Gata1 and GATA1 for one gene."
    )
    aliases: Any = option(
        None, "Table of two columns, prior name and data name, or (in Python) a dictionary.",
        kind="path | dict | None", cli=Path,
    )  # fmt: skip
    overwrite: bool = option(False, OVERWRITE_FILE)


def _check(given: Values) -> None:
    check_no_cells(given["source"], "a run or a table of edges")
    check_given(given["source"], "a run directory or a table of edges")
    check_given(given["prior_file"], "a file of edges")
    check_given(given["aliases"], "a table")


EXPORT = Spec(
    "export",
    """Write the network for Cytoscape and other tools, or the laws as SBML.

The network of a run is the one that `graph` wrote into it; otherwise it is inferred now. The
laws are those that `laws` wrote.""",
    "hillflow export run --to cx2 --out network.cx2 --top 100",
    {
        "source": Argument(
            Option(
                "A run, a network or laws, or an edges.csv that `hillflow graph` wrote.",
                "Run | Network | Laws | path",
                metavar="RUN|EDGES.csv",
                cli=Path,
            )
        ),
        "to": Argument(
            Option(
                "A name from `hillflow methods formats`, such as cx2, graphml, decoupler or sbml.",
                "str",
                cli=str,
                metavar="FORMAT",
            ),
            positional=False,
        ),
        "out": Argument(Option("The file to write.", "path", cli=Path), positional=False),
    },
    {"options": ExportOptions},
    check=_check,
)
