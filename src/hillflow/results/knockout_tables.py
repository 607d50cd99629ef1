"""Tables of predicted perturbations that a run keeps: effects, ranking and fates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.causal.knockout_result import save_tables
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.networks.about_file import CHANGED, read_about, write_about
from hillflow.records import missing, reading
from hillflow.results.numbers import check_numbers
from hillflow.run_files import EFFECTS, FATES, RANKING
from hillflow.spreadsheet import unescaped

_COLUMNS = {
    RANKING: ("perturbation", "effect", "low", "high", "in_support"),
    EFFECTS: ("perturbation", "gene", "time", "delta", "low", "high"),
    FATES: ("perturbation", "label", "control", "predicted", "shift"),
}
_FIX = "write it again with `hillflow knockout`"
ROUNDING = 1e-6  # of shares
TEXT_COLUMNS = (
    "perturbation",
    "gene",
    "strongest",
    "fate_toward",
    "label",
)  # a gene may be called NA


@dataclass(frozen=True, eq=False)
class KnockoutTables:
    """Effects, ranking and fates of predicted perturbations, as `hillflow knockout` writes them.

    Attributes
    ----------
    ranking, effects
        Tables as in `hillflow.causal.KnockoutResult`.
    about
        How they were computed, as plain JSON values: ``asked``, the options of each call; ``runs``
        if several runs were joined.
    fates
        Shares of labels as in `hillflow.causal.KnockoutResult`; None without labels.
    findings
        What a reader of the tables must know.
    """

    ranking: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)
    about: dict[str, Any] = field(default_factory=dict, repr=False)
    fates: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader of the tables must know."""
        if self.about.get(CHANGED):
            return (Finding("knockout.changed", "the tables of knockouts were changed since"),)
        return tuple(Finding(**values) for values in self.about.get("findings", ()))

    def save(self, path: Path) -> tuple[Path, ...]:
        """Write the effects to `path`, ranking and fates beside it, with what is noted of them."""
        effects, ranking, *fates = save_tables(self.effects, self.ranking, path, self.fates)
        write_about(ranking, self.about, effects, *fates)
        return effects, ranking, *fates

    @classmethod
    def load(cls, folder: Path, genes: Sequence[str]) -> KnockoutTables | None:
        """Read the tables in a folder; None if it has none. Damaged tables are refused."""
        there = {name: (folder / name).is_file() for name in (EFFECTS, RANKING)}
        if not any(there.values()):
            return None
        absent = next((folder / name for name, is_there in there.items() if not is_there), None)
        if absent is not None:
            raise missing(absent, _FIX)
        ranking, effects = (_read(folder / name, genes) for name in (RANKING, EFFECTS))
        fates = _read(folder / FATES, genes) if (folder / FATES).is_file() else None
        return cls(ranking, effects, read_about(folder / RANKING), fates)


def _read(path: Path, genes: Sequence[str]) -> pd.DataFrame:
    """Read a table with the required columns, numbers and names of the run's genes."""
    path = path.absolute()  # pandas would take ~ for the home folder
    with reading(path, _FIX):
        header = list(pd.read_csv(path, nrows=0).columns)
        absent = [column for column in _COLUMNS[path.name] if column not in header]
        if absent:
            raise ValueError(f"columns, none called {', '.join(absent)}")
        empty = {column: [""] for column in header if column not in TEXT_COLUMNS}
        table = unescaped(
            pd.read_csv(
                path,
                keep_default_na=False,
                na_values=empty,
                float_precision="round_trip",
                dtype={name: str for name in TEXT_COLUMNS if name in header},
            )
        )
        for name in table:
            if name not in TEXT_COLUMNS:
                check_numbers(table, str(name))
        for name in table["perturbation"].unique():
            Intervention.parse(name).check(genes)
        if path.name == FATES:
            _check_shares(table)
        for column in ("gene", "strongest"):
            if column in table:
                unknown = set(table[column]) - {*genes, ""}
                if unknown:
                    raise ValueError(f"the {column} {min(unknown)!r}, which is not in the run")
    return table


def _check_shares(fates: pd.DataFrame) -> None:
    """Refuse fates without one share for each label, and those that do not add up."""
    grid = fates["perturbation"].nunique() * fates["label"].nunique()
    pairs = fates[["perturbation", "label"]].drop_duplicates()
    if not len(fates) == len(pairs) == grid:
        raise ValueError("a row missing, or two, for a perturbation and label")
    for name in ("control", "predicted"):
        shares = fates[fates[name].notna()]
        total = shares[name].groupby(shares["perturbation"]).sum()
        if (shares[name] < -ROUNDING).any() or ((total - 1).abs() > ROUNDING).any():
            raise ValueError(f"shares in {name} that are below 0 or do not add up to 1")
