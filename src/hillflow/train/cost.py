"""What a fit will cost: time and memory, measured on a few of its cells before the work begins.

A step of each stage is taken and timed. It costs the same with few cells as with all, because its
batch has as many; its memory is that of the tensors it keeps for the gradient. Coupling, and the
choice of candidate edges, are timed on the sample and taken to grow in proportion to the cells (and
genes). Other programs that run at the same time make a fit slower than this. On a GPU, steps are
timed there; memory is counted as if all of it were the machine's.

Cost: five steps of each stage, and a fraction of a second for the rest.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from hillflow.closed_form import closed_form_network
from hillflow.cost import Cost
from hillflow.data import Cells, Snapshots
from hillflow.fields import FIELDS, CandidateEdges, VectorField, make_field
from hillflow.genes import SMALL_PANEL
from hillflow.machine import memory_in_use, memory_of_machine
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.method import Method
from hillflow.objectives.problem import trajectory_problem
from hillflow.train.check import check_fit, uncoupled_problem
from hillflow.train.choose_field import EFFORT, compared_fields
from hillflow.train.components import options_in_basis, set_components
from hillflow.train.deterministic import deterministic
from hillflow.train.loop import Loop
from hillflow.train.losses import validation_loss
from hillflow.train.prepare import calibrate
from hillflow.train.regulators import CANDIDATES, KILOBYTES, REGULATORS, field_edges
from hillflow.train.resolve import Stages, resolve_method
from hillflow.train.setting import Setting
from hillflow.transport import WithinBatches, fit_plan

SAMPLE = 64  # cells of a population, on which is measured
GENES = 100  # of which the choice of candidate edges is measured
FOLDS = 2  # of a comparison of fields
_COPIES = 6  # of the cells: read, without the validation cells, projected, and as tensors
_PARAMETER_COPIES = 8  # value, gradient, two moments, the saved state and the best one


def estimate(
    field: VectorField | str,
    data: Cells,
    stages: Stages,
    setting: Setting,
    *,
    prior: CandidateEdges | None = None,
    members: int = 1,
    jobs: int = 1,
    seed: int = 0,
) -> Cost:
    """Measure what a fit costs.

    Parameters
    ----------
    field, data, stages, setting, members, jobs, seed
        As in `hillflow.train.train`.
    prior
        Edges of a prior, on which the field will be built.

    Returns
    -------
    Cost
    """
    method = resolve_method(stages, setting, len(data.genes))
    in_basis: dict[str, Any] = {}
    if isinstance(field, VectorField):
        missing = field.missing_components
    else:
        in_basis = options_in_basis(field, data, setting)
        missing = in_basis.get("latent", 0) % len(data.genes)  # of all genes, none are missing
    size = missing or setting.basis
    sample, share = _sample(data)
    if len(sample.x) <= missing:  # too few cells for as many components
        sample, share = data, 1.0
    names: Sequence[VectorField | str] = [field]
    if field == "auto":
        names = compared_fields(data, setting)
    rounds = -(-members // jobs)
    measured = [
        _of_steps(
            _built(one, sample, method, setting, prior, in_basis), sample, method, setting, seed
        )
        for one in names
    ]
    slowest, kept = max(measured, key=lambda one: sum(one[0].values()))
    memory = min(jobs, members) * (_COPIES * data.x.nbytes + kept)
    parts: dict[str, float] = {}
    couplings = rounds
    if any(isinstance(one, str) and _chooses(one, data, setting, prior) for one in names):
        parts["choosing candidate edges"] = _of_choice(data, setting)
        compared = len(data.genes) * len(setting.regulators or data.genes)
        memory = max(memory, _COPIES * data.x.nbytes + 1e3 * KILOBYTES * compared)
    if len(names) > 1:
        parts["choosing a field"] = FOLDS * EFFORT * sum(sum(one.values()) for one, _ in measured)
        couplings += FOLDS
    if isinstance(sample, Snapshots) and method.couples and method.coupling.computed:
        parts["coupling cells"] = share * couplings * _of_coupling(
            sample, method, setting, size
        )  # fmt: skip
    parts |= {name: rounds * seconds for name, seconds in slowest.items()}
    return Cost(parts, memory_in_use() + memory, memory_of_machine())


def _sample(data: Cells, cells: int = SAMPLE) -> tuple[Cells, float]:
    """A few cells of every population (or series), and how many times as many there are."""
    if not isinstance(data, Snapshots):
        few = data.take(data.names[:cells])
        return few, len(data.x) / len(few.x)
    rows = [p.rows[:: max(1, len(p) // cells)][:cells] for p in data.populations()]
    sample = data.take(np.sort(np.concatenate(rows)))
    return sample, len(data.x) / len(sample.x)


def _built(
    field: VectorField | str, sample: Cells, method: Method, setting: Setting,
    prior: CandidateEdges | None, in_basis: dict[str, Any],
) -> VectorField:  # fmt: skip
    """The field, on as many candidate edges as it will have."""
    if isinstance(field, VectorField):
        return copy.deepcopy(field)
    if isinstance(sample, Snapshots) and sample.at_rest:  # all perturbed genes, without a choice
        edges = field_edges(field, sample, regulators=setting.regulators, prior=prior)
    else:
        edges = stand_in_edges(field, sample.genes, setting.regulators, prior)
    options = method.options_of(field) | ({} if edges is None else {"edges": edges}) | in_basis
    return make_field(field, sample.genes, **options)


def stand_in_edges(
    field: str, genes: Sequence[str], regulators: Sequence[str] | None, prior: CandidateEdges | None
) -> CandidateEdges | None:
    """Return as many edges as `field_edges` chooses, evenly spread; None for all pairs."""
    if "mask" not in FIELDS[field].prior:
        return None
    count = REGULATORS if field == "logic" else CANDIDATES
    if field != "logic" and len(genes) <= SMALL_PANEL:
        count = len(genes)
        if regulators is None:
            return prior
    acting = [k for k, gene in enumerate(genes) if regulators is None or gene in set(regulators)]
    count = min(count, len(acting))
    target = np.repeat(np.arange(len(genes)), count)
    source = np.array(acting)[(target + np.tile(np.arange(count), len(genes))) % len(acting)]
    if field != "logic" and prior is not None:
        fixed = ~prior.free
        free = bool(prior.free.any())
        source = np.concatenate([prior.source[fixed], source if free else []]).astype(int)
        target = np.concatenate([prior.target[fixed], target if free else []]).astype(int)
    pairs = np.unique(target * len(genes) + source)
    return CandidateEdges(pairs % len(genes), pairs // len(genes), len(genes))


def _chooses(field: str, data: Cells, setting: Setting, prior: CandidateEdges | None) -> bool:
    """Whether candidate edges are chosen by the network in closed form."""
    if isinstance(data, Snapshots) and len(data.times) == 1:
        return False
    if len(data.genes) <= SMALL_PANEL or "mask" not in FIELDS[field].prior:
        return False
    return field == "logic" or prior is None or bool(prior.free.any())


def _of_choice(data: Cells, setting: Setting) -> float:
    """Seconds of choosing candidate edges, on a line through the times of two samples.

    A share of the time is the same for any number of cells; all of it grows with the genes.
    """
    acting = list(setting.regulators or data.genes)[: GENES // 2]
    others = [gene for gene in data.genes if gene not in set(acting)]
    some = (*acting, *others[: GENES - len(acting)])
    sizes, seconds = [], []
    for cells in (SAMPLE, 4 * SAMPLE):
        sample = _sample(data, cells)[0].select_genes(some)

        def choose(turn: int, sample: Cells = sample) -> None:
            closed_form_network(sample, regulators=tuple(acting), bootstraps=0, seed=turn)

        sizes.append(len(sample.x))
        seconds.append(_seconds(choose))
    slope = max(0.0, seconds[1] - seconds[0]) / max(1, sizes[1] - sizes[0])
    return len(data.genes) / len(some) * (seconds[1] + slope * (len(data.x) - sizes[1]))


def _of_coupling(sample: Snapshots, method: Method, setting: Setting, size: int) -> float:
    """Seconds of coupling the sample; another seed each time, since plans are remembered."""
    based, coupling = _with_basis(sample, size), setting.coupling(method)
    if isinstance(coupling, WithinBatches):  # a sample may lack batches; smaller parts cost no more
        coupling = coupling.coupling
    return _seconds(lambda turn: fit_plan(based, coupling, seed=turn, memory_mb=setting.memory_mb))


def _with_basis(sample: Snapshots, size: int) -> Snapshots:
    return sample.with_basis(min(size, *sample.x.shape))


def _of_steps(
    field: VectorField, sample: Cells, method: Method, setting: Setting, seed: int
) -> tuple[dict[str, float], float]:
    """Seconds of each stage, and bytes of a step and of what is kept beside it."""
    check_fit(field, sample, method, setting)
    dtype, orthant = field._like().dtype, field.keeps_orthant
    with deterministic(setting.threads, setting.device):
        if isinstance(sample, Snapshots):
            sample = _with_basis(sample, field.missing_components or setting.basis)
            problem = uncoupled_problem(sample, field, method)
            problem = replace(problem, sigma=setting.sigma or 1.0)  # which costs as much as any
        else:
            problem = trajectory_problem(sample, orthant=orthant, dtype=dtype)
        problem = problem.to(setting.device)
        set_components(field, sample)
        heads = Heads.build(field, setting.heads(method, sample), sigma=setting.sigma, seed=seed)
        heads.to(setting.device)
        training = Training.of(heads, problem)
        calibrate(heads, problem)
        loop = Loop(training, method.stages, None, seed, check_every=10**9)
        with torch.no_grad():
            check = _seconds(lambda turn: validation_loss(training))
        parts, most = {}, 0.0
        for number, stage in enumerate(method.stages):
            seconds, bytes_ = loop.measure(number)
            checks = stage.steps / setting.check_every
            name = f"stage {number + 1} of {len(method.stages)}: {stage.objective.task}"
            parts[name] = stage.steps * seconds + checks * check
            most = max(most, bytes_)
    kept = sum(p.numel() * p.element_size() for p in heads.parameters())
    return parts, most + _PARAMETER_COPIES * kept


def _seconds(work: Callable[[int], object]) -> float:
    """The shorter of two times, since the first has imports in it; `work` is told which it is."""
    taken = []
    for turn in range(2):
        start = time.perf_counter()
        work(turn)
        taken.append(time.perf_counter() - start)
    return min(taken)
