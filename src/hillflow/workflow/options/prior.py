"""A prior network: which, how its names are matched, and what is free beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from hillflow.errors import InputError, did_you_mean
from hillflow.workflow.options.base import (
    named,
    option,
)

FREE_EDGES = ("none", "regulators", "all")


_PANEL = "Prior network"


@dataclass(frozen=True)
class NetworkOptions:
    """A known network, and how its names are matched."""

    prior: Any = option(
        None, "A name from `hillflow priors list`, or a file of edges.",
        kind="str | path | Network | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    prior_file: Any = option(
        None, "Your own copy of the named network's file: no download.", kind="path | None",
        cli=Path, panel=_PANEL,
    )  # fmt: skip
    organism: str | None = option(
        None, "Organism, human or mouse; human where the name leaves it open.",
        kind="str | None", cli=str, panel=_PANEL,
    )  # fmt: skip
    fold_case: bool = option(
        False, "Ignore letter case in gene names: take Gata1 and GATA1 for one gene.", panel=_PANEL
    )
    aliases: Any = option(
        None, "Table of two columns, prior name and data name, or (in Python) a dictionary.",
        kind="path | dict | None", cli=Path, panel=_PANEL,
    )  # fmt: skip
    prior_format: str = option(
        "auto", "Format of the prior's file, where it is not recognised.", panel=_PANEL
    )
    where: Any = option(
        (), "Take only these rows of the prior's file; may be repeated.",
        kind="Sequence[str] | dict", cli=list[str], metavar="COLUMN=VALUE", panel=_PANEL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.prior is None:
            idle = [
                named(one.name) for one in fields(self) if getattr(self, one.name) != one.default
            ]
            if idle:
                raise InputError(
                    f"a prior network for {' and '.join(idle)}", f"no {named('prior')}",
                    "name one (`hillflow priors list`), or leave these options out",
                )  # fmt: skip


@dataclass(frozen=True)
class PriorOptions(NetworkOptions):
    """The prior network of a fit."""

    free_edges: str = option(
        "none", "Edges allowed beside the prior: none, regulators, all.", panel=_PANEL
    )
    prior_weight: float | None = option(
        None,
        "Weight λ of the prior's loss, for fields that take a prior as a loss and not as a mask "
        "(hill-dense); 0.03 by default.",
        kind="float | None", cli=float, panel=_PANEL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        weight = self.prior_weight
        if weight is not None and not (isinstance(weight, int | float) and 0 <= weight < math.inf):
            raise InputError(
                f"{named('prior_weight')} of 0 or more", repr(weight), "write 0.03, for example"
            )
        if self.free_edges not in FREE_EDGES:
            raise InputError(
                f"{named('free_edges')} among {', '.join(FREE_EDGES)}", repr(self.free_edges),
                did_you_mean(self.free_edges, FREE_EDGES),
            )  # fmt: skip
        super().__post_init__()
