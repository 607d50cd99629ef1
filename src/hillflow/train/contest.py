"""`choose_field`: let left-out cells say which field to use.

No field wins everywhere: on log-scaled Boolean simulations the linear one is ahead, on bursty
counts the Hill one. Each candidate is fitted without a time (or an intervention), predicts
the cells that were left out by simulation, and is judged by its prediction error, never by
the network that it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hillflow.data import Cells, Snapshots
from hillflow.errors import HillflowError, UnsupportedError
from hillflow.fields import FIELDS, VectorField, make_field
from hillflow.model.choice import Choice
from hillflow.model.member import Member
from hillflow.progress import ProgressCallback, progress_callback, with_prefix
from hillflow.train.member import train_member
from hillflow.train.prepare import Setting, check
from hillflow.train.questions import Question, ask
from hillflow.train.request import Request
from hillflow.train.resolve import Stages, resolve_method

if TYPE_CHECKING:
    from rich.progress import Progress

CANDIDATES = ("linear", "hill", "sparse")
Entrant: TypeAlias = Callable[[Snapshots, Path | None], Member]


def choose_field(
    data: Cells,
    candidates: Sequence[str] = CANDIDATES,
    stages: Stages = "default",
    left_out: str = "auto",
    *,
    seed: int = 0,
    setting: Setting | None = None,
    effort: float = 0.5,
    folds: int = 2,
    folder: Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Choice:
    """Choose among fields, built with default options, by what they predict unseen.

    Parameters
    ----------
    left_out
        "time": an inner time, whose cells are predicted from those of the time before, in
        every condition that has both. "condition": an intervention, whose cells are predicted
        from untreated ones as in `Member.predict`. "auto": a condition if there are three or
        more, else a time.
    setting, effort
        Of each fit; `effort` further multiplies the setting's.
    folds
        How many times (or interventions) are left out, each in its turn: those in the middle
        (or of the largest effect).
    folder
        Where the contest's fits are kept, so that it goes on from them when it is called again.
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a field by what it predicts", "trajectories",
            "name the field, for example 'hill-dense' or 'hill'",
        )  # fmt: skip
    for name in candidates:
        FIELDS[name]
    questions = ask(data, left_out, folds)
    setting = setting or Setting()
    setting = replace(setting, effort=setting.effort * effort)
    tell = progress_callback(progress)

    def entrant(name: str, train: Snapshots, place: Path | None) -> Member:
        told = with_prefix(tell, f"choosing a field, {name}")
        return fit_one(name, train, stages, seed, setting, place, told)

    entrants = (({"field": name}, partial(entrant, name)) for name in candidates)
    return contest(entrants, questions, folder=folder)


def fit_one(
    field: VectorField | str, data: Cells, stages: Stages, seed: int, setting: Setting,
    folder: Path | None, progress: ProgressCallback,
) -> Member:  # fmt: skip
    """One checked and trained member of a contest."""
    method = resolve_method(stages, setting)
    built = make_field(field, data.genes, seed=seed) if isinstance(field, str) else field
    check(built, data, method, setting)
    request = Request(built, data, method, seed, setting)
    return train_member(request, folder=folder, progress=progress)


def contest(
    entrants: Iterable[tuple[dict[str, Any], Entrant]],
    questions: Sequence[Question],
    by: str = "energy",
    folder: Path | None = None,
) -> Choice:
    """Let each entrant (what to call it, how to fit it to cells in a folder) answer each question.

    Rows of the same candidate, the first of an entrant's labels, count together.
    """
    rows = []
    for labels, fitted in entrants:
        fits: dict[int, Member | HillflowError] = {}  # questions may share their training cells
        for question in questions:
            which = id(question.train)
            if which not in fits:
                name = "-".join(str(label) for label in labels.values())
                place = None if folder is None else folder / f"{name}-{len(fits)}"
                fits[which] = _attempt(fitted, question.train, place)
            rows.append({**labels, "left_out": question.name, **_answer(fits[which], question)})
    return _decided(rows, by)


def _attempt(fitted: Entrant, train: Snapshots, folder: Path | None) -> Member | HillflowError:
    """A fit, or why this candidate cannot have one; others may."""
    try:
        return fitted(train, folder)
    except HillflowError as error:
        return error


def _answer(fitted: Member | HillflowError, question: Question) -> dict[str, Any]:
    if isinstance(fitted, HillflowError):
        return {"note": str(fitted)}
    try:
        return question.scores(fitted)
    except HillflowError as error:
        return {"note": str(error)}


def _decided(rows: list[dict[str, Any]], by: str) -> Choice:
    import pandas as pd

    labels = list(rows[0])[: list(rows[0]).index("left_out")]
    columns = [*labels, "left_out", "energy", "w1", "no_change_energy", "no_change_w1", "note"]
    table = pd.DataFrame(rows).reindex(columns=columns)
    table["note"] = table["note"].fillna("")
    mean = Choice("", table, by).scores[by]
    if mean.isna().all():
        raise UnsupportedError(
            f"a {labels[0]} that can be fitted to these data", str(table["note"].iloc[0]),
            f"name a {labels[0]}, and see what it says of itself",
        )  # fmt: skip
    return Choice(str(mean.idxmin()), table, by)
