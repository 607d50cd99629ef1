"""`choose_field`: let held-out cells say which field to use.

No field wins everywhere: on log-scaled Boolean simulations the linear one is ahead, on bursty
counts the Hill one. Each candidate is fitted without a time (or an intervention), predicts
the cells that were left out by simulation, and is judged by how far off they are, never by
the network that it finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Snapshots
from hillflow.errors import HillflowError, UnsupportedError
from hillflow.fields import FIELDS
from hillflow.model.model import Model
from hillflow.progress import Told, teller, within
from hillflow.results.run import MANIFEST, read_manifest
from hillflow.train.prepare import Data, Setting
from hillflow.train.questions import Question, ask
from hillflow.train.train import Stages, fit

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

CANDIDATES = ("linear", "hill", "sparse")
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
        ``left_out``, ``energy``, ``w1`` (distances of prediction and cells), ``still_energy``,
        ``still_w1`` (the same if nothing moved: of the cells before, or of untreated ones),
        ``note`` (why there are none).
    by
        The distance: "energy" or "w1".
    """

    name: str
    table: pd.DataFrame
    by: str = "energy"

    @property
    def scores(self) -> pd.DataFrame:
        """A row a candidate: its mean distance and ``still_…``; NaN if it could not be tried."""
        candidate = "method" if "method" in self.table else "field"
        grouped = self.table.groupby(candidate, sort=False)[[self.by, f"still_{self.by}"]]
        return grouped.agg(_mean_of_all)

    @property
    def beats_still(self) -> bool:
        """Whether the chosen one predicts better, in the mean, than no motion (or no effect)."""
        chosen = self.scores.loc[self.name]
        return bool(chosen[self.by] < chosen[f"still_{self.by}"])

    def __repr__(self) -> str:
        distances = {str(name): float(value) for name, value in self.scores[self.by].items()}
        scores = ", ".join(
            f"{name!r} {'not tried' if math.isnan(value) else format(value, '.4g')}"
            for name, value in distances.items()
        )
        still = float(self.scores[f"still_{self.by}"][self.name])
        return f"Choice({self.name!r}; {DISTANCES[self.by]}: {scores}; no motion {still:.4g})"

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


def choose_field(
    data: Data,
    candidates: Sequence[str] = CANDIDATES,
    stages: Stages = "default",
    held_out: str = "auto",
    *,
    seed: int = 0,
    setting: Setting | None = None,
    effort: float = 0.5,
    folds: int = 2,
    progress: Progress | Told | None = None,
) -> Choice:
    """Choose among fields, built with default options, by what they predict unseen.

    Parameters
    ----------
    held_out
        "time": an inner time, whose cells are predicted from those of the time before, in
        every condition that has both. "condition": an intervention, whose cells are predicted
        from untreated ones as in `Model.predict`. "auto": a condition if there are three or
        more, else a time.
    setting, effort
        Of each fit; `effort` further multiplies the setting's.
    folds
        How many times (or interventions) are left out, each in its turn: those in the middle
        (or of the largest effect).
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a field by what it predicts", "trajectories",
            "name the field, for example 'hill-dense' or 'hill'",
        )  # fmt: skip
    for name in candidates:
        FIELDS[name]
    questions = ask(data, held_out, folds)
    setting = setting or Setting()
    setting = replace(setting, effort=setting.effort * effort)
    tell = teller(progress)

    def entrant(name: str, train: Snapshots) -> Model:
        told = within(tell, f"choosing, {name}")
        return fit(name, train, stages, seed=seed, setting=setting, progress=told)

    return contest((({"field": name}, partial(entrant, name)) for name in candidates), questions)


def choose_again_or_read(
    data: Data,
    stages: Stages,
    seed: int,
    setting: Setting,
    out: str | Path | None,
    resume: bool,
    progress: Progress | Told | None,
) -> Choice:
    """The choice that a run being resumed was begun with; a new one where there is none."""
    if resume and out is not None and (Path(out) / MANIFEST).is_file():
        manifest = read_manifest(Path(out))
        if "choice" in manifest:
            return Choice.from_json(manifest["choice"])
    return choose_field(data, stages=stages, seed=seed, setting=setting, progress=progress)


def contest(
    entrants: Iterable[tuple[dict[str, Any], Callable[[Snapshots], Model]]],
    questions: Sequence[Question],
    by: str = "energy",
) -> Choice:
    """Let each entrant (what to call it, how to fit it) answer each question.

    Rows of the same candidate, the first of an entrant's labels, count together.
    """
    rows = []
    for labels, fitted in entrants:
        fits: dict[int, Model | HillflowError] = {}  # questions may share their training cells
        for question in questions:
            which = id(question.train)
            if which not in fits:
                fits[which] = _attempt(fitted, question.train)
            rows.append({**labels, "left_out": question.name, **_answer(fits[which], question)})
    return _decided(rows, by)


def _attempt(fitted: Callable[[Snapshots], Model], train: Snapshots) -> Model | HillflowError:
    """A fit, or why this candidate cannot have one; others may."""
    try:
        return fitted(train)
    except HillflowError as error:
        return error


def _answer(fitted: Model | HillflowError, question: Question) -> dict[str, Any]:
    if isinstance(fitted, HillflowError):
        return {"note": str(fitted)}
    try:
        return question.scores(fitted)
    except HillflowError as error:
        return {"note": str(error)}


def _decided(rows: list[dict[str, Any]], by: str) -> Choice:
    import pandas as pd

    labels = list(rows[0])[: list(rows[0]).index("left_out")]
    columns = [*labels, "left_out", "energy", "w1", "still_energy", "still_w1", "note"]
    table = pd.DataFrame(rows).reindex(columns=columns)
    table["note"] = table["note"].fillna("")
    mean = Choice("", table, by).scores[by]
    if mean.isna().all():
        raise UnsupportedError(
            f"a {labels[0]} that can be fitted to these data", str(table["note"].iloc[0]),
            f"name a {labels[0]}, and see what it says of itself",
        )  # fmt: skip
    return Choice(str(mean.idxmin()), table, by)


def _mean_of_all(column: pd.Series) -> float:
    """The mean, NaN where one is: a field that failed once has no score."""
    return float(column.mean(skipna=False))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
