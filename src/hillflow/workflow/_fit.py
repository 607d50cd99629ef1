"""``fit``: read, check, fit, and score what was left out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from hillflow.cost import Cost
from hillflow.data import (
    Cells,
    Snapshots,
    align_data_sets,
    leave_out_condition,
    leave_out_time,
)
from hillflow.data.checks import COORDINATES
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.evaluate.left_out import check_scorable, not_scorable, score_left_out
from hillflow.fields import FIELDS, CandidateEdges, VectorField, make_field
from hillflow.findings import collect_findings, note
from hillflow.genes import SMALL_PANEL
from hillflow.interventions import Intervention, parse_conditions
from hillflow.objectives import Method, make_method
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.results import Run, fit_run
from hillflow.results.fit_run import FINISHED
from hillflow.tasks import workers
from hillflow.train import Setting
from hillflow.train.components import check_components
from hillflow.train.cost import estimate
from hillflow.train.regulators import check_field, field_edges
from hillflow.workflow.cells import CellsLike, check_genes_are, read_cells
from hillflow.workflow.coupling import bound, coupled, read_coupling
from hillflow.workflow.files import path_or_none
from hillflow.workflow.fit_call import fit_call
from hillflow.workflow.options.base import named
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.options.fit import FIT, FitOptions, LeftOutOptions
from hillflow.workflow.options.prior import PriorOptions
from hillflow.workflow.options.regulators import RegulatorOptions
from hillflow.workflow.priors_options import read_prior_edges
from hillflow.workflow.reading import names, times
from hillflow.workflow.regulators import read_regulators
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    from rich.progress import Progress

VELOCITY = "velocity"  # the method for cells of one time with velocities
FREE = "mlp"  # for coordinates: they are bent, and no structure of genes holds in them
LONG = 10.0  # seconds of a fit whose cost is said before
MOST_GENES = 100  # of a law that is fitted by default: its cost grows with genes and conditions


@verb(FIT)
def fit(
    cells: CellsLike,
    out: str | PathLike[str] | None,
    data: DataOptions,
    prior: PriorOptions,
    acting: RegulatorOptions,
    left_out: LeftOutOptions,
    options: FitOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> Run | Cost:
    """Do what `hillflow.fit` promises.

    Returns
    -------
    Run
        The fit with its cells; every other verb takes it. Of a dry run, the estimated time and
        memory instead.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> run = hf.fit(cells, field="linear", effort=0.02)
    >>> run.fit.genes
    ('A', 'B')
    """
    setting = Setting(
        threads=options.threads, effort=options.effort, efficacy=_efficacy(options.efficacy),
        noise=options.noise, protein=options.protein, components=options.components,
        sigma=options.sigma, device=options.device,
    )  # fmt: skip
    report, coupling = progress_callback(progress), read_coupling(options.coupling)
    with collect_findings() as said:
        every = read_cells(
            cells, data, options.velocity_layer, options.dataset, options.unspliced_layer
        )
        coupling = bound(coupling, options.within_batches, every)
        training, apart = _leave_out(every, left_out, data.control)
        if options.dataset is not None:
            training, apart = _aligned(training, apart, options)
        field, method = _named(options, prior, acting, training)
        if options.components is not None:
            check_genes_are("components", training.scale)
        check_components(field, options.components)
        method = coupled(method, coupling, options.within_batches, field, training)
        edges, regulators = _edges(field, prior, acting, training)
        setting = replace(setting, regulators=regulators)
        large = len(training.genes) > SMALL_PANEL
        if options.dry_run or progress or large:  # else the estimate may cost more than the fit
            cost = estimate(
                field, training, method, setting, prior=edges, members=options.ensemble,
                jobs=options.jobs, seed=options.seed,
            )  # fmt: skip
            if options.dry_run:
                return cost
            cost.check()
            if cost.seconds >= LONG:
                report(f"this fit takes {cost}", 0, 0)
        weight = prior.prior_weight
        field, method = _with_prior(field, method, edges, weight, setting, training, options.seed)
        with workers(options.jobs, options.cluster) as those:
            run = fit_run(
                field, training, method, members=options.ensemble, seed=options.seed,
                setting=setting, workers=those, out=path_or_none(out), resume=options.resume,
                overwrite=options.overwrite, progress=report,
                call=fit_call(cells, out, every, data, prior, acting, left_out, options),
            )  # fmt: skip
    run.set_findings(one for one in said if one.code != FINISHED)
    _score(run, training, apart)
    return run


def _aligned(
    training: Cells, apart: list[Snapshots], options: FitOptions
) -> tuple[Snapshots, list[Snapshots]]:
    """Data sets on common components; left-out cells shape none of them."""
    assert isinstance(training, Snapshots)
    if options.components is None:
        raise InputError(
            f"{named('components')} beside {named('dataset')}", "none",
            "write components=5 (--components 5) for the number on which the sets are aligned",
        )  # fmt: skip
    check_components(options.field or "auto", options.components)
    aligned = align_data_sets(training, options.components)
    assert aligned.sets is not None
    return aligned, [aligned.sets.align(part) for part in apart]


def _efficacy(given: Any) -> float | str | None:
    """A share as a number; "learn", and what is neither, as it is."""
    try:
        return None if given is None else float(given)
    except (TypeError, ValueError):
        return given


def _leave_out(
    data: Cells, left_out: LeftOutOptions, control: str
) -> tuple[Cells, list[Snapshots]]:
    """What to train on, and what was left out of it, each of which can be predicted."""
    time, perturbation = left_out.leave_out_time, left_out.leave_out_perturbation
    if time is None and perturbation is None:
        return data, []
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots to leave a time or a perturbation out of",
            "series",
            "leave these rows out of the data, or fit without series=… (--series)",
        )
    training, apart = data, list[Snapshots]()
    if time is not None:
        split = leave_out_time(training, *(times(time, data.time_unit) or ()))
        training, apart = split.train, [*apart, split.left_out]
    if perturbation is not None:
        split = leave_out_condition(training, *_conditions(perturbation, training, control))
        training, apart = split.train, [*apart, split.left_out]
    for part in apart:
        check_scorable(training, part)
    return training, apart


def _conditions(given: Any, data: Snapshots, control: str) -> list[Intervention]:
    """The conditions named: one text, several with commas between them, or a list."""
    by_genes: dict[tuple[str, ...], list[Intervention]] = {}
    for one in data.conditions:
        by_genes.setdefault(one.genes, []).append(one)
    texts: list[Any] = [given] if isinstance(given, str | Intervention) else list(given)
    if len(texts) == 1 and isinstance(texts[0], str) and "," in texts[0]:
        (together,) = parse_conditions(texts, control).values()
        # The full name of a double perturbation, "A=knockout,B=knockout", has a comma too.
        if "=" not in texts[0] or together not in data.conditions:
            texts = [*names(texts[0])]
    parsed = parse_conditions([text for text in texts if isinstance(text, str)], control)
    conditions = [text if isinstance(text, Intervention) else parsed[text] for text in texts]
    for place, (text, one) in enumerate(zip(texts, conditions, strict=True)):
        measured = by_genes.get(one.genes, [])
        if "=" not in str(text) and one not in data.conditions and len(measured) == 1:
            conditions[place] = measured[0]  # genes alone: as they were perturbed in the data
    if any(condition.is_control for condition in conditions):
        raise InputError(
            "perturbations to leave out", "the control, from whose cells they are predicted",
            "name perturbations only",
        )  # fmt: skip
    return conditions


def _edges(
    field: VectorField | str, prior: PriorOptions, acting: RegulatorOptions, data: Cells
) -> tuple[CandidateEdges | None, tuple[str, ...] | None]:
    """The edges of the prior, and the genes that may act; None for all."""
    edges = read_prior_edges(prior, data.genes)
    regulators = read_regulators(
        acting, data.genes, None if edges is None else partial(_sources, edges, data)
    )
    if isinstance(field, str):
        check_field(field, regulators)
    return edges, regulators


def _with_prior(
    field: VectorField | str, method: Method, edges: CandidateEdges | None, weight: float | None,
    setting: Setting, data: Cells, seed: int,
) -> tuple[VectorField | str, Method]:  # fmt: skip
    """The field on the prior's edges where it takes a mask, else pulled to them by the method."""
    if edges is None or isinstance(field, VectorField):
        return field, method
    if "mask" not in FIELDS[field].prior:
        pulled = (
            method.with_prior(edges)
            if weight is None
            else method.with_prior(edges, strength=weight)
        )
        return field, pulled
    chosen = field_edges(field, data, regulators=setting.regulators, prior=edges, seed=seed)
    return make_field(field, data.genes, edges=chosen, seed=seed), method


