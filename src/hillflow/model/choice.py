"""The outcome of a comparison of fields or methods by their prediction of left-out cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

DISTANCES = {"energy": "energy distance", "w1": "W1"}


@dataclass(frozen=True, eq=False)
class Choice:
    """The chosen field (or method) and the scores of all candidates.

    `hillflow.train.choose_field` and `hillflow.train.choose_method` return it.

    Attributes
    ----------
    name
        The candidate with the smallest mean distance.
    table
        One row per candidate and left-out population: ``field`` (or ``method`` and ``seed``),
        ``left_out``, ``energy`` and ``w1`` (distances between predicted and measured cells),
        ``no_change_energy`` and ``no_change_w1`` (the same for predicting no change: the cells
        of the time before, or control cells), ``note`` (why a candidate has no score).
    by
        The distance that decides: "energy" or "w1".
    """

    name: str
    table: pd.DataFrame
    by: str = "energy"

    @property
    def scores(self) -> pd.DataFrame:
        """Mean distances, one row per candidate: ``by``, ``no_change_…``; NaN without a score."""
        candidate = "method" if "method" in self.table else "field"
        columns = [self.by, f"no_change_{self.by}"]
        return self.table.groupby(candidate, sort=False)[columns].agg(_strict_mean)

    @property
    def beats_no_change(self) -> bool:
        """Whether the chosen candidate predicts better, on average, than no change."""
        chosen = self.scores.loc[self.name]
        return bool(chosen[self.by] < chosen[f"no_change_{self.by}"])

    def __repr__(self) -> str:
        distances = {str(name): float(value) for name, value in self.scores[self.by].items()}
        scores = ", ".join(
            f"{name!r} {'not tried' if math.isnan(value) else format(value, '.4g')}"
            for name, value in distances.items()
        )
        no_change = float(self.scores[f"no_change_{self.by}"][self.name])
        return f"Choice({self.name!r}; {DISTANCES[self.by]}: {scores}; no change {no_change:.4g})"

    def to_json(self) -> dict[str, Any]:
        """Return the choice as plain JSON values, NaN as None."""
        rows = [
            {key: _plain(value) for key, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        return {"name": self.name, "table": rows, "by": self.by}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Choice:
        """Rebuild a choice from `to_json`."""
        import pandas as pd

        return cls(value["name"], pd.DataFrame(value["table"]), value.get("by", "energy"))


def _strict_mean(column: pd.Series) -> float:
    """Return the mean, NaN if any value is NaN: a candidate that failed once has no score."""
    return float(column.mean(skipna=False))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
