"""What each command prints: its result as JSON, and the lines that end it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hillflow import keys
from hillflow.run_files import EDGES, EFFECTS, LAWS, SCM, VALIDATION, fates_beside, ranking_beside
from hillflow.show import Table, rich_escape, to_rich
from hillflow.workflow.options.graph import are_cells

Given = Mapping[str, Any]


def simulate_json(adata: Any, given: Given) -> dict[str, Any]:
    """Populations with their sizes and labels."""
    populations = []
    labels = adata.obs.get(keys.LABEL)
    groups = adata.obs.groupby([keys.PERTURBATION, keys.TIME], sort=False, observed=True).groups
    order = list(dict.fromkeys(adata.obs[keys.PERTURBATION]))
    for (name, time), rows in sorted(
        groups.items(), key=lambda group: (order.index(group[0][0]), group[0][1])
    ):
        count = {} if labels is None else labels.loc[rows].value_counts()
        populations.append(
            {"perturbation": str(name), "time": float(time), "cells": len(rows),
             "labels": {str(k): int(v) for k, v in dict(count).items() if v}}
        )  # fmt: skip
    notes = adata.uns[keys.UNS]
    return {
        "out": given["out"], "system": given["system"], "genes": adata.n_vars,
        "edges": len(notes[keys.TRUTH]), "cells": adata.n_obs, "seed": given["seed"],
        "populations": populations,
    }  # fmt: skip


def simulate_shown(adata: Any, given: Given) -> Any:
    """A table of the populations."""
    about = simulate_json(adata, given)
    rows = [
        (one["perturbation"], f"{one['time']:g}", one["cells"],
         ", ".join(f"{count:,} {label}" for label, count in one["labels"].items()))
        for one in about["populations"]
    ]  # fmt: skip
    title = f"{given['system']}: {about['genes']:,} genes, {about['edges']:,} edges"
    heads = ("perturbation", "time (h)", "cells", "states")
    return to_rich([Table(heads, rows, title, f"Wrote {given['out']}")])


def fit_json(run: Any, given: Given) -> dict[str, Any]:
    """What was fitted, and the files of the run; of a dry run, the estimate."""
    if given["dry_run"]:
        return run.to_json()
    return {
        "out": run.path, "field": run.fit.field.name,
        "method": run.fit.provenance["method"]["name"], "seed": given["seed"],
        "members": run.members, "metrics": run.metrics, "files": run_files(run),
    }  # fmt: skip


def run_files(run: Any) -> list[str]:
    """Names in the run's folder."""
    return sorted(path.name for path in run.path.iterdir() if not path.name.startswith("."))


def graph_json(network: Any, given: Given) -> dict[str, Any]:
    """Edges with a weight, by falling size; what is not known is left out. Or the estimate."""
    if given["dry_run"]:
        return network.to_json()
    rows = network.edges[network.edges["weight"] != 0].to_dict("records")
    edges = [
        {str(k): v for k, v in row.items() if not (isinstance(v, float) and math.isnan(v))}
        for row in rows
    ]
    return {"out": _place(given, EDGES), **network.about, "edges": edges}


def laws_json(laws: Any, given: Given) -> dict[str, Any]:
    """Every law."""
    return {"out": _place(given, LAWS), **laws.to_json()}


def knockout_json(result: Any, given: Given) -> dict[str, Any]:
    """The ranking; of cells, with the tests of it."""
    out = _place(given, EFFECTS)
    if are_cells(given["run"]):
        notes = {"notes": [one.text for one in result.findings]}
        return {"out": out, **notes, **result.to_json()}
    return {
        "out": out, "ranking": _ranking(out),
        "members": len(result.members),
        "notes": [one.text for one in result.findings],
        "perturbations": [
            {str(key): None if isinstance(value, float) and math.isnan(value) else value
             for key, value in row.items()}
            for row in result.ranking.to_dict("records")
        ],
    }  # fmt: skip


def scm_json(result: Any, given: Given) -> dict[str, Any]:
    """Everything that was found."""
    return {"out": _place(given, SCM), **result.to_json()}


