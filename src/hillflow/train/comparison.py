"""Comparison of candidates (fields or methods) by their prediction of left-out cells.

Candidates are judged by their prediction error, not by the networks that they infer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from hillflow.data import Cells, Snapshots
from hillflow.errors import HillflowError, UnsupportedError
from hillflow.fields import VectorField, make_field
from hillflow.model.choice import Choice
from hillflow.model.member import Member
from hillflow.progress import ProgressCallback
from hillflow.train.check import check_fit
from hillflow.train.components import options_in_basis
from hillflow.train.folds import Fold
from hillflow.train.request import Request
from hillflow.train.resolve import Stages, resolve_method
from hillflow.train.setting import Setting
from hillflow.train.train_member import train_member

FitCandidate: TypeAlias = Callable[[Snapshots, Path | None], Member]


def fit_candidate(
    field: VectorField | str, data: Cells, stages: Stages, seed: int, setting: Setting,
    folder: Path | None, progress: ProgressCallback,
) -> Member:  # fmt: skip
    """Check and train one member."""
    method = resolve_method(stages, setting, len(data.genes))
    built = field
    if isinstance(built, str):
        options = method.options_of(built) | options_in_basis(built, data, setting)
        built = make_field(built, data.genes, seed=seed, **options)
    check_fit(built, data, method, setting)
    request = Request(built, data, method, seed, setting)
    return train_member(request, folder=folder, progress=progress)


def compare_candidates(
    candidates: Iterable[tuple[dict[str, Any], FitCandidate]],
    folds: Sequence[Fold],
    by: str = "energy",
    folder: Path | None = None,
) -> Choice:
    """Fit each candidate to the training cells of each fold, score it, and choose the best.

    Parameters
    ----------
    candidates
        Labels for the columns of the table, and a function of cells and folder that fits. Rows
        with the same first label are averaged.
    by
        The distance that decides: "energy" or "w1".
    folder
        Where the fits are kept, so that an interrupted comparison can be resumed.
    """
    rows = []
    for labels, fit in candidates:
        fits: dict[int, Member | HillflowError] = {}  # folds may share their training cells
        for fold in folds:
            key = id(fold.train)
            if key not in fits:
                name = "-".join(str(label) for label in labels.values())
                own_folder = None if folder is None else folder / f"{name}-{len(fits)}"
                fits[key] = _fit_or_error(fit, fold.train, own_folder)
            rows.append({**labels, "left_out": fold.name, **_scores_or_note(fits[key], fold)})
    return _best(rows, by)


def _fit_or_error(
    fit: FitCandidate, train: Snapshots, folder: Path | None
) -> Member | HillflowError:
    try:
        return fit(train, folder)
    except HillflowError as error:  # this candidate cannot be fitted to these cells
        return error


def _scores_or_note(fitted: Member | HillflowError, fold: Fold) -> dict[str, Any]:
    if isinstance(fitted, HillflowError):
        return {"note": str(fitted)}
    try:
        return fold.scores(fitted)
    except HillflowError as error:
        return {"note": str(error)}


def _best(rows: list[dict[str, Any]], by: str) -> Choice:
    import pandas as pd

    labels = list(rows[0])[: list(rows[0]).index("left_out")]
    columns = [*labels, "left_out", "energy", "w1", "no_change_energy", "no_change_w1", "note"]
    table = pd.DataFrame(rows).reindex(columns=columns)
    table["note"] = table["note"].fillna("")
    means = Choice("", table, by).scores[by]
    if means.isna().all():
        raise UnsupportedError(
            f"a {labels[0]} that can be fitted to these data", str(table["note"].iloc[0]),
            f"name a {labels[0]} instead of choosing, to see its own error",
        )  # fmt: skip
    return Choice(str(means.idxmin()), table, by)
