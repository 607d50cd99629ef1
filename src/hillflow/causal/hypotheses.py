"""What to perturb next: predicted effects with their interval, their support and a reason.

A prediction is worth an experiment if the members of the fit agree on it, if its cells stay where
cells were measured, and if nobody has made it yet. The verdict says which of these holds, and the
order of the table follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hillflow.causal.knockout_baselines import edges_from, edges_of_fit
from hillflow.interventions import Intervention
from hillflow.networks.network import Network

FALSE_SHARE = 0.1  # largest false discovery rate of an effect that counts
MOSTLY = 0.5  # least share of cells within the states that were measured
SHOWN = 3  # targets that a reason names
NEXT, MEASURED, OUTSIDE, UNKNOWN, DISPUTED, NOTHING = VERDICTS = (
    "try next",
    "measured already",
    "leaves the measured states",
    "one member: no interval",
    "members do not agree",
    "no effect predicted",
)
COLUMNS = (
    "perturbation", "verdict", "effect", "low", "high", "fdr", "fate_shift", "fate_toward",
    "fate_fdr", "in_support", "reason",
)  # fmt: skip


def hypotheses(
    ranking: pd.DataFrame, graph: Network | None, measured: Iterable[Intervention] = ()
) -> pd.DataFrame:
    """Return predicted perturbations in the order in which they are worth an experiment.

    Parameters
    ----------
    ranking
        ``result.ranking`` of `hillflow.knockout`, or that of a run.
    graph
        The network whose edges are the reason; None: without one.
    measured
        Perturbations whose cells were measured.

    Returns
    -------
    DataFrame
        A row per perturbation: ``verdict`` is one of `VERDICTS`, and rows are in its order, then by
        ``effect``. Members agree on an effect if its false discovery rate over them is at most
        `FALSE_SHARE`, which two of them hardly reach. ``reason`` names the strongest edges from the
        perturbed genes, with the confidence of each. Other columns are those of the ranking.

    Examples
    --------
    >>> import hillflow as hf
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> hf.knockout(run, "A,B").hypotheses["verdict"].tolist()
    ['one member: no interval', 'one member: no interval']
    """
    known = {one.name for one in measured}
    table = ranking.reindex(columns=[*COLUMNS]).astype({"verdict": object, "reason": object})
    parsed = [Intervention.parse(name) for name in table["perturbation"]]
    table["verdict"] = [
        _verdict(row, one.name in known)
        for row, one in zip(table.to_dict("records"), parsed, strict=True)
    ]
    table["reason"] = [_reason(one, graph) for one in parsed]
    order = table["verdict"].map(VERDICTS.index)
    ranked = table.assign(order=order, size=-table["effect"].fillna(0.0))
    ranked = ranked.sort_values(["order", "size"], kind="stable").drop(columns=["order", "size"])
    return ranked.reset_index(drop=True)


def _verdict(row: Mapping[Any, Any], measured: bool) -> str:
    if measured:
        return MEASURED
    if row["effect"] == 0:
        return NOTHING
    if np.isnan(row["fdr"]):
        return UNKNOWN
    if row["fdr"] > FALSE_SHARE:
        return DISPUTED
    return NEXT if row["in_support"] >= MOSTLY else OUTSIDE


def _reason(perturbed: Intervention, graph: Network | None) -> str:
    """The strongest edges by which it acts, in words."""
    if graph is None:
        return ""
    own, genes = edges_from(edges_of_fit(graph), perturbed), perturbed.sources
    if own.empty:
        return f"no edge in the network {'leads from it' if perturbed.perturbed else 'is cut'}"
    strongest = own.sort_values("weight", key=np.abs, ascending=False, kind="stable").head(SHOWN)
    acts: dict[str, list[str]] = {}
    for edge in strongest.to_dict("records"):
        source = f"{edge['source']} " * (len(genes) > 1)
        verb = {1: "activates", -1: "represses"}.get(edge["sign"], "acts on")
        sure = edge.get("confidence", np.nan)
        told = "" if np.isnan(sure) else f" ({sure:.2f})"
        acts.setdefault(f"{source}{verb}", []).append(f"{edge['target']}{told}")
    more = len(own) - len(strongest)
    parts = [f"{how} {', '.join(targets)}" for how, targets in acts.items()]
    return "; ".join([*parts, f"{more} more"] if more else parts)