def velocity_json(adata: Any, given: Given) -> dict[str, Any]:
    """The keys that were written."""
    return {"out": given["out"], "keys": velocity_keys(adata)}


def velocity_keys(adata: Any) -> list[str]:
    """What `velocity` writes, by key."""
    notes = (f"uns[{keys.UNS!r}][{key!r}]" for key in
             (keys.PARAMS, keys.ORIENTATION, keys.VERSION))  # fmt: skip
    unspliced = (f"layers[{key!r}]" for key in (keys.UNSPLICED_VELOCITY, keys.UNSPLICED_STATES)
                 if key in adata.layers)  # fmt: skip
    return [
        f"layers[{keys.VELOCITY!r}]", f"layers[{keys.STATES!r}]", *unspliced,
        f"var[{keys.VELOCITY_GENES!r}]", f"obsm[{keys.EMBEDDING!r}]", *notes,
        f"obsp[{keys.CONNECTIVITIES!r}]", f"obsp[{keys.DISTANCES!r}]", f"uns[{keys.NEIGHBORS!r}]",
    ]  # fmt: skip


def report_json(path: Any, given: Given) -> dict[str, Any]:
    """Where the page lies, and how large it is."""
    return {"out": path, "megabytes": round(path.stat().st_size / 2**20, 2)}


def _place(given: Given, name: str) -> Any:
    """Where a result was written; None where it was only shown."""
    if given.get("out") is not None:
        return given["out"]
    return None if are_cells(given["run"]) else given["run"] / name


_JSON: dict[str, Callable[[Any, Given], Any]] = {
    "simulate": simulate_json, "fit": fit_json, "graph": graph_json, "laws": laws_json,
    "knockout": knockout_json, "scm": scm_json, "velocity": velocity_json, "report": report_json,
    "methods": lambda tables, given: tables.tables,
}  # fmt: skip


def as_json(name: str, result: Any, given: Given) -> Any:
    """The result of a command as plain values."""
    return _JSON[name](result, given) if name in _JSON else result.to_json()


def as_shown(name: str, result: Any, given: Given) -> Any:
    """The result of a command for a person: as it shows itself, or what was written."""
    if name == "simulate":
        return simulate_shown(result, given)
    if name == "velocity":
        return rich_escape(f"Wrote {given['out']} with {', '.join(velocity_keys(result))}")
    if name == "report":
        size = result.stat().st_size / 2**20
        return rich_escape(f"Wrote {result} ({size:.1f} MB): open it in a browser")
    return result


def files_written(name: str, result: Any, given: Given) -> list[str]:
    """A line for the files that the result does not name itself."""
    out = given.get("out")
    if given.get("dry_run"):
        return ["A dry run: nothing was written."]
    if name == "fit":
        return [f"Wrote {out}: {', '.join(run_files(result))}"]
    if name == "graph":
        place = _place(given, EDGES)
        part = out is None and (given["top"] is not None or given["confidence"] is not None)
        whole = " with every pair, not only those shown" if part else ""
        return [] if place is None else [f"Wrote {place}{whole}"]
    if name == "activity":
        return [f"Wrote {out} with {', '.join(result.to_json()['keys'])}"]
    if name == "laws":
        return [f"Wrote {_place(given, LAWS)}"]
    if name == "knockout":
        effects = _place(given, EFFECTS)
        if effects is None:
            return ["Nothing was written: --out FILE.csv writes the tables."]
        beside = [_ranking(effects)]
        if getattr(result, "fates", None) is not None:
            beside.append(effects.with_name(fates_beside(effects.name)))
        return [f"Wrote {effects}, and {' and '.join(map(str, beside))} with more"]
    if name == "scm":
        return [f"Wrote {_place(given, SCM)}"]
    if name == "validate":
        network = given["network"]
        if out is None and network.is_dir():
            out = network / VALIDATION
        written = [str(path) for path in (out, given["figure"]) if path is not None]
        return [f"Wrote {', '.join(written)}"] if written else []
    return []


def _ranking(effects: Path) -> Path:
    return effects.with_name(ranking_beside(effects.name))