def _named(
    options: FitOptions, prior: PriorOptions, acting: RegulatorOptions, data: Cells
) -> tuple[VectorField | str, Method]:
    """The field and the method, before the prior is read."""
    snapshots, field, method = isinstance(data, Snapshots), options.field, options.method
    moving = isinstance(data, Snapshots) and data.velocity is not None
    if options.velocity_weight is not None and not moving:
        raise InputError(
            f"a velocity for {named('velocity_weight')}", "none",
            f"name its layer with {named('velocity_layer')}, or leave the weight out",
        )  # fmt: skip
    if moving and method is None and len(data.times) == 1:
        method = VELOCITY
        note(
            f"cells of one time, fitted by the method {VELOCITY!r} to their RNA velocities",
            "fit.velocities-alone",
        )
    if isinstance(data, Snapshots) and data.at_rest:
        method = "equilibrium" if method is None else method
        field = _at_rest(data) if field is None else field
        note(
            f"cells of one time, under {len(data.conditions):,} conditions: a screen, each of "
            "whose populations is taken to be at rest (method 'equilibrium')",
            "fit.screen",
        )
    both = isinstance(data, Snapshots) and data.unspliced is not None
    if both:
        field = "softplus" if field is None else field
        if method is None:
            method = "law" if field == "logic" else "splicing"
    if field is None and method is None and _suits_law(data):
        field = "logic"
    if not isinstance(method, Method):
        by_default = "phoenix" if not snapshots else "law" if field == "logic" else "default"
        method = make_method(method or by_default)
    if moving and method.couples and not method.beside_velocity and options.velocity_weight != 0:
        weight = options.velocity_weight
        method = method.with_velocity(**({} if weight is None else {"weight": weight}))
    if isinstance(field, VectorField):
        if prior.prior is not None:
            raise InputError(
                "a field by its name beside a prior", f"a {field.name!r} field, which is built",
                "build it on the prior's edges (make_field(name, genes, edges=mask)), or name it",
            )  # fmt: skip
        return field, method
    if field in (None, "auto") and method.trains != "any":
        field = method.trains
    if field is None and data.scale == COORDINATES:
        field = FREE
    if moving and not method.couples and field in (None, "auto"):
        field = _of_velocities(data, bare=prior.prior is None and acting.regulators is None)
    if field is None and prior.prior is None and acting.regulators is None:
        field = "auto" if snapshots else "hill-dense"
    elif field is None:
        field = "auto" if snapshots and prior.prior is None else _of_edges(data)
    _check_field(field, with_prior=prior.prior is not None)
    _check_weight(field, prior)
    return field, method


