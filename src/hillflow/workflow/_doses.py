"""`predict` of series: followed units under other doses, units that were fitted and new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hillflow.data import Trajectories
from hillflow.data.doses import table_of
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.findings import collect_findings, unique_findings
from hillflow.interventions import Intervention
from hillflow.model.dosed import predict_doses
from hillflow.model.provenance import record_doses
from hillflow.results import Run
from hillflow.results.prediction import MAX_GENES, Prediction
from hillflow.workflow.files import write_h5ad
from hillflow.workflow.options.predict import PredictOptions
from hillflow.workflow.reading import times
from hillflow.workflow.runs import joined


def predict_series(
    run: Run, perturb: str | Intervention, path: Path | None, options: PredictOptions
) -> Prediction:
    """Predict the units of the table of doses, from their first observations."""
    series = _series_of(run, options)
    with collect_findings() as said:
        done = Intervention.parse(perturb) if isinstance(perturb, str) else perturb
        fit = joined(run, options.also, options.device)
        done.check(fit.genes)
        units = _units(series, options.inputs, options.covariates)
        predicted = predict_doses(fit, units, times(options.times, series.time_unit), done)
    adata = predicted.to_anndata()
    record_doses(adata, series, *fit.members)
    write_h5ad(adata, path)
    findings = unique_findings([*said, *run.fit.findings])
    return Prediction(
        adata, done, "first observation", _changes(predicted), path=path, findings=findings
    )


def _series_of(run: Run, options: PredictOptions) -> Trajectories:
    series = run.data
    if not isinstance(series, Trajectories) or series.doses is None:
        raise UnsupportedError(
            "a run on series with doses, for inputs=… (--inputs)",
            "series without doses" if isinstance(series, Trajectories) else "snapshots",
            "fit with series=…, inputs=… (--series, --inputs), or leave inputs out",
        )
    for name in ("start_time", "absolute", "cautious", "pooled"):
        if getattr(options, name):
            raise UnsupportedError(
                "no option of snapshots beside inputs=… (--inputs)", name, f"leave {name} out"
            )
    return series


def _units(series: Trajectories, inputs: Any, covariates: Any) -> Trajectories:
    """The units of a table of doses: of the data, or new ones that start at the mean first state.

    Not both at once, since the covariates of new units are given and those of others known.
    """
    doses = series.doses
    assert doses is not None
    named = list(dict.fromkeys(table_of(inputs, "doses").get("unit", np.empty(0)).astype(str)))
    new = [name for name in named if name not in series.names]
    if not new:
        return (series.take(named) if named else series).with_doses(inputs, covariates)
    if len(new) < len(named):
        raise InputError(
            "units of the data, or new ones", f"both; new are {listing(new)}",
            "predict them in two calls",
        )  # fmt: skip
    if doses.covariates and covariates is None:
        raise InputError(
            f"covariates of the new units ({', '.join(doses.covariates)})", "none",
            "give covariates=… (--covariates)",
        )  # fmt: skip
    states = len(series.genes) - len(doses.further)
    first = np.searchsorted(series.series, np.arange(len(series)))
    start = series.x[first, :states].mean(0)
    x = np.broadcast_to(start, (len(new), len(series.times), states))
    made = Trajectories.from_arrays(
        x, series.times, series.genes[:states], new, unit=series.time_unit or None
    )
    given = made.with_doses(inputs, covariates, doses.depots)
    added = given.doses
    assert added is not None
    if added.covariates != doses.covariates:
        raise InputError(
            f"the covariates {', '.join(doses.covariates) or '(none)'}",
            ", ".join(added.covariates) or "none", "give the same columns, in the same order",
        )  # fmt: skip
    return given


def _changes(predicted: Trajectories) -> list[dict[str, Any]]:
    """At each predicted time, the mean change of units since their first observation."""
    doses = predicted.doses
    states = len(predicted.genes) - (0 if doses is None else len(doses.further))
    first = np.searchsorted(predicted.series, np.arange(len(predicted)))
    change = (predicted.x - predicted.x[first][predicted.series])[:, :states]
    rows = []
    for time in predicted.times[1:]:
        mean = change[predicted.time == time].mean(0)
        largest = np.argsort(-np.abs(mean), kind="stable")[:MAX_GENES]
        shifts = {predicted.genes[k]: round(float(mean[k]), 4) for k in largest}
        count = int((predicted.time == time).sum())
        rows.append({"time": float(time), "cells": count, "changes": shifts})
    return rows
