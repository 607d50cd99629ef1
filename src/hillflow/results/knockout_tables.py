"""Tables of predicted perturbations that a run keeps: effects and ranking."""

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

_COLUMNS = {
    RANKING: ("perturbation", "effect", "low", "high", "in_support"),
    EFFECTS: ("perturbation", "gene", "time", "delta", "low", "high"),
}
_NAMES = (
    "perturbation",
    "gene",
    "strongest",
    "fate_toward",
)  # text columns: a gene may be called NA


@dataclass(frozen=True, eq=False)
class KnockoutTables:
    """Effects and ranking of predicted perturbations, as `hillflow knockout` writes them.

    Attributes
    ----------
    ranking, effects
        Tables as in `hillflow.causal.KnockoutResult`.
    about
        How they were computed, as plain JSON values; ``runs`` if several runs were joined.
    findings
        What a reader of the tables must know.
    """

    ranking: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)
    about: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader of the tables must know."""
        return tuple(Finding(**values) for values in self.about.get("findings", ()))

    def save(self, path: Path) -> tuple[Path, ...]:
        """Write the effects to `path`, and the ranking beside it with what is noted of it."""
        paths = save_tables(self.effects, self.ranking, path)
        write_about(paths[1], self.about)
        return paths

    @classmethod
    def load(cls, folder: Path) -> KnockoutTables | None:
        """Read the tables in a folder; None if it has none. Damaged tables are refused."""
        if not (folder / RANKING).is_file():
            return None
        effects = pd.DataFrame(columns=list(_COLUMNS[EFFECTS]))
        if (folder / EFFECTS).is_file():
            effects = _read(folder / EFFECTS, _COLUMNS[EFFECTS])
        ranking = _read(folder / RANKING, _COLUMNS[RANKING])
        return cls(ranking, effects, read_about(folder / RANKING))


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        header = list(pd.read_csv(path, nrows=0).columns)
        missing = [column for column in columns if column not in header]
        if not missing:
            empty = {column: [""] for column in header if column not in _NAMES}
            return pd.read_csv(
                path, keep_default_na=False, na_values=empty, float_precision="round_trip"
            )
        found = f"none called {', '.join(missing)}"
    except ValueError as error:
        found = f"one that cannot be read ({error})"
    raise FileFormatError(
        f"a table {path.name} with the columns {', '.join(columns)}", found,
        "write it again with `hillflow knockout`",
    )  # fmt: skip
