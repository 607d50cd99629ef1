"""`train`: from a field and data to a fit; checked first, resumable at any time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Cells
from hillflow.devices import check_device
from hillflow.fields import VectorField
from hillflow.model import Fit
from hillflow.model.fit import member_name
from hillflow.model.member import Member
from hillflow.progress import ProgressCallback, progress_callback, with_prefix
from hillflow.tasks import SERIAL, Workers
from hillflow.train.request import Request
from hillflow.train.resolve import Stages
from hillflow.train.setting import Setting
from hillflow.train.train_member import train_member
from hillflow.train.training_plan import TrainingPlan, plan_training

if TYPE_CHECKING:
    from rich.progress import Progress


def train(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    jobs: int = 1,
    folder: str | Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Fit:
    """Fit a vector field to cells. The same arguments and seed give the same bytes.

    Everything is checked before any work begins or anything is written. `hillflow.fit` calls this
    function and also keeps the data, as a run.

    Parameters
    ----------
    field
        A field (a copy of it is trained); the name of one, built with its default options and
        each member's seed; or "auto": the field that best predicts left-out cells (see
        `choose_field`), or the only field that the method can train.
    data
        `Snapshots` or `Trajectories` with the field's genes.
    stages
        The name of a method, a `Method`, or a list of `Stage` (with exact couplings).
    members
        Number of members. Each depends only on `seed` and its number, so that member 2 of five is
        the same as member 2 of three. If the method has several sparsities, members take turns.
    seed
        Seed of all random numbers; of several members, see `member_seed`.
    setting
        Further options; the defaults suit most data.
    jobs
        Number of processes that train members at the same time; 1 for a device other than the CPU.
    folder
        Where members are kept while they train and afterwards (``folder/member-0``, …). Called
        again with the same folder, training resumes and gives the same result as without an
        interruption.
    progress
        A rich progress display, or a function (task, steps done, total steps).

    Returns
    -------
    Fit
        The trained members.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.train import Setting
    >>> cells = hf.Snapshots.from_anndata(hf.simulate("toggle", cells=20, times=[0, 1, 2]))
    >>> train("linear", cells, "ot-cfm", setting=Setting(effort=0.01))
    Fit(Member('linear', 2 genes, times 0, 1, 2 h, 1 condition))
    """
    folder, workers = None if folder is None else Path(folder), Workers(jobs)
    check_device((setting or Setting()).device, alone=workers.alone)
    plan = plan_training(
        field, data, stages, members=members, seed=seed, setting=setting, folder=folder,
        progress=progress,
    )  # fmt: skip
    return train_members(plan, workers=workers, folder=folder, progress=progress)


def train_members(
    plan: TrainingPlan,
    *,
    workers: Workers = SERIAL,
    folder: Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Fit:
    """Train all members of a plan, in order, by `workers`; see `train`."""
    report, requests = progress_callback(progress), plan.requests
    single = len(requests) == 1

    def member_report(number: int) -> ProgressCallback:
        return report if single else with_prefix(report, f"member {number + 1} of {len(requests)}")

    folders = [None if folder is None else folder / member_name(k) for k in range(len(requests))]
    pieces = list(zip(requests, folders, strict=True))
    trained: Iterator[Member]
    if workers.alone:
        trained = (
            train_member(request, plan.provenance, folder=place, progress=member_report(k))
            for k, (request, place) in enumerate(pieces)
        )
    else:
        trained = workers.each(partial(_trained, plan.provenance), pieces)
    members = []
    for member in trained:
        members.append(member)
        if not single:
            report("members", len(members), len(requests))
    return Fit(tuple(members))


def _trained(provenance: dict[str, Any], piece: tuple[Request, Path | None]) -> Member:
    """Of a worker, whose progress is not shown."""
    request, folder = piece
    return train_member(request, provenance, folder=folder)
