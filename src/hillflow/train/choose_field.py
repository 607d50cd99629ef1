"""`choose_field`: the field that best predicts left-out cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.data import Cells, Snapshots
from hillflow.data.checks import COORDINATES
from hillflow.errors import UnsupportedError, listing
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.genes import SMALL_PANEL
from hillflow.model.choice import Choice
from hillflow.model.member import Member
from hillflow.progress import ProgressCallback, progress_callback, with_prefix
from hillflow.train.comparison import compare_candidates, fit_candidate
from hillflow.train.components import options_in_basis
from hillflow.train.folds import cannot_tell, make_folds
from hillflow.train.regulators import field_edges
from hillflow.train.resolve import Stages
from hillflow.train.setting import Setting

if TYPE_CHECKING:
    from rich.progress import Progress

CANDIDATES = ("linear", "hill", "sparse")
WITH_EDGES = ("linear", "hill")  # those that cost O(edges), for large panels and regulators
EFFORT = 0.5  # of the fits that are compared, as a share of the setting's effort


def choose_field(
    data: Cells,
    candidates: Sequence[str] | None = None,
    stages: Stages = "default",
    left_out: str = "auto",
    *,
    seed: int = 0,
    setting: Setting | None = None,
    folds: int = 2,
    folder: Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Choice:
    """Choose among fields by cross-validation: which predicts left-out cells best.

    No field is best on all data: on log-scaled Boolean simulations the linear field predicts
    best, on bursty counts the Hill field.

    Cost: candidates × folds fits, each with half of the setting's effort; in panels of more than
    40 genes the candidate edges of each fold, once for all fields.

    Parameters
    ----------
    data
        `Snapshots`.
    candidates
        Names of fields, built with their default options. None: linear, hill and sparse; without
        sparse, which costs O(genes²), in panels of more than 40 genes or if only some may act; and
        without those that need levels of at least 0 (hill, sparse) if the data go below 0.
    stages
        As in `train`.
    left_out
        "time": inner times, each predicted from the cells of the time before, in every condition
        that has both. "condition": perturbations, each predicted from control cells as in
        `Member.predict`. "auto": conditions if there are two perturbations or more and control
        cells, else times.
    seed
        Seed of all fits.
    setting
        Setting of the fits.
    folds
        Number of times or conditions that are left out, one after the other; first the middle
        times, or the conditions with the largest effect.
    folder
        Where the fits are kept, so that an interrupted call can be resumed.
    progress
        A rich progress display, or a function (task, steps done, total steps).

    Returns
    -------
    Choice
        The best field, and the scores of all candidates.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> setting = Setting(effort=0.02)
    >>> choice = choose_field(cells, ["linear", "hill"], "ot-cfm", setting=setting)
    >>> list(choice.scores.index), choice.name in ("linear", "hill")
    (['linear', 'hill'], True)
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots, to choose a field by its predictions", "trajectories",
            "name the field, for example 'hill-dense' or 'hill'",
        )  # fmt: skip
    setting = setting or Setting()
    if candidates is None:
        candidates = compared_fields(data, setting)
    for name in candidates:
        FIELDS[name]
    splits = make_folds(data, left_out, folds)
    setting = replace(setting, effort=setting.effort * EFFORT, bootstrap=bool(setting.bootstrap))
    report = progress_callback(progress)

    edges: dict[tuple[int, str], CandidateEdges | None] = {}  # of each fold and kind of field

    def edges_of(name: str, train: Snapshots) -> CandidateEdges | None:
        key = id(train), name if name == "logic" else FIELDS[name].prior
        if key not in edges:
            edges[key] = field_edges(name, train, regulators=setting.regulators, seed=seed)
        return edges[key]

    def fit(name: str, train: Snapshots, own_folder: Path | None) -> Member:
        own_report = with_prefix(report, f"choosing a field, {name}")
        chosen = edges_of(name, train)
        options = {} if chosen is None else {"edges": chosen}
        options |= options_in_basis(name, train, setting)
        field = make_field(name, train.genes, seed=seed, **options)
        return fit_candidate(field, train, stages, seed, setting, own_folder, own_report)

    fits = (({"field": name}, partial(fit, name)) for name in candidates)
    return compare_candidates(fits, splits, folder=folder)


def compared_fields(data: Cells, setting: Setting) -> Sequence[str]:
    """Return the fields that are compared unless named; see `choose_field`."""
    names = _of_the_size(data, setting)
    amounts = data.x.min() >= 0 and data.scale != COORDINATES
    return names if amounts else [name for name in names if takes_any_value(name)]


def takes_any_value(name: str) -> bool:
    """Whether the field of this name, with its default options, can be fitted to levels below 0."""
    return not make_field(name, ["A", "B"]).keeps_orthant


def no_comparison(data: Snapshots, setting: Setting) -> str | None:
    """Return why the fields of `compared_fields` are not compared; None if they are."""
    names = compared_fields(data, setting)
    if len(names) == 1:
        refused = [name for name in _of_the_size(data, setting) if name not in names]
        return f"values below 0, which cannot be fitted with {listing(refused)}"
    return cannot_tell(data)


def _of_the_size(data: Cells, setting: Setting) -> Sequence[str]:
    large = len(data.genes) > SMALL_PANEL or setting.regulators is not None
    return WITH_EDGES if large else CANDIDATES
