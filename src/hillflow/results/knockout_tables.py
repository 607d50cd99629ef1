"""What is kept of predicted perturbations: their effects and ranking as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.causal.knockout_result import save_tables
from hillflow.errors import FileFormatError
from hillflow.findings import Finding
from hillflow.networks.about_file import read_about, write_about
from hillflow.run_files import EFFECTS, RANKING

_NEEDED = {
    RANKING: ("perturbation", "effect", "low", "high", "in_support"),
    EFFECTS: ("perturbation", "gene", "time", "delta", "low", "high"),
}
_NAMES = ("perturbation", "gene", "strongest", "fate_toward")  # a gene may be called NA


@dataclass(frozen=True, eq=False)
class KnockoutTables:
    """The tables that `hillflow knockout` leaves in a run.

    Attributes
    ----------
    ranking, effects
        As `KnockoutResult` has them.
    about
        How they were made: plain JSON values, ``runs`` where others joined.
    findings
        What must be said of them.
    """

    ranking: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)
    about: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of them."""
        return tuple(Finding(**one) for one in self.about.get("findings", ()))

    def save(self, path: Path) -> tuple[Path, ...]:
        """Write the effects to `path`, and the ranking beside it with what is noted of it."""
        paths = save_tables(self.effects, self.ranking, path)
        write_about(paths[1], self.about)
        return paths

    @classmethod
    def load(cls, folder: Path) -> KnockoutTables | None:
        """Those in a folder; None where there are none, and refused where they are damaged."""
        if not (folder / RANKING).is_file():
            return None
        effects = pd.DataFrame(columns=list(_NEEDED[EFFECTS]))
        if (folder / EFFECTS).is_file():
            effects = _read(folder / EFFECTS, _NEEDED[EFFECTS])
        ranking = _read(folder / RANKING, _NEEDED[RANKING])
        return cls(ranking, effects, read_about(folder / RANKING))


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        there = list(pd.read_csv(path, nrows=0).columns)
        absent = [column for column in columns if column not in there]
        if not absent:
            empty = {column: [""] for column in there if column not in _NAMES}
            return pd.read_csv(
                path, keep_default_na=False, na_values=empty, float_precision="round_trip"
            )
        found = f"none called {', '.join(absent)}"
    except ValueError as error:
        found = f"one that cannot be read ({error})"
    raise FileFormatError(
        f"a table {path.name} with the columns {', '.join(columns)}", found,
        "write it anew with `hillflow knockout`",
    )  # fmt: skip
