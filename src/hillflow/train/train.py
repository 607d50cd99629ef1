"""`train`: from a field and data to a fit, checked first, resumable at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Cells
from hillflow.data.cells import check_kind
from hillflow.errors import InputError
from hillflow.fields import VectorField, make_field
from hillflow.files import read_json, write_json
from hillflow.model import Fit
from hillflow.model.choice import Choice
from hillflow.model.fit import member_name
from hillflow.model.member import Member
from hillflow.model.savable import check_savable
from hillflow.objectives.stage import Stage
from hillflow.progress import ProgressCallback, progress_callback, with_prefix
from hillflow.train.contest import choose_field
from hillflow.train.member import train_member
from hillflow.train.prepare import Setting, check
from hillflow.train.request import Request
from hillflow.train.resolve import Stages, only_field, resolve_method

if TYPE_CHECKING:
    from rich.progress import Progress

CONTEST, CHOICE = "contest", "choice.json"


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked request for a fit: a `Request` a member, and what was chosen on the way.

    Attributes
    ----------
    requests
        One a member; they differ by seed, and by the sparsity of the method.
    seed
        The one asked with.
    choice
        The contest that "auto" was settled by; None where the field was named.
    """

    requests: tuple[Request, ...]
    seed: int
    choice: Choice | None = None

    @property
    def description(self) -> dict[str, Any]:
        """What decides the result, as plain JSON values."""
        return {
            **self.requests[0].description, "seed": self.seed, "members": len(self.requests),
        }  # fmt: skip

    @property
    def provenance(self) -> dict[str, Any]:
        """What is kept with every member beside its own description."""
        kept: dict[str, Any] = {}
        if self.choice is not None:
            kept["choice"] = self.choice.to_json()
        if len(self.requests) > 1:
            kept["ensemble"] = {"seed": self.seed}
        return kept


def plan(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    bootstrap: bool | None = None,
    folder: Path | None = None,
    savable: bool = False,
    progress: Progress | ProgressCallback | None = None,
) -> Plan:
    """Check everything and settle "auto"; nothing is trained but the contest's own fits.

    Parameters as in `train`. With a `folder` the contest keeps each of its fits there and goes
    on from them; then, or where asked, a field that cannot be saved is refused.
    """
    check_kind(data)
    if members < 1:
        raise InputError("a member or more", f"members={members}", "write members=1")
    setting = setting or Setting()
    method = resolve_method(stages, setting)
    field = only_field(field, method)
    choice = None
    if isinstance(field, str) and field == "auto":
        choice = _settle(data, stages, seed, setting, folder, progress)
        field = choice.name
    drawn = members > 1 if bootstrap is None else bootstrap
    setting = replace(setting, bootstrap=drawn or setting.bootstrap)
    requests = []
    for number in range(members):
        own = seed if members == 1 else member_seed(seed, number)
        of_member = method if members == 1 else method.of_member(number, _perturbed_share(data))
        built = make_field(field, data.genes, seed=own) if isinstance(field, str) else field
        requests.append(Request(built, data, of_member, own, setting))
    check(requests[0].field, data, method, setting)
    if savable or folder is not None:
        check_savable(requests[0].field)
    return Plan(tuple(requests), seed, choice)


def train(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    bootstrap: bool | None = None,
    jobs: int = 1,
    folder: str | Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Fit:
    """Fit a vector field to cells. Same arguments and seed, same bytes.

    Everything is checked before any work begins or anything is written.

    Parameters
    ----------
    field
        A field, which is left as it is (a copy is trained); the name of one, built with its
        default options and each member's seed; or "auto": the one that best predicts what it has
        not seen, see `choose_field` (of a method that trains one field alone, that one).
    data
        `Snapshots` or `Trajectories`, with the field's genes.
    stages
        The name of a method, a `Method`, or a list of `Stage` on exact couplings.
    members
        How many. Each depends on `seed` and its number alone, so that member 2 of five is member
        2 of three. Where the method has a path of sparsity, members take it in turn.
    seed
        Of everything random; of a single member its own, else see `member_seed`.
    setting
        How data becomes a training problem; the defaults suit most data.
    bootstrap
        Draw the training cells of each population anew for each member (see `resample`).
        None: if there is more than one member.
    jobs
        Processes that train members at the same time.
    folder
        Where members are kept while they train and when they are finished, as
        ``folder/member-0`` and so on: called again with it, training goes on to the same result
        as if it had never stopped.
    progress
        A rich progress display, or a function of (what is done, steps done, steps in all).
    """
    place = None if folder is None else Path(folder)
    planned = plan(
        field, data, stages, members=members, seed=seed, setting=setting, bootstrap=bootstrap,
        folder=place, progress=progress,
    )  # fmt: skip
    return carry_out(planned, jobs=jobs, folder=place, progress=progress)


def carry_out(
    planned: Plan,
    *,
    jobs: int = 1,
    folder: Path | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Fit:
    """Train every member of a plan, in order; the next is begun when a process is free."""
    if jobs < 1:
        raise InputError("one job or more", f"jobs={jobs}", "write jobs=1")
    tell, requests = progress_callback(progress), planned.requests
    alone = len(requests) == 1

    def told(number: int) -> ProgressCallback:
        return tell if alone else with_prefix(tell, f"member {number + 1} of {len(requests)}")

    finished: Iterator[Member]
    places = [None if folder is None else folder / member_name(k) for k in range(len(requests))]
    if jobs == 1:
        finished = (
            train_member(one, planned.provenance, folder=places[k], progress=told(k))
            for k, one in enumerate(requests)
        )
    else:
        from joblib import Parallel, delayed  # type: ignore[import-untyped]

        finished = Parallel(n_jobs=min(jobs, len(requests)), return_as="generator")(
            delayed(train_member)(one, planned.provenance, folder=places[k])
            for k, one in enumerate(requests)
        )
    members = []
    for member in finished:
        members.append(member)
        if not alone:
            tell("members", len(members), len(requests))
    return Fit(tuple(members))


def _settle(
    data: Cells, stages: Stages, seed: int, setting: Setting, folder: Path | None,
    progress: Progress | ProgressCallback | None,
) -> Choice:  # fmt: skip
    """The contest among fields; read where it was finished before."""
    place = None if folder is None else folder / CONTEST
    if place is not None and (place / CHOICE).is_file():
        return Choice.from_json(read_json(place / CHOICE, "the choice of a field"))
    choice = choose_field(
        data, stages=stages, seed=seed, setting=setting, progress=progress, folder=place
    )
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
        write_json(place / CHOICE, choice.to_json())
    return choice


def member_seed(seed: int, number: int) -> int:
    """The seed of a member, unlike that of any other member or fit."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _perturbed_share(data: Cells) -> float:
    """The share of the genes that something was done to in some condition."""
    return len({gene for one in data.conditions for gene in one.genes}) / len(data.genes)


__all__ = ["Plan", "Sequence", "Stage", "carry_out", "member_seed", "plan", "train"]