def _at_rest(data: Snapshots) -> str:
    """The field of a screen at rest: Hill curves where levels are measured and not below 0.

    An input has two levels, which show no curve.
    """
    return "linear" if data.inputs or data.x.min() < 0 else "hill"


def _sources(edges: CandidateEdges, data: Cells) -> list[str]:
    """The regulators of a prior: sources of its own edges."""
    return [data.genes[k] for k in edges.source[~edges.free].unique().tolist()]


def _of_edges(data: Cells) -> str:
    """The field on the edges of a prior, or of the regulators of series, unless one is named."""
    if data.x.min() >= 0:
        return "hill"
    note(
        "the field 'linear' is fitted, because of values below 0: 'hill' needs levels of at least "
        "0; field=… (--field) names another", "fit.no-hill",
    )  # fmt: skip
    return "linear"


def _of_velocities(data: Cells, *, bare: bool) -> str:
    """The field of velocities alone, which are no predictions by which to choose one."""
    return "hill-dense" if bare and data.x.min() >= 0 else _of_edges(data)


def _suits_law(data: Cells) -> bool:
    """Whether the default is a law; what speaks against it for snapshots is said."""
    if not isinstance(data, Snapshots) or data.scale == COORDINATES:
        return False
    if data.x.min() < 0:
        note(
            "no law is fitted by default, because of values below 0: the laws of the field "
            "'logic' need levels of at least 0, such as counts or their logs", "fit.no-law",
        )  # fmt: skip
        return False
    if len(data.genes) > MOST_GENES:
        note(
            f"no law is fitted by default, because of {len(data.genes):,} genes: laws of more "
            f"than {MOST_GENES} take long; field='logic' (--field logic) fits them", "fit.no-law",
        )  # fmt: skip
        return False
    return True


def _check_field(name: str, *, with_prior: bool) -> None:
    """Refuse a field that is not there, or that cannot use the prior that is to be read."""
    if name == "auto":
        if with_prior:
            raise InputError(
                f"a field by its name beside {named('prior')}",
                "field='auto' (--field auto), which chooses among fields without a prior",
                "add field='hill' (--field hill), 'linear' or 'sparse'",
            )
        return
    if with_prior and FIELDS[name].prior == "none":
        able = [other.name for other in FIELDS.values() if other.prior != "none"]
        raise UnsupportedError(
            "a field that can use a prior network", f"the {name!r} field, which cannot",
            f"choose {named('field')} among {listing(able, 9)}, or leave {named('prior')} out",
        )  # fmt: skip
    FIELDS[name]


def _check_weight(field: VectorField | str, prior: PriorOptions) -> None:
    """Refuse a weight of the prior's loss for a field whose prior is a mask."""
    if prior.prior_weight is None or not isinstance(field, str) or field == "auto":
        return
    if "mask" in FIELDS[field].prior:
        raise UnsupportedError(
            f"a field that takes a prior as a loss, for {named('prior_weight')}",
            f"the {field!r} field, whose edges are those of the prior",
            "write field='hill-dense' (--field hill-dense), or leave the weight out",
        )  # fmt: skip


def _score(run: Run, training: Cells, apart: list[Snapshots]) -> None:
    """Score what was left out, once: a run that has its score keeps it."""
    if apart and isinstance(training, Snapshots) and "left_out" not in run.metrics:
        rows = [row for part in apart for row in score_left_out(run.fit.members, training, part)]
        absent = [name for part in apart for name in not_scorable(training, part)]
        run.add_metrics(left_out=rows, not_scored=absent)
