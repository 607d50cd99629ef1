"""`choose_method`: the method whose fits best predict left-out times."""

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
from hillflow.train.comparison import compare_candidates, fit_candidate
from hillflow.train.folds import Fold, time_folds
from hillflow.train.setting import Setting

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
    """Choose among methods by cross-validation: whose fits predict left-out times best.

    No method is best on all data: curved paths help if times are far apart, unbalanced couplings
    if the composition of a population changes. Each candidate is fitted without an inner time and
    predicts it from the cells of the time before, with several seeds, because two methods can
    differ less than two fits of the same method. Before the call, leave out of `data` a time on
    which you will score the final fit.

    Cost: candidates × seeds × folds fits.

    Parameters
    ----------
    data
        `Snapshots` of three times or more.
    candidates
        Names of methods, or `Method` objects with different names.
    field
        The field to train: its name (built with default options and each seed), or a function of
        method and seed that builds one.
    by
        The distance that decides: "energy" or "w1".
    seeds
        Seeds of the fits; their scores are averaged.
    folds
        Number of inner times that are left out, one after the other, the middle ones first;
        None: all of them.
    gap
        Width of the interval between measured times that the final fit has to bridge. Only those
        inner times count whose removal leaves a gap closest to it, because the best method for a
        wide gap need not be best for a narrow one. None: all count.
    setting
        Setting of the fits.
    progress
        A rich progress display, or a function (task, steps done, total steps).

    Returns
    -------
    Choice
        The best method, and the scores of all candidates.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> setting = Setting(effort=0.02)
    >>> choice = choose_method(cells, ["ot-cfm", "cfm"], "linear", seeds=[0], setting=setting)
    >>> choice.table[["method", "seed", "left_out"]].values.tolist()
    [['ot-cfm', 0, '1 h, control'], ['cfm', 0, '1 h, control']]
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a method by its predictions", "trajectories",
            "name the method: 'phoenix' or 'endpoint'",
        )  # fmt: skip
    methods = [make_method(c) if isinstance(c, str) else c for c in candidates]
    _check(data, methods, field, by, seeds)
    if folds is not None and folds < 1:
        raise InputError("one fold or more", f"{folds}", "write folds=None for all inner times")
    splits = time_folds(data, folds)
    if gap is not None:
        differences = [abs(_gap_without(fold) - gap) for fold in splits]
        limit = min(differences) * (1 + 1e-9)
        splits = [fold for fold, d in zip(splits, differences, strict=True) if d <= limit]
    setting = setting or Setting()
    report = progress_callback(progress)

    def fit(method: Method, seed: int, train: Snapshots, folder: Path | None) -> Member:
        built = field if isinstance(field, str) else field(method, seed)
        own_report = with_prefix(report, f"choosing a method, {method.name}")
        return fit_candidate(built, train, method, seed, setting, folder, own_report)

    fits = (
        ({"method": method.name, "seed": seed}, partial(fit, method, seed))
        for method in methods
        for seed in seeds
    )
    return compare_candidates(fits, splits, by)


def _gap_without(fold: Fold) -> float:
    """Return the interval between training times that contains the left-out time."""
    before, left_out = fold.times
    times = fold.train.times
    return float(times[times > left_out].min() - before)


def _check(
    data: Snapshots,
    methods: Sequence[Method],
    field: str | Callable[[Method, int], VectorField],
    by: str,
    seeds: Sequence[int],
) -> None:
    """Refuse unusable arguments before anything is fitted."""
    names = [method.name for method in methods]
    if not names or len(set(names)) < len(names):
        raise InputError(
            "methods to choose from, with different names", listing(names) or "none",
            "rename one of the same name: dataclasses.replace(method, name=…)",
        )  # fmt: skip
    if isinstance(field, str):
        FIELDS[field]
    if by not in DISTANCES:
        raise InputError(
            f"a distance among {', '.join(DISTANCES)}", repr(by), did_you_mean(by, tuple(DISTANCES))
        )
    if not len(seeds):
        raise InputError("one seed or more", "none", "write seeds=(0, 1, 2)")
    if len(data.times) < 3:
        raise InputError(
            "three times or more, so that one can be left out and predicted",
            f"{len(data.times)} times", "name the method",
        )  # fmt: skip
