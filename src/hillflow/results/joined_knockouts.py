"""Predicted perturbations of several calls in one pair of tables, if they were predicted alike."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from hillflow.causal.effects import false_discovery_rate
from hillflow.causal.knockout_baselines import direct_targets
from hillflow.findings import unique_findings
from hillflow.interventions import Intervention
from hillflow.networks import Network
from hillflow.networks.about_file import CHANGED
from hillflow.results.knockout_tables import TEXT_COLUMNS, KnockoutTables

# What decides the numbers of a perturbation; the perturbation itself is in its name.
SETTINGS = ("times", "start_time", "cells", "seed")
_TESTS = ("p", "interaction_p", "fate_p")
_OF_NO_NETWORK = "knockout.no-graph"


def differing_settings(before: KnockoutTables, new: KnockoutTables) -> list[str]:
    """Return in words how the settings of two tables differ; empty if they can be joined."""
    if before.about.get(CHANGED):
        return ["the tables were changed after they were written"]
    if "asked" not in before.about:
        return ["their settings were not recorded"]
    first, now = (_settings(tables) for tables in (before, new))
    names = [name for name in (*SETTINGS, "runs") if first.get(name) != now.get(name)]
    return [f"{name} was {_in_words(first, name)}, is {_in_words(now, name)}" for name in names]


def joined(before: KnockoutTables, new: KnockoutTables, graph: Network | None) -> KnockoutTables:
    """Return both tables as one, each perturbation as it was predicted last.

    FDRs are adjusted over all perturbations, direct targets are counted in `graph`, and
    ``about["asked"]`` has the options of each call.
    """
    names = set(new.ranking["perturbation"])
    ranking, effects = (
        _stacked(old[~old["perturbation"].isin(names)], added)
        for old, added in ((before.ranking, new.ranking), (before.effects, new.effects))
    )
    fates = new.fates
    if before.fates is not None and fates is not None:
        fates = _stacked(before.fates[~before.fates["perturbation"].isin(names)], fates)
    # Effects are corrected over the genes of each perturbation, which joining does not change.
    for table in (ranking, fates):
        for p in _TESTS:
            if table is not None and p in table:
                table[p.removesuffix("p") + "fdr"] = false_discovery_rate(table[p].to_numpy(float))
    if graph is not None and "direct_targets" in ranking:
        perturbed = [Intervention.parse(name) for name in ranking["perturbation"]]
        ranking["direct_targets"], ranking["out_degree"] = direct_targets(graph, perturbed)
    ranking = ranking.sort_values("effect", ascending=False, kind="stable").reset_index(drop=True)
    return KnockoutTables(ranking, effects, _about(before, new, graph), fates)


def calls_of(about: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the options of each call that a table comes from; empty if they are not recorded."""
    asked = about.get("asked", [])
    return [asked] if isinstance(asked, dict) else list(asked)


def _about(before: KnockoutTables, new: KnockoutTables, graph: Network | None) -> dict[str, Any]:
    calls = [*calls_of(before.about), *calls_of(new.about)]
    findings = [
        finding.to_json()
        for finding in unique_findings([*new.findings, *before.findings])
        if graph is None or finding.code != _OF_NO_NETWORK
    ]
    once = {json.dumps(call, sort_keys=True): call for call in calls}
    about: dict[str, Any] = {**new.about, "asked": list(once.values())}
    about.pop("findings", None)
    return about | ({"findings": findings} if findings else {})


def _settings(tables: KnockoutTables) -> dict[str, Any]:
    """The settings that all calls of a table share, without those left at their default."""
    (call, *_) = calls_of(tables.about) or [{}]
    chosen = {name: call[name] for name in SETTINGS if name in call}
    return chosen | ({"runs": tables.about["runs"]} if "runs" in tables.about else {})


def _in_words(settings: dict[str, Any], name: str) -> str:
    value = settings.get(name, "the default")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _stacked(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The rows of both; text that one of them does not have is empty."""
    if old.empty:
        return new.copy()
    table = pd.concat([old, new], ignore_index=True)
    texts = [name for name in TEXT_COLUMNS if name in table]
    return table.assign(**{name: table[name].fillna("") for name in texts})
