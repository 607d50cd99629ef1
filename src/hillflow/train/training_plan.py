"""`plan_training`: check a training request, choose its field, and list its members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.data import Cells, Snapshots
from hillflow.data.cells import check_kind
from hillflow.errors import GeneNameError, InputError, did_you_mean, listing
from hillflow.fields import CandidateEdges, VectorField, make_field
from hillflow.findings import note
from hillflow.genes import SMALL_PANEL
from hillflow.model.choice import Choice
from hillflow.model.savable import check_savable
from hillflow.objectives.method import Method
from hillflow.progress import ProgressCallback
from hillflow.records import read_record, write_record
from hillflow.schemas import ChoiceRecord
from hillflow.train.check import check_fit, check_times
from hillflow.train.choose_field import choose_field, compared_fields, no_comparison
from hillflow.train.components import check_components, options_in_basis
from hillflow.train.regulators import field_edges
from hillflow.train.request import Request
from hillflow.train.resample import resample as resampled
from hillflow.train.resolve import Stages, resolve_field, resolve_method
from hillflow.train.setting import Setting
from hillflow.transport.couple import consecutive_populations

if TYPE_CHECKING:
    from rich.progress import Progress

COMPARISON, CHOICE = "contest", "choice.json"  # folder of the compared fits, and its result


@dataclass(frozen=True, eq=False)
class TrainingPlan:
    """A checked training: one `Request` per member.

    Attributes
    ----------
    requests
        One per member; they differ by their seed, and by the sparsity of the method.
    seed
        The seed of the fit.
    choice
        How the field "auto" was chosen; None if the field was named.
    """

    requests: tuple[Request, ...]
    seed: int
    choice: Choice | None = None

    @property
    def description(self) -> dict[str, Any]:
        """Everything that decides the result, as plain JSON values."""
        return {
            **self.requests[0].description, "seed": self.seed, "members": len(self.requests),
        }  # fmt: skip

    @property
    def provenance(self) -> dict[str, Any]:
        """What each member records besides the description of its own request."""
        shared: dict[str, Any] = {}
        if self.choice is not None:
            shared["choice"] = self.choice.to_json()
        if len(self.requests) > 1:
            shared["ensemble"] = {"seed": self.seed}
        return shared


def plan_training(
    field: VectorField | str,
    data: Cells,
    stages: Stages = "default",
    *,
    members: int = 1,
    seed: int = 0,
    setting: Setting | None = None,
    folder: Path | None = None,
    savable: bool = False,
    progress: Progress | ProgressCallback | None = None,
) -> TrainingPlan:
    """Check everything and choose the field "auto"; only the fits of this choice are trained.

    Parameters as in `train`. With `folder`, the fits of the choice are kept there, to be resumed;
    with `folder` or `savable`, a field that cannot be saved is refused.
    """
    check_kind(data)
    if members < 1:
        raise InputError("one member or more", f"members={members}", "write members=1")
    setting = setting or Setting()
    method = resolve_method(stages, setting, len(data.genes))
    field = resolve_field(field, method)
    check_times(data, method)
    if isinstance(data, Snapshots) and method.couples:
        method = replace(method, coupling=method.coupling.bind(data))
        method.coupling.check(data, consecutive_populations(data))
    choice = None
    if isinstance(field, str) and field == "auto":
        why = no_comparison(data, setting) if isinstance(data, Snapshots) else None
        if why is None:
            choice = _choice(data, stages, seed, setting, folder, progress)
            field = choice.name
        else:
            field = compared_fields(data, setting)[0]
            note(
                f"fields are not compared, because of {why}: {field!r}, the simplest, is fitted; "
                "field=… (--field) names another", "fit.no-comparison",
            )  # fmt: skip
    bootstrap = members > 1 if setting.bootstrap is None else setting.bootstrap
    setting = replace(setting, bootstrap=bootstrap)
    build = _builder(field, data, method, setting, seed)
    requests = []
    for number in range(members):
        own_seed = seed if members == 1 else member_seed(seed, number)
        own_method = method if members == 1 else method.of_member(number, _perturbed_share(data))
        built = build(own_seed)
        requests.append(Request(built, data, own_method, own_seed, setting))
    check_fit(requests[0].field, data, method, setting)
    if savable or folder is not None:
        check_savable(requests[0].field)
    return TrainingPlan(tuple(requests), seed, choice)


def _builder(
    field: VectorField | str, data: Cells, method: Method, setting: Setting, seed: int
) -> Callable[[int], VectorField]:
    """Return what builds the field of each member from its seed.

    Candidate edges are the same for all members, chosen from all cells; but of few genes, a logic
    field has regulators chosen from the member's own cells, so that members show their stability.
    """
    check_components(field, setting.components)
    if isinstance(field, VectorField):
        if setting.regulators is not None and not _acts_by(field, setting.regulators):
            raise InputError(
                "a field by its name, to let only some genes act",
                f"a {field.name!r} field, built on edges of others too",
                "build it on their edges (make_field(name, genes, edges=…)), or name it",
            )
        return lambda own_seed: field
    _check_regulators(setting.regulators, data.genes)
    if field == "logic" and len(data.genes) <= SMALL_PANEL:

        def logic(own_seed: int) -> VectorField:
            cells = resampled(data, own_seed) if setting.bootstrap else data
            edges = field_edges(field, cells, regulators=setting.regulators, seed=own_seed)
            return make_field(field, data.genes, seed=own_seed, edges=edges)

        return logic
    edges = field_edges(field, data, regulators=setting.regulators, seed=seed)
    options = method.options_of(field) | ({} if edges is None else {"edges": edges})
    options |= options_in_basis(field, data, setting)
    return lambda own_seed: make_field(field, data.genes, seed=own_seed, **options)


def _acts_by(field: VectorField, regulators: Sequence[str]) -> bool:
    """Whether all candidate edges of a field are of these genes."""
    edges = getattr(field, "edges", None)
    if not isinstance(edges, CandidateEdges):
        return False
    return {field.genes[k] for k in edges.source.unique().tolist()} <= set(regulators)


def _check_regulators(regulators: Sequence[str] | None, genes: Sequence[str]) -> None:
    unknown = [gene for gene in regulators or () if gene not in set(genes)]
    if unknown:
        raise GeneNameError(
            "regulators among the genes of the data", listing(unknown),
            did_you_mean(unknown[0], tuple(genes)),
        )  # fmt: skip


def _choice(
    data: Cells, stages: Stages, seed: int, setting: Setting, folder: Path | None,
    progress: Progress | ProgressCallback | None,
) -> Choice:  # fmt: skip
    """Choose a field; a choice that `folder` has from an interrupted training is read."""
    folder = None if folder is None else folder / COMPARISON
    if folder is not None and (folder / CHOICE).is_file():
        again = "begin the fit again with overwrite=True (--overwrite)"
        return Choice.from_json(read_record(folder / CHOICE, ChoiceRecord, fix=again))
    choice = choose_field(
        data, stages=stages, seed=seed, setting=setting, progress=progress, folder=folder
    )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_record(folder / CHOICE, choice.to_json(), ChoiceRecord)
    return choice


def member_seed(seed: int, number: int) -> int:
    """Return the seed of an ensemble's member; it depends on `seed` and `number` alone."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _perturbed_share(data: Cells) -> float:
    """Return the share of genes that are perturbed in some condition."""
    perturbed = {gene for condition in data.conditions for gene in condition.genes}
    return len(perturbed) / len(data.genes)
