"""Which genes may act on others: one option, of ``fit`` and of ``graph``."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

from hillflow.workflow.files import check_gene_file
from hillflow.workflow.options.base import option

ALL, PRIOR = "all", "prior"


@dataclass(frozen=True)
class RegulatorOptions:
    """Which genes may act on others."""

    regulators: Any = option(
        None,
        "The genes that may act on others: a file with one a line, or (in Python) their names; "
        "'prior', the sources of the prior network (of a fit, or for activities); 'all', the "
        "default. Among more than 2,000 genes, name them.",
        kind="path | 'prior' | 'all' | Sequence[str] | None", cli=str, metavar="FILE|prior|all",
    )  # fmt: skip


def check_regulators(given: Any) -> None:
    """Refuse the path of a list of regulators that does not exist."""
    if isinstance(given, str | PathLike) and str(given) not in (ALL, PRIOR):
        check_gene_file(given)
