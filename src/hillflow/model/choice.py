"""The record of a contest among fields or methods: who won, and by what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

DISTANCES = {"energy": "energy distance", "w1": "W1"}


@dataclass(frozen=True, eq=False)
class Choice:
    """The field (or method) to use, and what that rests on.

    Attributes
    ----------
    name
        The candidate with the least mean distance.
    table
        A row a candidate and a left-out population: ``field`` (or ``method`` and ``seed``),
        ``left_out``, ``energy``, ``w1`` (distances of prediction and cells), ``no_change_energy``,
        ``no_change_w1`` (the same if nothing moved: of the cells before, or of untreated ones),
        ``note`` (why there are none).
    by
        The distance: "energy" or "w1".
    """

    name: str
    table: pd.DataFrame
    by: str = "energy"

    @property
    def scores(self) -> pd.DataFrame:
        """A row a candidate: its mean distance and ``no_change_…``; NaN if it was not tried."""
        candidate = "method" if "method" in self.table else "field"
        columns = [self.by, f"no_change_{self.by}"]
        return self.table.groupby(candidate, sort=False)[columns].agg(_mean_of_all)

    @property
    def beats_no_change(self) -> bool:
        """Whether the chosen one predicts better, in the mean, than no change."""
        chosen = self.scores.loc[self.name]
        return bool(chosen[self.by] < chosen[f"no_change_{self.by}"])

    def __repr__(self) -> str:
        distances = {str(name): float(value) for name, value in self.scores[self.by].items()}
        scores = ", ".join(
            f"{name!r} {'not tried' if math.isnan(value) else format(value, '.4g')}"
            for name, value in distances.items()
        )
        none = float(self.scores[f"no_change_{self.by}"][self.name])
        return f"Choice({self.name!r}; {DISTANCES[self.by]}: {scores}; no change {none:.4g})"

    def to_json(self) -> dict[str, Any]:
        """As plain values, NaN as None."""
        rows = [
            {key: _plain(value) for key, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        return {"name": self.name, "table": rows, "by": self.by}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Choice:
        """Read what `to_json` made."""
        import pandas as pd

        return cls(value["name"], pd.DataFrame(value["table"]), value.get("by", "energy"))


def _mean_of_all(column: pd.Series) -> float:
    """The mean, NaN where one is: a field that failed once has no score."""
    return float(column.mean(skipna=False))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
