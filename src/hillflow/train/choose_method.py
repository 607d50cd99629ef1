"""`choose_method`: let left-out times say how a field should be trained.

No method wins on all data: bent paths help where times are far apart, unbalanced couplings
where the make-up of a population changes. Each candidate is fitted without an inner time,
carries the cells of the time before to it, and is judged by how far they land from the cells
measured there, over several seeds, since methods can be closer to one another than two fits of
the same. A time that the final model is to be scored on must be left out of `data` beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError, UnsupportedError, did_you_mean, listing
from hillflow.fields import FIELDS, VectorField
from hillflow.model.choice import DISTANCES, Choice
from hillflow.model.member import Member
from hillflow.objectives.method import Method
from hillflow.objectives.registry import make_method
from hillflow.progress import ProgressCallback, progress_callback, with_prefix
from hillflow.train.contest import contest, fit_one
from hillflow.train.prepare import Setting
from hillflow.train.questions import Question, time_questions

if TYPE_CHECKING:
    from rich.progress import Progress

CANDIDATES = ("ot-cfm", "sb-cfm", "wfr-fm", "mfm")


def choose_method(
    data: Cells,
    candidates: Sequence[str | Method] = CANDIDATES,
    field: str | Callable[[Method, int], VectorField] = "mlp",
    *,
    by: str = "energy",
    seeds: Sequence[int] = (0, 1, 2),
    folds: int | None = None,
    gap: float | None = None,
    setting: Setting | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Choice:
    """Choose among methods by the times that they predict unseen.

    Cost: candidates × seeds × folds fits.

    Parameters
    ----------
    candidates
        Names of methods, or methods of your own; each under a name of its own.
    field
        What is trained: the name of a field, built with its default options and each seed,
        or a function of method and seed that builds one.
    by
        The distance: "energy", or "w1".
    seeds
        Of the fits; their scores are averaged.
    folds
        How many inner times are left out, each in its turn, those in the middle first; None:
        all of them.
    gap
        How wide an interval the model will have to bridge, from measured time to measured
        time. Of the inner times, those count alone that leave a gap closest to it: what is
        best across a wide gap need not be so across a narrow one. None: all count.
    setting
        Of each fit.
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a method by what it predicts", "trajectories",
            "name the method: 'phoenix' or 'endpoint'",
        )  # fmt: skip
    methods = [make_method(one) if isinstance(one, str) else one for one in candidates]
    _check(data, methods, field, by, seeds)
    if folds is not None and folds < 1:
        raise InputError("a fold or more", f"{folds}", "write folds=None for every inner time")
    questions = time_questions(data, folds)
    if gap is not None:
        off = [abs(_gap_left_by(question) - gap) for question in questions]
        questions = [q for q, by_how_much in zip(questions, off, strict=True)
                     if by_how_much <= min(off) * (1 + 1e-9)]  # fmt: skip
    setting = setting or Setting()
    tell = progress_callback(progress)

    def entrant(method: Method, seed: int, train: Snapshots, folder: Path | None) -> Member:
        built = field if isinstance(field, str) else field(method, seed)
        told = with_prefix(tell, f"choosing a method, {method.name}")
        return fit_one(built, train, method, seed, setting, folder, told)

    entrants = (
        ({"method": method.name, "seed": seed}, partial(entrant, method, seed))
        for method in methods
        for seed in seeds
    )
    return contest(entrants, questions, by)


def _gap_left_by(question: Question) -> float:
    """The interval in the training cells that the left-out time lies in."""
    before, left_out = question.times
    times = question.train.times
    return float(times[times > left_out].min() - before)


def _check(
    data: Snapshots,
    methods: Sequence[Method],
    field: str | Callable[[Method, int], VectorField],
    by: str,
    seeds: Sequence[int],
) -> None:
    """Refuse what cannot be chosen from, before anything is fitted."""
    names = [method.name for method in methods]
    if not names or len(set(names)) < len(names):
        raise InputError(
            "methods to choose from, each under a name of its own", listing(names) or "none",
            "give one of the same name another, dataclasses.replace(method, name=…)",
        )  # fmt: skip
    if isinstance(field, str):
        FIELDS[field]
    if by not in DISTANCES:
        raise InputError(
            f"a distance among {', '.join(DISTANCES)}", repr(by), did_you_mean(by, tuple(DISTANCES))
        )
    if not len(seeds):
        raise InputError("a seed or more", "none", "write seeds=(0, 1, 2)")
    if len(data.times) < 3:
        raise InputError(
            "three times or more, so that one can be left out and predicted",
            f"{len(data.times)} times", "name the method",
        )  # fmt: skip
