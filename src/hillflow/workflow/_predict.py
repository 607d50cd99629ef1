"""``predict``: the cells that an intervention would give."""

from __future__ import annotations

from os import PathLike

from hillflow.data import Snapshots, pooled_control
from hillflow.data.times import format_time, same_time
from hillflow.findings import Finding, collect_findings, unique_findings
from hillflow.interventions import Intervention
from hillflow.model.predict import control_cells
from hillflow.model.provenance import record_prediction
from hillflow.results import Run
from hillflow.results.prediction import Prediction, largest_changes
from hillflow.workflow._doses import predict_series
from hillflow.workflow.cells import check_genes_are
from hillflow.workflow.files import path_or_none, write_h5ad
from hillflow.workflow.options.predict import PREDICT, PredictOptions
from hillflow.workflow.reading import one_time, times
from hillflow.workflow.runs import RunLike, joined, open_run, open_snapshots
from hillflow.workflow.verb import verb


@verb(PREDICT)
def predict(
    run: RunLike,
    perturb: str | Intervention,
    out: str | PathLike[str] | None,
    options: PredictOptions,
) -> Prediction:
    """Do what `hillflow.predict` promises.

    Returns
    -------
    Prediction
        ``prediction.adata`` holds the cells; what was done, to which cells and by which fit is
        in its ``uns["hillflow"]``.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> prediction = hf.predict(hf.fit(cells, field="linear", effort=0.02), "A=ko")
    >>> prediction.adata.shape
    (60, 2)
    """
    path = path_or_none(out)
    if options.inputs is not None:
        return predict_series(open_run(run), perturb, path, options)
    with collect_findings() as said:
        opened, known = open_snapshots(run)
        fit = joined(opened, options.also, options.device)
        cells = pooled_control(known) if options.pooled else known
        done = Intervention.parse(perturb) if isinstance(perturb, str) else perturb
        if not done.is_control:
            check_genes_are("a perturbation", fit.scale)
        done.check(fit.genes)
        wanted = times(options.times, cells.time_unit)
        start = one_time(options.start_time, cells.time_unit)
        predicted = fit.predict(
            cells, done, wanted, start=start, absolute=options.absolute,
            cautious=options.cautious,
        )  # fmt: skip
    adata = predicted.to_anndata()
    record_prediction(
        adata, known, *fit.members, start=start, absolute=options.absolute,
        cautious=options.cautious, pooled=options.pooled,
    )  # fmt: skip
    write_h5ad(adata, path)
    against = "pooled control" if options.pooled else "measured control"
    if options.absolute and not done.is_control:  # like with like: one rollout against another
        against = "rolled-out control"
        cells = fit.predict(cells, Intervention.control(), wanted, start=start, absolute=True)
    since = None
    if done.is_control:
        control = control_cells(fit, cells)
        since = float(control.times[0]) if start is None else start
        against = _with_start(against, control, predicted, since)
    noted = unique_findings([*said, *opened.fit.findings, *_extrapolation(opened, predicted)])
    return Prediction(
        adata, done, against, largest_changes(cells, predicted, since), options.cautious,
        options.pooled, path, noted, predicted,
    )  # fmt: skip


def _with_start(against: str, control: Snapshots, predicted: Snapshots, start: float) -> str:
    """The control with which a prediction without perturbation compares: measured, or its start."""
    measured = [bool(same_time(control.times, float(time)).any()) for time in predicted.times]
    if all(measured):
        return against
    since = f"at {format_time(start, control.time_unit)}, the start"
    return f"{against}{'; where there is none, that' if any(measured) else ''} {since}"


def _extrapolation(run: Run, predicted: Snapshots) -> list[Finding]:
    unit, last = run.fit.time_unit, max(run.fit.times)
    later = [format_time(float(time), unit) for time in predicted.times if time > last]
    if not later:
        return []
    return [
        Finding(
            "predict.extrapolates",
            f"{', '.join(later)}: later than anything this run was fitted on "
            f"({format_time(last, unit)}), so this is extrapolation",
        )
    ]
